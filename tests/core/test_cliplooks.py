"""Reading clips by chunks: as their frames would be read one by one, and again without the clip."""

import asyncio
import csv
import io
import json

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.imaging.colour import Coding, Planes, known_matrix
from readout.imaging.images import load_image
from readout.layout.region import Region
from readout.project.arrays import looks_from_npz, looks_to_npz
from readout.project.chunk_record import ChunkRecord
from readout.project.project_file import Project
from readout.video.change_detection import first_occurrence
from readout.video.chunk import Chunk
from readout.video.sampling import frame_name
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.test_workbench import FRAMES, LAYOUT, ROOT, TRUTHS, quiet, texts

CLIP = "a clip.mp4"
SHOWN = np.repeat([0, 1, 2, 3, 1, 4], [1, 30, 40, 3, 20, 6])
"""Which of the bundled frames each frame of the clip shows."""
TIMES = (np.arange(100) * 33_333 + 500_000) / 1e6


@pytest.fixture(scope="module")
def pictures():
    return [load_image(ROOT / "data" / "frames" / name) for name in FRAMES[:5]]


def planes(picture, format):
    """The picture without colour, as bytes."""
    luma = (picture.astype(int) @ [77, 150, 29] >> 8).astype(np.uint8)
    if format == "RGBA":
        return np.dstack([luma] * 3 + [np.full_like(luma, 255)]).tobytes()
    down, across = (-(-side // 2) for side in luma.shape)
    return luma.tobytes() + bytes([128]) * (2 * down * across)


def part(picture, region, rotation=0, format="I420", noise=lambda pixels: pixels):
    x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
    return planes(np.rot90(noise(picture[y : y + height, x : x + width]), rotation // 90), format)


def chunk(pictures, start, regions, rotation=0, format="I420", noise=None):
    """The message for the chunk that begins at a frame; pictures that follow each other and are equal once."""
    rows = np.arange(start, min(start + 64, len(SHOWN)))
    new = (np.diff(SHOWN[rows], prepend=-1) != 0) | (noise is not None)
    how = {"rotation": rotation, "format": format, **({"noise": noise} if noise else {})}
    return {
        "clip": CLIP,
        "times": TIMES[rows],
        "index": np.cumsum(new) - 1,
        "format": format,
        "matrix": None,
        "full_range": False,
        "rotation": rotation,
        "regions": [{**r, "data": b"".join(part(pictures[SHOWN[k]], r, **how) for k in rows[new])} for r in regions],
    }


def bench_with(glyphs, times=TIMES, **fields):
    bench = Workbench(Awaited(glyphs, glyphs.prior))
    names = "\n".join(frame_name(CLIP, time) for time in TIMES)
    size = {"widths": np.full(len(TIMES), 1024), "heights": np.full(len(TIMES), 768)}
    bench.set_frames({"names": names, **size, "times": times})
    bench.editor.set_layout(LAYOUT)
    return bench


def read_clip(bench, pictures, starts=(0, 64), **fields):
    regions = bench.missing()["clip_regions"]
    return [
        asyncio.run(bench.chunks.add_chunk(**chunk(pictures, k, regions, **fields), progress=quiet)) for k in starts
    ]


@pytest.fixture(scope="module")
def clip(glyphs, pictures):
    """A workbench that has read the clip, and what it said."""
    bench = bench_with(glyphs)
    return bench, read_clip(bench, pictures)


def same(one, other, atol=1e-6):
    assert [each["readout"] for each in one["readouts"]] == [each["readout"] for each in other["readouts"]]
    for ours, theirs in zip(one["readouts"], other["readouts"], strict=True):
        assert np.array_equal(ours["rows"], theirs["rows"]) and ours["texts"] == theirs["texts"]
        for name in ("values", "confidence", "flags"):
            np.testing.assert_allclose(ours[name], theirs[name], atol=atol, err_msg=name)


def test_a_chunk_reads_what_its_frames_show(clip, glyphs, pictures):
    bench, said = clip
    assert texts(bench.table()) == {k: TRUTHS[FRAMES[shown]] for k, shown in enumerate(SHOWN)}
    assert [part["rows"].tolist() for part in said[1]["readouts"]] == [list(range(64, 100))] * 2
    one_by_one = bench_with(glyphs, np.full(len(TIMES), np.nan))
    plan = one_by_one.missing()
    assert plan["frames"] == [frame_name(CLIP, time) for time in TIMES]
    given = [
        {
            "name": name,
            "regions": [
                {
                    **r,
                    "data": part(pictures[shown], r),
                    "format": "I420",
                    "matrix": "bt709",
                    "full_range": False,
                    "rotation": 0,
                }
                for r in plan["regions"]
            ],
        }
        for name, shown in zip(plan["frames"], SHOWN, strict=True)
    ]
    asyncio.run(one_by_one.add_frames(given, quiet))
    for name, column in bench.observations.columns().items():
        alone = one_by_one.observations.columns()[name]  # pictures have no neighbours in time
        assert alone.texts == column.texts
        np.testing.assert_allclose(alone.read_confidence, column.read_confidence, atol=1e-3)  # a grey level at most


@pytest.mark.parametrize("fields", [{"format": "NV12"}, *({"rotation": turn} for turn in (90, 180, 270))], ids=str)
def test_however_it_was_coded(clip, glyphs, pictures, fields):
    bench = bench_with(glyphs)
    read_clip(bench, pictures, **fields)
    same(bench.table(), clip[0].table())


def test_the_order_of_the_chunks_does_not_matter_nor_does_giving_one_again(clip, glyphs, pictures):
    bench = bench_with(glyphs)
    read_clip(bench, pictures, starts=(64, 0, 64))
    same(bench.table(), clip[0].table())


def test_looks_are_kept_once_and_new_ones_embedded(glyphs, pictures):
    bench = bench_with(glyphs)
    read_clip(bench, pictures)
    digits = sum(
        len({TRUTHS[FRAMES[k]].replace(".", "")[box] for k in SHOWN[rows]})
        for rows in (slice(0, 64), slice(64, 100))
        for box in range(4)
    )
    assert digits <= len(bench.observations.of(bench.editor.readouts[0]).looks) < 1.5 * digits < 50
    assert len(bench.frames.patches) == 2 * 36 + 2 * 64


def test_noise_is_not_embedded_and_readings_stay(clip, glyphs, pictures):
    rng = np.random.default_rng(0)
    bench = bench_with(glyphs)
    read_clip(bench, pictures, noise=lambda picture: np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255))
    assert texts(bench.table()) == texts(clip[0].table())
    assert len(bench.observations.of(bench.editor.readouts[0]).looks) < 60


def test_a_report_shows_what_was_read_of_frames_that_differ_by_noise_alone(glyphs, pictures):
    bench, rng = bench_with(glyphs), np.random.default_rng(0)
    read_clip(bench, pictures, noise=lambda picture: np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255))
    report = bench.exports.audit_report("Boiler", "2026-01-01")
    assert "not kept" not in report
    assert report.count("<img") == 2 * len(TIMES)


def test_the_plan_says_which_rows_of_clips_are_open(glyphs, pictures):
    bench = bench_with(glyphs)
    plan = bench.missing()
    assert plan["frames"] == [] and plan["rows"].tolist() == list(range(100)) and plan["rows"].dtype == np.int32
    for region, even in zip(plan["regions"], plan["clip_regions"], strict=True):
        assert all(even[name] % 2 == 0 for name in ("x", "y", "width", "height"))
        assert 0 <= region["x"] - even["x"] <= 1 and 0 <= region["y"] - even["y"] <= 1
    read_clip(bench, pictures, starts=(0,))
    assert bench.missing()["rows"].tolist() == list(range(64, 100))
    moved = json.loads(json.dumps(LAYOUT))
    moved["readouts"][0]["boxes"][0][0] += 0.5
    bench.editor.set_layout(moved)
    assert len(bench.missing()["rows"]) == 100


def test_a_picture_of_a_frame_that_was_read_shows_it_and_changes_nothing(glyphs, pictures):
    bench = bench_with(glyphs)
    read_clip(bench, pictures)
    before = bench.table()
    name = frame_name(CLIP, TIMES[10])
    bench.frames.patches.drop(name, "top")
    assert bench.inspect(name)["readouts"][0]["boxes"] == []
    bench.editor.set_label(name, "top", TRUTHS[FRAMES[1]])
    plan = bench.missing()
    assert plan["typed"] == [name]
    fields = {"format": "RGBA", "matrix": None, "full_range": False, "rotation": 0}
    given = [{**r, **fields, "data": part(255 - pictures[1], r, format="RGBA")} for r in plan["clip_regions"]]
    asyncio.run(bench.add_frames([{"name": name, "regions": given}], quiet))
    same(bench.table() | {"readouts": before["readouts"]}, before)
    assert texts(bench.table())[10] == texts(before)[10]
    assert len(bench.inspect(name)["readouts"][0]["boxes"]) == 4 and bench.missing()["typed"] == []


def test_what_was_kept_is_read_again_without_the_clip(clip, glyphs):
    bench = bench_with(glyphs)
    kept = [said["kept"].tobytes() for said in clip[1]]
    restored = bench.chunks.restore_chunks(kept)
    assert restored["frames"] == 100 and len(bench.missing()["rows"]) == 0
    same(bench.table(), clip[0].table())
    bench.editor.set_label(frame_name(CLIP, TIMES[0]), "top", None)
    assert asyncio.run(bench.refresh(quiet))["review"]["readings"] == 199


def test_what_does_not_fit_any_more_is_passed_over(clip, glyphs):
    kept = [said["kept"].tobytes() for said in clip[1]]
    bench = bench_with(glyphs)
    bench.set_frames([{"name": frame_name(CLIP, TIMES[70]), "width": 1024, "height": 768, "time_s": TIMES[70]}])
    assert bench.chunks.restore_chunks(kept)["frames"] == 1 and texts(bench.table()) == {0: TRUTHS[FRAMES[2]]}
    moved = json.loads(json.dumps(LAYOUT))
    moved["readouts"] = moved["readouts"][:1]
    moved["readouts"][0]["boxes"][0][0] += 0.5
    bench.editor.set_layout(moved)
    assert bench.chunks.restore_chunks(kept)["frames"] == 0
    stranger = Workbench(Awaited(glyphs, glyphs.prior))
    stranger.learner.backbone.sha256 = "another"
    stranger.set_frames([{"name": frame_name(CLIP, TIMES[70]), "width": 1024, "height": 768, "time_s": TIMES[70]}])
    assert stranger.chunks.restore_chunks(kept)["frames"] == 0


def test_damage_to_what_was_kept_is_refused(clip):
    data = clip[1][0]["kept"].tobytes()
    rng = np.random.default_rng(0)
    spoiled = [
        b"",
        b"no",
        data[:-1],
        data[:20],
        data + b"x",
        *(data[: int(at)] for at in rng.integers(0, len(data), 20)),
    ]
    for each in spoiled:
        with pytest.raises(ReadoutError, match="read the clip again"):
            ChunkRecord.from_bytes(each)
    assert ChunkRecord.from_bytes(data).to_bytes() == data


def test_a_project_with_a_clip_opens_with_its_readings_and_saves_the_same_bytes(glyphs, pictures):
    bench = bench_with(glyphs)
    read_clip(bench, pictures)
    typed = frame_name(CLIP, TIMES[5])
    bench.editor.set_label(typed, "top", TRUTHS[FRAMES[1]])
    asyncio.run(bench.refresh(quiet))
    data = bench.exports.save("Boiler", '{"any": "thing"}')
    assert {key[0] for key in Project.from_bytes(data).patches} == {typed}
    other = Workbench(Awaited(glyphs, glyphs.prior))
    opened = other.open(data)
    assert opened["clips"] == '{"any": "thing"}' and opened["frames"][5]["time_s"] == TIMES[5]
    table = asyncio.run(other.refresh(quiet))
    same(table, bench.table())
    assert len(other.missing()["rows"]) == 0
    assert other.exports.save("Boiler", opened["clips"]) == data
    rows = [row for row in csv.DictReader(io.StringIO(other.exports.csv())) if row["readout"] == "top"]
    assert [row["time_s"] for row in rows] == [f"{time:.6f}" for time in TIMES]
    assert [row["text"] for row in rows] == [TRUTHS[FRAMES[shown]] for shown in SHOWN]


SPOILED = {
    "a frame that is none": ("frame", lambda a: a + 1),
    "a picture's frame": ("frame", lambda a: a * 0),
    "frames out of order": ("frame", lambda a: a[::-1]),
    "a box less": ("index", lambda a: a[:, 1:]),
    "a frame less": ("index", lambda a: a[1:]),
    "half a readout": ("index", lambda a: np.where(np.arange(a.shape[1]) == 0, -1, a)),
    "a look that is none": ("index", lambda a: a + 1),
    "a look below all": ("index", lambda a: a * 0 - 2),
    "a look less": ("embeddings", lambda a: a[1:]),
    "no number": ("embeddings", lambda a: a * np.nan),
}


@pytest.mark.parametrize("name, spoil", SPOILED.values(), ids=SPOILED)
def test_spoiled_looks_are_refused(clip, name, spoil):
    bench, looks = clip[0], clip[0].observations.video_embeddings()
    assert np.array_equal(looks_from_npz(looks_to_npz(looks), bench.frames, bench.editor.readouts).index, looks.index)
    spoiled = looks_to_npz(looks._replace(**{name: spoil(getattr(looks, name))}))
    with pytest.raises(ReadoutError, match="looks.npz"):
        looks_from_npz(spoiled, bench.frames, bench.editor.readouts)


def test_pictures_beside_a_clip_have_no_time(glyphs):
    bench = bench_with(glyphs)
    bench.set_frames(
        {"names": "a.png\nb.mp4#t=0.000000", "widths": [64, 64], "heights": [48, 48], "times": [np.nan, 0.0]}
    )
    assert [frame.time_s for frame in bench.frames] == [None, 0.0]
    with pytest.raises(ReadoutError, match="one name, width, height and time each"):
        bench.set_frames({"names": "a.png", "widths": [64, 64], "heights": [48, 48], "times": [np.nan, 0.0]})


BAD = [
    ({"data": b"\0" * 100}, "has .* bytes, got 100: send whole pictures"),
    ({"x": 940}, "holds all boxes"),
]


@pytest.mark.parametrize("spoil, message", BAD)
def test_what_does_not_fit_a_region_is_refused(glyphs, pictures, spoil, message):
    bench = bench_with(glyphs)
    message_of = chunk(pictures, 0, bench.missing()["clip_regions"])
    message_of["regions"][0] |= spoil
    with pytest.raises(ReadoutError, match=message):
        asyncio.run(bench.chunks.add_chunk(**message_of, progress=quiet))


def test_an_index_without_its_pictures_is_refused(glyphs, pictures):
    bench = bench_with(glyphs)
    message = chunk(pictures, 0, bench.missing()["clip_regions"])
    region = message["regions"][0]
    planes = Planes.from_bytes(Region.from_fields(region), region["data"], Coding("I420", "bt709"))
    with pytest.raises(ReadoutError, match="a picture for each number"):
        Chunk(message["index"] + 1).observe(planes, bench.editor.readouts[0])


def compared(message, boxes):
    """The message as the page sends it that has compared the pictures itself, by the boxes of each readout."""
    regions = []
    for region in message["regions"]:
        own = boxes[region["readout"]]
        planes = Planes.from_bytes(Region.from_fields(region), region["data"], Coding(message["format"], "bt709"))
        inside = [(x - region["x"], y - region["y"], w, h) for x, y, w, h in own]
        light, *colour = planes.channels()
        first = first_occurrence(light, inside, colour)
        new = (first == np.arange(len(first))[:, None]).any(axis=1)
        regions.append({**region, "boxes": own, "first": first.ravel(), "data": planes.data[new].tobytes()})
    return {**message, "regions": regions}


def test_what_the_page_has_compared_is_read_alike(glyphs, pictures, clip):
    bench = bench_with(glyphs)
    regions = bench.missing()["clip_regions"]
    boxes = {region["readout"]: region["boxes"] for region in regions}
    assert boxes == {readout.name: readout.boxes for readout in bench.editor.readouts}
    for start, expected in zip((0, 64), clip[1], strict=True):
        message = compared(chunk(pictures, start, regions), boxes)
        said = asyncio.run(bench.chunks.add_chunk(**message, progress=quiet))
        same(said, expected)
        assert bytes(said["kept"]) == bytes(expected["kept"])


def test_what_the_page_compared_by_other_boxes_is_passed_over(glyphs, pictures):
    bench = bench_with(glyphs)
    regions = bench.missing()["clip_regions"]
    boxes = {region["readout"]: region["boxes"] for region in regions}
    boxes["top"] = [(x + 1, *rest) for x, *rest in boxes["top"]]
    said = asyncio.run(bench.chunks.add_chunk(**compared(chunk(pictures, 0, regions), boxes), progress=quiet))
    assert [each["readout"] for each in said["readouts"]] == ["bottom"]


MADE_UP = [
    (lambda first: first[:-4], "each box of 3 pictures looks like"),
    (lambda first: first + 1, "each box of 3 pictures looks like"),
    (lambda first: first * 0 - 1, "each box of 3 pictures looks like"),
    (lambda first: first * 0, "1 pictures show something new, got"),
]


@pytest.mark.parametrize("spoil, message", MADE_UP)
def test_a_comparison_that_cannot_be_is_refused(glyphs, pictures, spoil, message):
    bench = bench_with(glyphs)
    regions = bench.missing()["clip_regions"]
    given = compared(chunk(pictures, 0, regions), {region["readout"]: region["boxes"] for region in regions})
    assert given["index"].max() == 2
    given["regions"][0]["first"] = spoil(given["regions"][0]["first"])
    with pytest.raises(ReadoutError, match=message):
        asyncio.run(bench.chunks.add_chunk(**given, progress=quiet))


@pytest.mark.parametrize(
    "size, rotation, matrix",
    [
        ((1280, 720), 0, "bt709"),
        ((1280, 719), 180, "smpte170m"),
        ((720, 1280), 90, "bt709"),
        ((719, 1280), 270, "smpte170m"),
    ],
)
def test_a_clip_without_a_matrix_has_that_of_its_size(size, rotation, matrix):
    assert known_matrix(None, size, rotation) == matrix
    assert known_matrix("bt470bg", size, rotation) == "bt470bg"
