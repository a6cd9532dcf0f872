"""Boxes follow an anchor: pictures that somebody shook are read as if nobody had."""

import asyncio
import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.errors import ReadoutError
from readout.imaging.colour import luma
from readout.imaging.images import load_image
from readout.layout.layout import Layout
from readout.layout.link import from_link, to_link
from readout.project.document import Document
from readout.project.history import History
from readout.project.project_file import Project
from readout.readings.reading import ANCHOR_LOST
from readout.video.anchor import ANCHOR, Anchor, Shift
from readout.video.sampling import frame_name
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.test_workbench import FRAMES, LAYOUT, ROOT, TRUTHS, quiet

PLACE = (22, 17, 118, 24)
"""In the frames' corner it says LIVE, always in the same place."""
LOST = FRAMES[7]
SIZE = (1024, 768)


@pytest.fixture(scope="module")
def frames():
    return {name: load_image(ROOT / "data" / "frames" / name) for name in FRAMES}


@pytest.fixture(scope="module")
def moves():
    """How far each frame is moved: the first not at all, all others up to 6 pixels to any side."""
    rng = np.random.default_rng(21)
    return {name: rng.uniform(-6, 6, 2) * (k > 0) for k, name in enumerate(FRAMES)}


@pytest.fixture(scope="module")
def shaken(frames, moves):
    """The frames moved by Pillow's bicubic resampling, as a shaken camera does."""

    def shake(pixels, dx, dy):
        picture = Image.fromarray(pixels)
        return np.asarray(
            picture.transform(picture.size, Image.Transform.AFFINE, (1, 0, -dx, 0, 1, -dy), Image.BICUBIC)
        )

    return {name: shake(pixels, *moves[name]) for name, pixels in frames.items()}


def part_of(pixels, region):
    x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
    part = pixels[y : y + height, x : x + width]
    return np.dstack([part, np.full(part.shape[:2], 255, np.uint8)]).tobytes()


def opened(backbone, frames, anchor_on=None):
    bench = Workbench(Awaited(backbone, backbone.prior, backbone.name))
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in frames])
    bench.editor.set_layout(LAYOUT)
    if anchor_on:
        region = {"x": 0, "y": 0, "width": 200, "height": 60}
        bench.editor.set_anchor({**region, "rgba": part_of(frames[anchor_on], region)}, anchor_on, PLACE)
    return bench


def read(bench, frames):
    async def give():
        await bench.refresh(quiet)
        plan = bench.missing()
        for name in plan["frames"]:
            regions = [{**region, "rgba": part_of(frames[name], region)} for region in plan["regions"]]
            await bench.add_frames([{"name": name, "regions": regions}], quiet)
        return await bench.refresh(quiet)

    return asyncio.run(give())


def right(table, readout="top"):
    """How many of a readout's texts are true: `labels.csv` knows those of 'top'."""
    [column] = [each for each in table["readouts"] if each["readout"] == readout]
    return sum(
        text == TRUTHS[FRAMES[row]] for row, text in zip(column["rows"], column["texts"].split("\n"), strict=True)
    )


def test_shaken_frames_read_as_those_that_stand_still(glyphs, frames, shaken, moves):
    still = right(read(opened(glyphs, frames), frames))
    bench = opened(glyphs, shaken, FRAMES[0])
    followed = read(bench, shaken)
    assert still == right(followed) == len(FRAMES)
    assert right(read(opened(glyphs, shaken), shaken)) < len(FRAMES) / 2
    shifts = followed["shifts"]
    assert shifts["rows"].tolist() == list(range(len(FRAMES))) and not shifts["lost"].any()
    found = np.stack([shifts["x"], shifts["y"]], axis=1)
    assert np.abs(found - [moves[name] for name in FRAMES]).max() < 0.15
    assert (found[0] == 0).all() and (found * 8 == np.round(found * 8)).all()


def test_frames_that_stand_still_are_read_as_without_an_anchor(glyphs, frames):
    without, followed = (read(opened(glyphs, frames, anchor), frames) for anchor in (None, FRAMES[0]))
    assert without["shifts"] is None and not np.any([followed["shifts"][axis] for axis in "xy"])
    for one, other in zip(without["readouts"], followed["readouts"], strict=True):
        assert one["texts"] == other["texts"] and (one["confidence"] == other["confidence"]).all()


def test_a_lost_anchor_is_said(glyphs, frames):
    covered = {**frames, LOST: frames[LOST].copy()}
    covered[LOST][:60, :200] = 90
    bench = opened(glyphs, covered, FRAMES[0])
    table = read(bench, covered)
    assert table["shifts"]["lost"].tolist() == [name == LOST for name in FRAMES]
    assert right(table) == len(FRAMES)  # the boxes stay where they were drawn
    row = FRAMES.index(LOST)
    assert [each["flags"][row] >> 3 for each in table["readouts"]] == [1, 1]
    assert all(ANCHOR_LOST in each["flags"] for each in bench.inspect(LOST)["readouts"])
    rows = list(csv.DictReader(io.StringIO(bench.exports.csv())))
    assert [row["frame"] for row in rows if ANCHOR_LOST in row["flags"]] == [LOST, LOST]
    assert [(row["shift_x"], row["shift_y"]) for row in rows if row["frame"] == LOST] == [("", "")] * 2
    assert {row["shift_x"] for row in rows if row["frame"] != LOST} == {"0.0"}
    document = json.loads(bench.exports.json("today"))
    assert [row["shift_x"] for row in document["rows"] if row["frame"] == LOST] == [None, None]


def test_without_an_anchor_no_column_speaks_of_shifts(glyphs, frames):
    bench = opened(glyphs, frames)
    read(bench, frames)
    assert "shift" not in bench.exports.csv() and "shift" not in bench.exports.json("today")


def test_the_command_line_follows_alike(glyphs, shaken, tmp_path, capsys):
    bench = opened(glyphs, shaken, FRAMES[0])
    read(bench, shaken)
    bench.editor.set_label(FRAMES[2], "top", TRUTHS[FRAMES[2]])
    read(bench, shaken)
    take = bench.exports
    (tmp_path / "p.readout.zip").write_bytes(take.save("shaken"))
    folder = tmp_path / "frames"
    folder.mkdir()
    for name, pixels in shaken.items():
        Image.fromarray(pixels).save(folder / name)
    for frames in ([str(folder)], []):
        out = tmp_path / "out.csv"
        assert main(["read", *frames, "--project", str(tmp_path / "p.readout.zip"), "--out", str(out)]) == 0
        assert out.read_text() == take.csv()
    again = Workbench(Awaited(glyphs, glyphs.prior, glyphs.name))
    again.open(take.save("shaken"))
    table = asyncio.run(again.refresh(quiet))
    assert again.exports.csv() == take.csv() and len(table["shifts"]["rows"]) == len(FRAMES)
    assert not again.missing()["frames"]


def test_a_layout_alone_follows_the_first_frame(shaken, tmp_path, capsys):
    folder = tmp_path / "frames"
    folder.mkdir()
    for name in FRAMES[:6]:
        Image.fromarray(shaken[name]).save(folder / name)
    (tmp_path / "layout.json").write_text(json.dumps({**LAYOUT, "anchor": PLACE}))
    arguments = ["--train", str(ROOT / "data"), "--layout", str(tmp_path / "layout.json")]
    assert main(["read", str(folder), *arguments, "--out", str(tmp_path / "out.csv")]) == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    top = [row for row in rows if row["readout"] == "top"]
    assert [row["text"] for row in top] == [TRUTHS[row["frame"]] for row in top]


# Clips


def chunk(bench, shaken, index):
    """A chunk as the page sends it: the shaken frames as distinct pictures, in RGBA."""
    regions = [
        {**region, "data": b"".join(part_of(pixels, region) for pixels in shaken.values())}
        for region in bench.missing()["clip_regions"]
    ]
    how = {"format": "RGBA", "matrix": "bt709", "full_range": True, "rotation": 0}
    return {"clip": "c.mp4", "times": np.arange(len(index)) / 25, "index": np.array(index), **how, "regions": regions}


def test_a_shaken_clip_is_read_and_restored(glyphs, shaken, moves):
    index = [k for k in range(len(FRAMES)) for _ in range(2)]
    names = [
        {"name": frame_name("c.mp4", k / 25), "width": 1024, "height": 768, "time_s": k / 25} for k in range(len(index))
    ]

    def begun():
        bench = opened(glyphs, shaken, FRAMES[0])
        bench.set_frames(names)
        asyncio.run(bench.refresh(quiet))
        return bench

    bench = begun()
    plan = bench.missing()
    assert [region["readout"] for region in plan["clip_regions"]] == ["top", "bottom", ANCHOR]
    assert all(side % 2 == 0 for region in plan["clip_regions"] for side in (region["x"], region["y"]))
    given = asyncio.run(bench.chunks.add_chunk(**chunk(bench, shaken, index), progress=quiet))
    [top] = [each for each in given["readouts"] if each["readout"] == "top"]
    assert top["texts"].split("\n") == [TRUTHS[FRAMES[k]] for k in index]
    found = np.stack([given["shifts"][axis] for axis in "xy"], axis=1)
    assert np.abs(found - [moves[FRAMES[k]] for k in index]).max() < 0.15
    assert not len(bench.missing()["rows"])
    restored = begun()
    assert restored.chunks.restore_chunks([given["kept"].tobytes()])["frames"] == len(index)
    assert restored.exports.csv() == bench.exports.csv()
    other = begun()
    other.editor.set_anchor(None)
    other.missing()
    assert other.chunks.restore_chunks([given["kept"].tobytes()])["frames"] == 0


def test_a_chunk_without_the_anchor_is_refused(glyphs, shaken):
    bench = opened(glyphs, shaken, FRAMES[0])
    sent = chunk(bench, shaken, range(len(FRAMES)))
    sent["regions"] = [region for region in sent["regions"] if region["readout"] != ANCHOR]
    with pytest.raises(ReadoutError, match="came without its region: send all"):
        asyncio.run(bench.chunks.add_chunk(**sent, progress=quiet))


# Editing


def test_drawing_an_anchor_is_one_step(glyphs, frames):
    bench = opened(glyphs, frames)
    region = {"x": 0, "y": 0, "width": 200, "height": 60}
    state = bench.editor.set_anchor(
        {**region, "rgba": part_of(frames[FRAMES[3]], region)}, FRAMES[3], (22.4, 17.5, 117.2, 23.5)
    )
    assert state["undo"] == "draw the anchor" and tuple(state["layout"]["anchor"]) == PLACE
    assert state["anchor"] == {"frame": FRAMES[3], "repeats": False}
    assert bench.missing()["regions"][-1]["readout"] == ANCHOR
    assert bench.editor.undo()["layout"]["anchor"] is None and len(bench.missing()["regions"]) == 2
    assert tuple(bench.editor.redo()["layout"]["anchor"]) == PLACE
    assert bench.editor.rename_readout("top", "upper")["anchor"] and bench.editor.layout_link()["link"]
    state = bench.editor.set_layout({**LAYOUT, "anchor": [30, 17, 118, 24]})
    assert state["anchor"] is None and state["layout"]["anchor"], "what it looks like there is not known"
    assert bench.editor.undo()["anchor"]
    assert bench.editor.set_anchor(None)["undo"] == "remove the anchor" and bench.editor.document.anchor is None


NO_ANCHOR = [
    ((300, 700, 60, 40), "one brightness"),
    ((22, 17, 8, 24), "12 to 256 pixels on each side, got 8 x 24"),
    ((180, 17, 118, 24), "a byte for each pixel"),
]


@pytest.mark.parametrize(("place", "why"), NO_ANCHOR)
def test_an_anchor_that_cannot_be_found_is_refused(glyphs, frames, place, why):
    bench = opened(glyphs, frames)
    region = (
        {"x": 0, "y": 0, "width": 200, "height": 60}
        if place[1] < 60
        else {"x": 300, "y": 700, "width": 60, "height": 40}
    )
    with pytest.raises(ReadoutError, match=why):
        bench.editor.set_anchor({**region, "rgba": part_of(frames[FRAMES[0]], region)}, FRAMES[0], place)
    assert bench.editor.document.anchor is None


def test_boxes_that_leave_the_frame_see_its_edge_repeated(glyphs, frames):
    bench = opened(glyphs, frames, FRAMES[0])
    edge = {"name": "edge", "format": "##", "boxes": [[0, 100, 8, 10], [1016, 758, 8, 10]]}
    bench.editor.set_layout({**LAYOUT, "readouts": [*LAYOUT["readouts"], edge], "anchor": PLACE})
    read(bench, frames)
    bench.observations.stabilizer.take([FRAMES[1]], [Shift(-5.125, 5.5)])
    one, other = bench.observations.crops(FRAMES[1], bench.editor.document.readout("edge"))
    assert one.pixels.shape[:2] == (11, 9) and (one.pixels[:, :6] == one.pixels[:, :1]).all()
    assert (other.pixels[-6:] == other.pixels[-1:]).all()


# Keeping


@pytest.fixture(scope="module")
def document(frames):
    anchor = Anchor.of("a.png", PLACE, frames[FRAMES[0]], (0, 0))
    return Document(Layout.from_json(json.dumps(LAYOUT))).with_anchor(anchor)


def test_it_survives_the_round_trips(document):
    assert document.layout.anchor == PLACE and document.tracked == document.anchor
    assert Layout.from_json(document.layout.to_json()) == document.layout == from_link(to_link(document.layout))
    assert Document.from_json(document.to_json()) == document
    project = Project("p", ("glyphs", ""), document=document, shifts={"b.png": Shift(1, 1)})
    assert Project.from_bytes(project.to_bytes()).document == document
    assert Project.from_bytes(project.to_bytes()).shifts == {}, "of frames that are not in it"
    history = History(document)
    history.commit(document.with_anchor(None), "remove")
    history.undo()
    assert history.document == document


def test_a_scaled_layout_takes_its_anchor_along(document, frames):
    half = document.layout.scaled((512, 384))
    assert half.anchor == (11, 8.5, 59, 12)
    small = document.anchor.scaled(SIZE, (512, 384))
    assert small.box == (11, 9, 59, 11) if small.box[3] == 11 else small.box == (11, 9, 59, 12)
    assert document.anchor.scaled(SIZE, SIZE) is document.anchor
    large = document.anchor.scaled(SIZE, (2048, 1536))
    assert large.box == (44, 34, 236, 48)
    shown = Image.fromarray(frames[FRAMES[0]]).resize((2048, 1536), Image.BILINEAR)
    x, y, w, h = large.box
    assert np.abs(large.picture.astype(int) - luma(np.asarray(shown))[y : y + h, x : x + w])[2:-2, 2:-2].max() < 4
    [shift] = large.shifts(np.asarray(shown)[None], (0, 0))
    assert shift == Shift(0, 0, False)


WRONG = [
    (lambda anchor: anchor | {"box": [1, 2, 3]}, "four whole numbers"),
    (lambda anchor: anchor | {"box": [1.5, 2, 118, 24]}, "four whole numbers"),
    (lambda anchor: anchor | {"box": [-1, 2, 118, 24]}, "four whole numbers"),
    (lambda anchor: anchor | {"box": [22, 17, 118, 25]}, "a byte for each pixel"),
    (lambda anchor: anchor | {"luma": "?"}, "base64"),
    (lambda anchor: anchor | {"luma": 5}, "a text"),
    (lambda anchor: anchor | {"frame": None}, "the anchor's frame is a text"),
    (lambda anchor: {"box": [0, 0, 1 << 40, 9]}, "whole numbers"),
    (lambda anchor: "logo", "an object"),
]


@pytest.mark.parametrize(("change", "why"), WRONG)
def test_an_anchor_that_is_wrong_is_refused(document, change, why):
    fields = json.loads(document.to_json())
    fields["anchor"] = change(fields["anchor"])
    with pytest.raises(ReadoutError, match=why):
        Document.from_json(json.dumps(fields))


WRONG_LAYOUTS = [
    ([1, 2, 3], "the anchor is 4 numbers"),
    ("logo", "the anchor is 4 numbers"),
    ([1000, 2, 30, 30], "the anchor: a box lies inside the frame"),
    ([1, 2, 0, 30], "the anchor: width and height"),
    ([1, float("nan"), 5, 30], "NaN is no JSON number"),
]


@pytest.mark.parametrize(("anchor", "why"), WRONG_LAYOUTS)
def test_a_layout_with_a_wrong_anchor_is_refused(anchor, why):
    with pytest.raises(ReadoutError, match=why):
        Layout.from_json(json.dumps({**LAYOUT, "anchor": anchor}))


def test_a_layout_without_one_is_written_as_ever():
    layout = Layout.from_json(json.dumps({**LAYOUT, "anchor": None}))
    assert layout.anchor is None and "anchor" not in layout.to_json()
