"""999 W becomes 1.00 kW: where the window shows no unit, or it is not read, the values from there on are flagged."""

import csv

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.cli.main import main
from tests.core.test_live import read
from tests.core.window_bench import awaited, opened

SIZE, WINDOW = (400, 120), [130, 40, 120, 44]
SHOWN = ["991", "994", "997", "1.00", "1.02", "1.04", "996"]
OTHER_UNIT = [text for text in SHOWN if "." in text]


def frame(text, seed):
    """A number that ends at 240, its unit far behind the window."""
    image = Image.new("RGB", SIZE, (24, 28, 34))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(40)
    pen.text((240, 76), text, font=font, fill=(240, 240, 240), anchor="rs")
    pen.text((320, 76), "kW" if "." in text else "W", font=font, fill=(240, 240, 240), anchor="ls")
    noise = np.random.default_rng(seed).normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("stated", "flagged"), [([], OTHER_UNIT), (["--units", "aside"], [])])
def test_of_pictures_those_of_the_other_unit_are_flagged_unless_it_is_stated_that_units_do_not_count(
    tmp_path, stated, flagged
):
    (tmp_path / "frames").mkdir()
    for k, text in enumerate(SHOWN):
        Image.fromarray(frame(text, k)).save(tmp_path / "frames" / f"{k}.png")
    where = ["--window", ",".join(map(str, WINDOW)), "--out", str(tmp_path / "out.csv")]
    assert main(["read", str(tmp_path / "frames"), *where, *stated]) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["text"] for row in rows] == SHOWN
    assert [row["text"] for row in rows if "unknown" in row["flags"].split()] == flagged


def test_live_they_are_flagged_and_not_confirmed_until_the_first_unit_is_back():
    layout = {"version": 2, "frame_size": SIZE, "readouts": [{"name": "n", "window": WINDOW}]}
    live = opened([awaited(name) for name in ("glyphs", "lines")], layout, []).live
    live.begin(*SIZE)
    found = [
        read(live, frame(text, k), k / 2)["readouts"][0] for k, text in enumerate(text for text in SHOWN for _ in "ab")
    ]
    assert [each["text"] for each in found[::2]] == SHOWN
    assert [each["confirmed"] for each in found[1::2]] == [text not in OTHER_UNIT for text in SHOWN]
    assert all(("unknown" in each["flags"]) == (each["text"] in OTHER_UNIT) for each in found)
