"""Fixed boxes of displays that are seen turned or in a mirror read what the upright picture shows."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.errors import ReadoutError
from readout.imaging.crops import cut
from readout.imaging.strips import window_crops
from readout.layout.box import hull
from readout.layout.layout import Layout, Readout
from readout.layout.link import from_link, to_link
from readout.project.chunk_record import ChunkRecord
from readout.readings.cross_check import with_checks
from tests.core.displays import drawn

TURNS = [(turn, mirror) for turn in (0, 90, 180, -90) for mirror in (False, True)]
BOXES = ((53.0, 8.5, 16.0, 31.0), (69.75, 9.0, 16.0, 30.0), (86.5, 8.5, 16.0, 31.0))


def stored(frame, boxes, turn, mirror):
    """A frame (h, w, 3) and its boxes as a camera has them that sees the display turned clockwise and mirrored."""
    if mirror:
        frame = frame[:, ::-1]
        boxes = [(frame.shape[1] - x - w, y, w, h) for x, y, w, h in boxes]
    for _ in range(turn // 90 % 4):
        boxes = [(frame.shape[0] - y - h, x, h, w) for x, y, w, h in boxes]
        frame = np.rot90(frame, -1)
    return np.ascontiguousarray(frame), tuple(boxes)


def layouts(frame, turn, mirror):
    """The turned frame, and the layouts of the upright and of the turned one."""
    seen, boxes = stored(frame, BOXES, turn, mirror)
    upright = Layout((frame.shape[1], frame.shape[0]), (Readout("n", "###", BOXES),))
    return (
        seen,
        upright,
        Layout((seen.shape[1], seen.shape[0]), (Readout("n", "###", boxes, turn=turn, mirror=mirror),)),
    )


@pytest.mark.parametrize(("turn", "mirror"), TURNS)
def test_crops_are_those_of_the_upright_picture(turn, mirror):
    frame = np.random.default_rng(0).integers(0, 256, (48, 160, 3), np.uint8)
    seen, upright, turned = layouts(frame, turn, mirror)
    [one], [other] = upright.readouts, turned.readouts
    expected = cut(frame, one.boxes, margin=2)
    for crop, found in zip(expected, window_crops(other, cut(seen, other.boxes, margin=2)), strict=True):
        assert np.array_equal(found.pixels, crop.pixels) and found.box == pytest.approx(crop.box)
        assert np.array_equal(found.around.pixels, crop.around.pixels)
        assert found.around.box == pytest.approx(crop.around.box)


@pytest.mark.parametrize(("turn", "mirror"), TURNS)
def test_turned_crops_lie_inside_whatever_rounding_says(turn, mirror):
    """A crop whose box leaves it by the least bit is refused."""
    frame = np.zeros((99, 99, 3), np.uint8)
    for x, y, w, h in np.round(np.random.default_rng(0).uniform(1, 40, (40, 4)), 2).tolist():
        [crop] = window_crops(Readout("n", "#", ((x, y, w, h),), turn=turn, mirror=mirror), cut(frame, [(x, y, w, h)]))
        assert sorted(crop.box[2:]) == pytest.approx(sorted((w, h)))


@pytest.mark.parametrize(("turn", "mirror"), TURNS)
def test_the_window_that_checks_them_shows_what_the_upright_one_does(turn, mirror):
    frame = drawn("345")
    seen, upright, turned = layouts(frame, turn, mirror)
    strips = [
        window_crops(window, cut(picture, window.boxes))[0].strip.astype(int)
        for picture, layout in ((frame, upright), (seen, turned))
        for window in with_checks(layout).readouts[1:]
    ]
    assert strips[0].shape == strips[1].shape and np.abs(strips[0] - strips[1]).mean() < 3


@pytest.mark.parametrize(("turn", "mirror"), TURNS)
def test_a_turned_layout_survives_the_round_trip(turn, mirror):
    _, _, layout = layouts(drawn("1"), turn, mirror)
    assert Layout.from_json(layout.to_json()) == from_link(to_link(layout)) == layout
    assert json.loads(layout.to_json())["version"] == (2 if turn or mirror else 1)


def test_boxes_are_turned_by_quarters_alone():
    with pytest.raises(ReadoutError, match="fixed boxes are turned by 0, 90, 180 or -90 degrees, got 45: .*window"):
        Readout("n", "#", BOXES[:1], turn=45)


@pytest.mark.parametrize("turn", [90, -90, 180, -180])
def test_a_quarter_turn_leaves_whole_numbers_whole(turn):
    width, height = (30, 8) if turn % 180 else (8, 30)
    assert hull((10, 10, 8, 30), turn) == (14 - width / 2, 25 - height / 2, width, height)


@pytest.mark.parametrize(("turn", "mirror"), [(0, False), (180, False), (90, True)])
def test_the_command_line_is_told_how_the_picture_is_seen(tmp_path, turn, mirror):
    frames = tmp_path / "frames"
    frames.mkdir()
    for text in ("345", "607"):
        seen, _, turned = layouts(drawn(text), turn, mirror)
        Image.fromarray(seen).save(frames / f"{text}.png")
    fields = json.loads(turned.to_json())
    for name in ("turn", "mirror"):
        fields["readouts"][0].pop(name, None)
    (tmp_path / "layout.json").write_text(json.dumps({**fields, "version": 1}))
    told = [*(["--turn", str(turn)] if turn else []), *(["--mirror"] if mirror else [])]
    out = tmp_path / "out.csv"
    assert main(["read", str(frames), "--train", "data", "--sets", "0", "--layout", str(tmp_path / "layout.json"),
                 "--out", str(out), *told]) == 0  # fmt: skip
    with out.open(newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == ["345", "607"]


def test_a_projects_layout_states_how_it_is_seen(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["read", "--project", str(tmp_path / "p.readout.zip"), "--turn", "180", "--out", "x.csv"])
    assert "not allowed with argument --project" in capsys.readouterr().err


def test_what_is_kept_of_a_chunk_says_how_it_was_seen():
    fields = ["a.mp4", np.zeros(1), "sha", ["n"], [list(BOXES)], [np.zeros((1, 3), np.int32)], [np.zeros((1, 4))]]
    plain, turned = ChunkRecord(*fields), ChunkRecord(*fields, seen=[(180.0, True)])
    assert ChunkRecord.from_bytes(plain.to_bytes()).seen == [(0.0, False)]
    assert ChunkRecord.from_bytes(turned.to_bytes()).seen == [(180.0, True)]
