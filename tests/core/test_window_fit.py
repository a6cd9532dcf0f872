"""A window that is drawn loosely is made less high around its number, where that is read better so."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.cli.main import main
from readout.imaging.patch import Patch
from readout.layout.layout import Readout
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive
from readout.readings.number_finder import NumberFinder
from readout.readings.recognizer import LINES, read_windows
from tests.core.displays import drawn

TEXTS = ["27.35", "80.14", "9.62", "46.05"]


@pytest.fixture(scope="module")
def fit():
    """Fits a window to the numbers of some frames, with the bundled line backbone."""
    backbone, head = OnnxBackbone.named(LINES), read_windows().head
    finder = NumberFinder(backbone.prior, head)
    return lambda frames, window, turn=0.0: drive(
        finder.fit([Patch(frame, (0, 0)) for frame in frames], window, turn), backbone.embed
    )


def frames(height, size=(320, 240)):
    """Numbers in the middle of frames, their digits so many pixels high."""
    return [drawn(text, k, size, height) for k, text in enumerate(TEXTS)]


@pytest.mark.parametrize("height", [12, 18, 30])
@pytest.mark.parametrize("room", [0.8, 1.2])
def test_a_loose_window_closes_around_its_numbers(fit, height, room):
    high = (1 + 2 * room) * height
    x, y, width, lower = fit(frames(height), (80.0, 120 - high / 2, 160.0, high))
    assert (x, width) == (80, 160)
    assert y + lower / 2 == pytest.approx(120, abs=0.2)
    assert height * 1.1 < lower < 0.85 * high


@pytest.mark.parametrize("room", [0.1, 0.2])
def test_a_close_window_stays_as_it_was_drawn(fit, room):
    window = (80.0, 120 - (0.5 + room) * 24, 160.0, (1 + 2 * room) * 24)
    assert fit(frames(24), window) == window


def test_a_turned_window_closes_around_its_numbers(fit):
    turned = [np.asarray(Image.fromarray(frame).rotate(-30, Image.Resampling.BICUBIC)) for frame in frames(18)]
    x, y, width, lower = fit(turned, (90.0, 92.0, 140.0, 56.0), 30.0)
    assert (x, width) == (90, 140) and lower < 50 and y + lower / 2 == pytest.approx(120, abs=0.2)


@pytest.mark.parametrize("window", [(80.0, 115.0, 160.0, 9.0), (0.0, 0.0, 1.0, 1.0), (0.0, 0.0, 320.0, 240.0)])
def test_where_there_is_no_number_nothing_changes(fit, window):
    assert fit([np.full((240, 320, 3), 40, np.uint8)], window) == window


def test_the_command_line_closes_a_loose_window_and_says_so(tmp_path, capsys):
    for k, frame in enumerate(frames(14)):
        Image.fromarray(frame).save(tmp_path / f"{k}.png")
    assert main(["read", str(tmp_path), "--window", "90,95,140,50", "--out", str(tmp_path / "t.csv")]) == 0
    assert "'window' is read in a closer window, where it is read better: --window 90," in capsys.readouterr().err
    rows = (tmp_path / "t.csv").read_text().splitlines()[1:]
    assert [row.split(",")[3] for row in rows] == TEXTS


def test_what_a_layout_states_is_read_as_it_is_stated(tmp_path, capsys):
    from readout.layout.layout import Layout

    Image.fromarray(frames(14)[0]).save(tmp_path / "0.png")
    layout = Layout((320, 240), (Readout("a", window=(90.0, 95.0, 140.0, 50.0)),))
    (tmp_path / "layout.json").write_text(layout.to_json())
    main(["read", str(tmp_path / "0.png"), "--layout", str(tmp_path / "layout.json"), "--out", str(tmp_path / "t.csv")])
    assert "closer window" not in capsys.readouterr().err


def test_a_window_is_read_as_it_is_stated_where_that_is_said(tmp_path, capsys):
    Image.fromarray(frames(14)[0]).save(tmp_path / "0.png")
    stated = ["--window", "90,95,140,50", "--as-placed"]
    main(["read", str(tmp_path / "0.png"), *stated, "--out", str(tmp_path / "t.csv")])
    assert "closer window" not in capsys.readouterr().err


@pytest.mark.parametrize("below", [0.02, 0.1])
@pytest.mark.parametrize("above", [0.6, 1.0])
def test_a_number_at_the_lower_edge_keeps_its_point(fit, above, below):
    """Closed around its own middle such a window would cut the point off, and be surer of what is left."""
    for height in (12, 18, 30):
        top, bottom = 120 - (0.5 + above) * height, 120 + (0.5 + below) * height
        _, y, _, lower = fit(frames(height), (80.0, top, 160.0, bottom - top))
        assert y + lower >= 120 + 0.5 * height


LABEL = ImageFont.load_default(26)


def labelled(texts, after="", before="", moves=False):
    """Frames of 320 x 240 with right-aligned numbers, and words at fixed places beside them; or moving with them."""
    made = []
    for k, text in enumerate(texts):
        image = Image.fromarray(drawn(text, k, (320, 240), 18))
        ink = np.flatnonzero(np.asarray(image)[105:135].max(axis=(0, 2)) > 120)
        here = Image.new("RGB", image.size, (30, 30, 30))
        here.paste(image, (0 if moves else 180 - int(ink[-1]), 0))
        pen, right = ImageDraw.Draw(here), int(ink[-1]) if moves else 180
        pen.text((right + 9, 129), after, font=LABEL, fill=(220, 220, 220), anchor="ls")
        pen.text((right - 90, 129), before, font=LABEL, fill=(220, 220, 220), anchor="rs")
        made.append(np.asarray(here))
    return made


@pytest.mark.parametrize("unit", ["rpm", "min", "lx"])
def test_a_unit_that_stays_the_same_is_left_out_and_numbers_may_grow_up_to_it(fit, unit):
    window = (80.0, 104.0, 180.0, 32.0)
    x, _, width, _ = fit(labelled(TEXTS, after=unit), window)
    assert x == 80 and 185 <= x + width <= 191


def test_a_name_that_stays_the_same_is_left_out(fit):
    x, _, width, _ = fit(labelled(["27.3", "80.1", "39.2", "46.0"], before="P"), (70.0, 104.0, 122.0, 32.0))
    assert 88 <= x <= 93 and x + width == pytest.approx(192)


@pytest.mark.parametrize(
    "texts", [TEXTS[:2], ["27.35", "27.35", "27.35", "27.35"], ["27.31", "80.11", "9.61", "46.01"]]
)
def test_what_may_be_a_part_of_the_number_stays(fit, texts):
    """Two frames say too little, and so do one number and a last digit that stays: it may be a letter."""
    window = (80.0, 104.0, 160.0, 32.0)
    assert fit(labelled(texts, after="bar"), window)[2] == 160


def test_a_lone_k_stays_for_it_multiplies(fit):
    assert fit(labelled(TEXTS, after="k"), (80.0, 104.0, 180.0, 32.0))[2] == 180


def test_a_unit_that_moves_with_its_number_stays(fit):
    window = (80.0, 104.0, 200.0, 32.0)
    assert fit(labelled(["27.35", "8.1", "139.62", "46.0"], after="bar", moves=True), window)[2] == 200
