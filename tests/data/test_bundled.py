"""The files of data/ agree with each other, with their limits and with the layout contract."""

import csv
import hashlib
import json
import re

import numpy as np
import pytest
from PIL import Image

TRAINING = [f"training/{n}" for n in range(1, 9)]
CROPS = [f"{folder}/{digit}.png" for folder in [*TRAINING, "testing/9"] for digit in range(10)]
FRAMES = [f"image-{n:04d}.png" for n in range(1, 51)]
DIGIT_X = [929, 935.5, 944.5, 951]


@pytest.fixture(scope="module")
def rows(data):
    with open(data / "labels.csv", newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def layout(data):
    return json.loads((data / "layout.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def frames(data):
    return {name: np.asarray(Image.open(data / "frames" / name).convert("RGB")) for name in FRAMES}


def test_layout_is_version_1_with_both_readouts(layout):
    assert layout == {
        "version": 1,
        "frame_size": [1024, 768],
        "readouts": [
            {"name": "top", "format": "##.##", "boxes": [[x, 37, 8, 10] for x in DIGIT_X]},
            {"name": "bottom", "format": "##.##", "boxes": [[x, 721, 8, 10] for x in DIGIT_X]},
        ],
    }


def test_frames_have_the_layouts_size_and_stay_small(data, layout):
    paths = sorted((data / "frames").iterdir())
    assert [path.name for path in paths] == FRAMES
    for path in paths:
        assert path.stat().st_size <= 70_000, path.name
        with Image.open(path) as image:
            assert (image.format, image.mode, list(image.size)) == ("PNG", "P", layout["frame_size"])


def test_labels_name_every_frame_and_parse(rows):
    assert rows[0] == ["frame", "reading"]
    assert [name for name, _ in rows[1:]] == FRAMES
    for _, reading in rows[1:]:
        assert re.fullmatch(r"\d\d\.\d\d", reading)
        assert 20 <= float(reading) <= 99.99


def test_every_digit_is_read_at_least_8_times_in_200(rows):
    digits = "".join(reading.replace(".", "") for _, reading in rows[1:])
    counts = {digit: digits.count(digit) for digit in "0123456789"}
    assert min(counts.values()) >= 8, counts


def test_crops_are_all_there_and_8_by_10_rgb(data):
    found = sorted(
        path.relative_to(data).as_posix() for folder in ("training", "testing") for path in (data / folder).rglob("*.*")
    )
    assert found == sorted(CROPS)
    for name in CROPS:
        with Image.open(data / name) as image:
            assert (image.mode, image.size) == ("RGB", (8, 10)), name


def test_no_two_crops_are_equal(data):
    pixels = {name: Image.open(data / name).tobytes() for name in CROPS}
    assert len(set(pixels.values())) == len(CROPS)


def test_no_crop_is_cut_from_a_bundled_frame(data, frames, layout):
    near = set()
    for image in frames.values():
        for readout in layout["readouts"]:
            for x, y, w, h in readout["boxes"]:
                for left in range(int(x) - 2, int(x) + 4):
                    for top in range(y - 2, y + 3):
                        near.add(image[top : top + h, left : left + w].tobytes())
    assert [name for name in CROPS if Image.open(data / name).tobytes() in near] == []


def test_digits_sit_in_their_boxes(frames, layout):
    """Of the light around each label nearly all is inside the boxes or the point between them."""
    for readout in layout["readouts"]:
        boxes = readout["boxes"]
        x0, y0, w, h = boxes[0]
        x1 = boxes[-1][0] + w
        for name, image in frames.items():
            around = image[y0 - 6 : y0 + h + 6, x0 - 3 : x1 + 3].astype(float).mean(axis=2)
            ink = np.clip(around - np.median(around) - 40, 0, None)
            inside = ink[6:-6, 3:-3].sum()
            assert inside > 0.97 * ink.sum(), (name, readout["name"])
            for x, *_ in boxes:
                box = ink[6:-6, int(x) - x0 + 3 : int(x) - x0 + 3 + w]
                assert box.mean() > 15, (name, readout["name"], x)
                assert box.any(axis=1).sum() >= 8, (name, readout["name"], x)


def test_hashes_list_every_file_and_match(data):
    lines = (data / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    expected = ["clip.csv", "clip.webm", "labels.csv", "layout.json", *(f"frames/{name}" for name in FRAMES), *CROPS]
    assert sorted(listed) == sorted(expected)
    wrong = [
        name for name, digest in listed.items() if hashlib.sha256((data / name).read_bytes()).hexdigest() != digest
    ]
    assert wrong == []


def test_all_together_at_most_4_megabytes(data):
    files = [path for path in data.rglob("*") if path.is_file() and not {"__pycache__", "leds"} & {*path.parts}]
    total = sum(path.stat().st_size for path in files)
    assert total <= 4_000_000


def test_readme_names_font_licence_and_hash(data, thermal_viewer):
    text = (data / "README.md").read_text(encoding="utf-8")
    package, version = thermal_viewer.typeface.REQUIREMENT.split("==")
    for fact in (package, version, thermal_viewer.typeface.WHEEL_SHA256, "SIL Open Font License 1.1", "MIT"):
        assert fact in text, fact


def test_no_font_file_is_committed(data):
    assert [p for p in data.rglob("*") if p.suffix.lower() in {".ttf", ".otf", ".woff", ".woff2"}] == []
