"""Readouts that count only where a mark looks as it was chosen: letters and lamps, noise, brightness, the page's path,
live, and the command line."""

import asyncio
import csv
import json

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout import ReadoutError
from readout.cli.main import main
from readout.imaging.look import CELLS, FARTHEST, SAME_LOOK, apart, limit, look_of
from readout.layout.condition import Condition
from readout.layout.layout import Layout
from readout.layout.link import from_link, to_link
from readout.model.strip_embedding import Ink
from tests.core.displays import drawn
from tests.core.window_bench import awaited, opened

SHOWN = [("V", "20.5"), ("V", "20.6"), ("A", "307"), ("A", "308"), ("V", "20.7"), ("", "309"), ("V", "20.8")]
NAMES = [f"{k}.png" for k in range(len(SHOWN))]
EXPECTED = [(number, "") if mark == "V" else ("", "mark does not look as chosen") for mark, number in SHOWN]


def mark(text, seed=0, gain=1.0, noise=4.0):
    """A letter, or a lamp for none: uint8 (48, 60, 3)."""
    image = Image.new("RGB", (60, 48), (24, 28, 34))
    pen = ImageDraw.Draw(image)
    if text:
        pen.text((14, 38), text, font=ImageFont.load_default(32 / 0.72), fill=(230, 230, 220), anchor="ls")
    else:
        pen.ellipse((16, 10, 42, 36), fill=(240, 70, 50))
    pixels = np.asarray(image, float) * gain + np.random.default_rng(seed).normal(0, noise, (48, 60, 1))
    return np.clip(pixels, 0, 255).astype(np.uint8)


def frame(k):
    shown, number = SHOWN[k]
    return np.concatenate([mark(shown, k), drawn(number)], axis=1)


def look(pixels):
    """Of a mark at the height of a strip."""
    return look_of(np.asarray(Image.fromarray(pixels).resize((40, 32), Image.Resampling.BILINEAR)))


def layout(only):
    number = {"name": "level", "window": [68, 6, 144, 36], **({"only": only} if only else {})}
    return {"version": 2, "frame_size": [220, 48], "readouts": [number, {"name": "mark", "window": [8, 2, 48, 44]}]}


def regions(k):
    rgba = np.concatenate([frame(k), np.full((48, 220, 1), 255, np.uint8)], axis=2).tobytes()
    return [{"readout": name, "x": 0, "y": 0, "width": 220, "height": 48, "rgba": rgba} for name in ("level", "mark")]


@pytest.mark.parametrize("gain", [0.85, 1.0, 1.1])
def test_a_look_outlasts_noise_and_brightness_and_is_no_other(gain):
    chosen = look(mark("V"))
    distances = apart(chosen, np.array([look(mark(each, 5, gain, 6.0)) for each in ("V", "A", "U", "")]))
    assert distances[0] < SAME_LOOK < FARTHEST < distances[1:].min()


@pytest.mark.parametrize(
    ("distances", "alike"),
    [
        ([0.0, 0.02, 0.04, 0.5, 0.6], 0.05),
        ([0.0, 0.04, 0.12, 0.13], 0.05),
        ([0.1, 0.15, 0.2, 0.9], 0.2),
        ([0.01, 0.02], SAME_LOOK),
        ([0.3, 0.9], SAME_LOOK),
        ([], SAME_LOOK),
    ],
    ids=["far apart", "letters alike", "a noisy clip", "one look", "none is it", "nothing"],
)
def test_a_gap_tells_which_looks_are_one(distances, alike):
    assert limit(np.array(distances)) == pytest.approx(alike)


def test_rows_of_before_have_no_look():
    row = np.zeros(200, np.float32)
    row[1:5] = 3, 9, 2, 30
    assert Ink.unpack(row).look == b"" and Ink.unpack(row).runs[0].tolist() == [3, 9, 2, 30]


def test_a_layout_keeps_a_look_and_refuses_what_is_none():
    chosen = bytes(range(1, CELLS + 1))
    made = Layout.from_json(json.dumps(layout({"readout": "mark", "look": chosen.hex()})))
    assert made.readouts[0].only == Condition("mark", look=chosen)
    assert Layout.from_json(made.to_json()) == made and from_link(to_link(made)) == made
    for wrong in ("zz", "00", ""):
        with pytest.raises(ReadoutError, match="96 hexadecimal digits"):
            Layout.from_json(json.dumps(layout({"readout": "mark", "look": wrong})))
    with pytest.raises(ReadoutError, match="48 bytes and no text"):
        Condition("mark", "V", chosen)
    boxes = {"name": "mark", "format": "#", "boxes": [[8, 2, 48, 44]]}
    limited = layout({"readout": "mark", "look": chosen.hex()})["readouts"][0]
    with pytest.raises(ReadoutError, match="draw a window around it"):
        Layout.from_json(json.dumps({**layout(None), "readouts": [limited, boxes]}))


def levels(path):
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["value"], row["note"]) for row in csv.DictReader(file) if row["readout"] in ("level", "window 2")]


def test_what_is_chosen_in_a_frame_holds_in_table_live_and_saved_project(tmp_path):
    bench = opened((awaited("glyphs"), awaited("lines")), layout(None), NAMES)
    given = [{"name": name, "regions": regions(k)} for k, name in enumerate(NAMES)]
    asyncio.run(bench.add_frames(given, progress=lambda _: None))
    asyncio.run(bench.refresh(progress=lambda _: None))
    [_, seen] = bench.inspect(NAMES[1])["readouts"]
    bench.editor.set_layout(layout({"readout": "mark", "look": seen["look"]}))
    assert bench.missing()["frames"] == []
    asyncio.run(bench.refresh(progress=lambda _: None))
    (tmp_path / "page.csv").write_text(bench.exports.csv(), encoding="utf-8")
    assert levels(tmp_path / "page.csv") == EXPECTED

    bench.live.begin(220, 48)
    frames = [{"time_s": float(k), "regions": regions(k)} for k in range(len(SHOWN))]
    found = [asyncio.run(bench.live.read(each, progress=lambda _: None))["readouts"][0] for each in frames]
    assert [(each["text"], each["note"]) for each in found] == EXPECTED

    (tmp_path / "p.readout.zip").write_bytes(bench.exports.save("p"))
    assert main(["read", "--project", str(tmp_path / "p.readout.zip"), "--out", str(tmp_path / "saved.csv")]) == 0
    assert levels(tmp_path / "saved.csv") == EXPECTED


def test_the_command_line_takes_a_look_out_of_a_picture(tmp_path):
    (tmp_path / "frames").mkdir()
    for k, name in enumerate(NAMES):
        Image.fromarray(frame(k)).save(tmp_path / "frames" / name)
    windows = ["--window", "8,2,48,44", "--window", "68,6,144,36"]
    asked = ["read", str(tmp_path / "frames"), *windows, "--out", str(tmp_path / "out.csv"), "--only"]
    assert main([*asked, f"window 2=window 1@{tmp_path / 'frames' / NAMES[0]}"]) == 0
    assert levels(tmp_path / "out.csv") == [(value, why.replace("mark", "window 1")) for value, why in EXPECTED]
    assert main([*asked, f"window 2=window 1@{tmp_path / 'none.png'}"]) == 2
