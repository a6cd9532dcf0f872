"""Damaged and hostile input of every kind: it is read, or refused in bounded words; nothing else ever happens.

READOUT_FUZZ=20 pytest tests/core/test_hostile.py    twenty times as many of each
"""

import io
import json
import os
import random
import zipfile

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.errors import LONGEST_MESSAGE, ReadoutError, bounded, quoted
from readout.files.foreign_zip import ForeignZip
from readout.imaging.images import load_image
from readout.layout.frame import Frame
from readout.layout.layout import Layout, Readout
from readout.layout.link import from_link, to_link
from readout.project.document import LONGEST_TEXT, Document
from readout.project.project_file import PROJECT, BackboneId, Project
from readout.rules.rules import rule_from_json
from tests import clips
from tests.case_tables import cases

TIMES = int(os.environ.get("READOUT_FUZZ", "1"))
LONG = "9" * 100_000
ODD = [
    None,
    True,
    -1,
    0,
    1e308,
    1 << 70,
    10**400,
    "",
    "\0",
    "\u202e\ud800",
    "__proto__",
    "constructor",
    "<script>",
    "../../x",
    LONG,
    [],
    [[]],
    {},
    {"__proto__": 1},
    [LONG] * 3,
]
LAYOUT = Layout(
    (640, 480),
    (Readout("top", "##.#", ((1, 2, 8, 10), (9, 2, 8, 10), (20, 2, 8, 10))), Readout("speed", window=(50, 60, 90, 30))),
)


def refused_or_read(read, *given):
    """Whether it was read. Anything but a ReadoutError of bounded length fails the test."""
    try:
        read(*given)
    except ReadoutError as error:
        assert 0 < len(str(error)) <= LONGEST_MESSAGE
        return False
    return True


def mutated(value, chance):
    """A JSON value with one place changed: replaced, renamed, doubled or removed."""
    places = []

    def walk(each):
        items = each.items() if isinstance(each, dict) else enumerate(each) if isinstance(each, list) else ()
        for key, inner in items:
            places.append((each, key))
            walk(inner)

    value = json.loads(json.dumps(value))
    walk(value)
    holder, key = chance.choice(places)
    kind = chance.randrange(4)
    if kind == 0 and isinstance(holder, dict):
        holder[chance.choice(["__proto__", LONG, "", "toString", "boxes"])] = holder.pop(key)
    elif kind == 1 and isinstance(holder, list):
        holder.extend([holder[key]] * chance.choice([1, 1000]))
    elif kind == 2:
        del holder[key]
    else:
        holder[key] = chance.choice(ODD)
    return value


def spoiled(data, chance):
    """Bytes with a few changed, a piece cut out, doubled, or the end missing."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(data))
        size = chance.choice([1, 4, 64, 1024])
        kind = chance.randrange(4)
        if kind == 0:
            data[at : at + size] = chance.randbytes(min(size, len(data) - at))
        elif kind == 1:
            data[at:at] = data[at : at + size]
        elif kind == 2 and len(data) > 2 * size:
            del data[at : at + size]
        else:
            data[at] ^= 1 << chance.randrange(8)
    return bytes(data[: chance.randrange(1, len(data))] if chance.random() < 0.1 else data)


def test_layouts():
    chance = random.Random(1)
    whole = json.loads(LAYOUT.to_json())
    read = sum(refused_or_read(Layout.from_json, json.dumps(mutated(whole, chance))) for _ in range(800 * TIMES))
    assert 0 < read < 800 * TIMES


def test_links():
    chance = random.Random(2)
    link = to_link(LAYOUT)
    assert refused_or_read(from_link, link)
    texts = [spoiled(link.encode(), chance).decode("utf-8", "replace") for _ in range(800 * TIMES)]
    assert not all(refused_or_read(from_link, text) for text in [*texts, LONG, "", "__proto__", "=" * 999])


def test_rules():
    chance = random.Random(3)
    whole = {"kind": "range", "readout": "top", "min": 0, "max": 99}
    assert refused_or_read(rule_from_json, whole, ["top"])
    read = sum(refused_or_read(rule_from_json, mutated(whole, chance), ["top"]) for _ in range(800 * TIMES))
    assert read < 800 * TIMES


def test_labels():
    """Typed texts: none is kept that its readout cannot show, and what is kept opens again as it was."""
    chance = random.Random(9)
    letters = "0123456789.,-+:?# \t\n\0eE_\u2212\u0663\u202e\ud800\U0001f600k"
    document = Document(LAYOUT)
    texts = [each for each in ODD if each is None or isinstance(each, str)]
    texts += ["".join(chance.choices(letters, k=chance.choice([1, 3, 4, 40]))) for _ in range(800 * TIMES)]
    kept = 0
    for text in texts:
        where = chance.choice([("a.png", "top"), ("a.png", "speed"), ("__proto__", "top"), ("a.png", "__proto__")])
        try:
            typed = document.with_label(*where, text)
        except ReadoutError as error:
            assert 0 < len(str(error)) <= LONGEST_MESSAGE
            continue
        kept += 1
        assert text is None or where[1] == "top" or (len(text) <= LONGEST_TEXT and text.isprintable())
        again = Document.from_json(typed.to_json())
        assert again.typed == typed.typed
        assert where[1] in [readout.name for readout in LAYOUT.readouts]
    assert 0 < kept < len(texts)


def test_labels_of_examples():
    chance = random.Random(10)
    document = Document(LAYOUT).with_label("a.png", "top", "12.3")
    for _ in range(200 * TIMES):
        source = chance.choice(["a.png", "a.png#top#0", LONG, "", "training/1/1.png"])
        label = chance.choice(["0", "7", "", "minus", LONG, "\ud800", "<script>", None])
        refused_or_read(document.relabel, source, label)


def project_bytes():
    frames = [Frame("a.png", 640, 480), Frame("b.png", 640, 480)]
    return Project("tried", BackboneId("glyphs", "ab" * 32), frames=frames, document=Document(LAYOUT)).to_bytes()


def test_project_files():
    chance = random.Random(4)
    whole = project_bytes()
    assert refused_or_read(Project.from_bytes, whole)
    read = sum(refused_or_read(Project.from_bytes, spoiled(whole, chance)) for _ in range(800 * TIMES))
    assert read < 800 * TIMES


def test_project_files_whose_fields_are_changed():
    """With right checksums, so that what is inside is looked at."""
    chance = random.Random(7)
    with zipfile.ZipFile(io.BytesIO(project_bytes())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    whole = json.loads(parts[PROJECT])
    for _ in range(400 * TIMES):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, json.dumps(mutated(whole, chance)) if name == PROJECT else content)
        refused_or_read(Project.from_bytes, file.getvalue())


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"])
def test_pictures(format):
    chance = random.Random(format)
    pixels = np.random.default_rng(5).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format)
    for _ in range(130 * TIMES):
        refused_or_read(load_image, spoiled(file.getvalue(), chance), "picture")


def test_clips_on_the_command_line(tmp_path, capsys):
    """Each ends as readout read ends: with a table, or with one bounded line; never with a traceback."""
    chance = random.Random(6)
    names = sorted(clips.CASES)[:3]
    for k in range(12 * TIMES):
        case = clips.CASES[names[k % len(names)]]
        whole = case.path()
        path = tmp_path / f"clip-{k}{whole.suffix}"
        path.write_bytes(spoiled(whole.read_bytes(), chance))
        (tmp_path / "layout.json").write_text(json.dumps(case.layout), encoding="utf-8")
        status = main(
            ["read", str(path), "--layout", str(tmp_path / "layout.json"), "--every", "10", "--out", str(path) + ".csv"]
        )
        told = capsys.readouterr().err
        assert status in (0, 1, 2) and "Traceback" not in told
        assert all(len(line) <= LONGEST_MESSAGE + 100 for line in told.splitlines())


@pytest.mark.parametrize("take", ["read", "extract"])
def test_a_file_in_a_zip_that_is_too_large_is_called_large_not_damaged(tmp_path, take):
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("big.png", bytes(3 << 20))
    given = ("big.png", 2 << 20) if take == "read" else ("big.png", tmp_path / "out", 2 << 20)
    with pytest.raises(
        ReadoutError, match="has at most 2 MB, 'big.png' declares 3 MB: unpack the zip on your computer"
    ):
        getattr(ForeignZip(path), take)(*given)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("case", cases("unique_names"), ids=lambda case: case["unique"][-1])
def test_a_second_file_of_one_name_in_a_zip_gets_a_number(tmp_path, case):
    path = tmp_path / "pictures.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in case["names"]:
            archive.writestr(zipfile.ZipInfo(name), name)
    assert list(ForeignZip(path).entries) == case["unique"]


def test_long_values_stand_in_messages_cut():
    assert len(quoted(LONG)) == 60 and quoted(LONG).startswith("'999")
    assert quoted("short") == "'short'" and quoted(10**400) == "a larger number"
    assert len(str(ReadoutError(LONG))) == LONGEST_MESSAGE
    text = "rule " + LONG + " next step"
    assert bounded(text, 100).startswith("rule 999") and bounded(text, 100).endswith("9 next step")
    assert len(bounded(text, 100)) == 100
