"""Fixed boxes in a project are checked by the reader of windows, wherever pixels come from."""

import asyncio
import csv

import numpy as np
import pytest

from readout.cli.main import main
from readout.readings.reading import FLAGS
from tests.core import window_bench
from tests.core.displays import drawn
from tests.core.test_windows_at_work import region

PITCH = 0.7 * 24
LEFT = 80 - PITCH - 0.15 * 24
BOXES = [[LEFT + k * PITCH, 8.0, PITCH, 32.0] for k in range(2)]
LAYOUT = {"version": 1, "frame_size": [160, 48], "readouts": [{"name": "speed", "format": "##", "boxes": BOXES}]}
NAMES = ["1.png", "2.png"]
DISPUTED = 1 << FLAGS.index("disputed")


def shown(text):
    """The text, its last two digits in the boxes."""
    return np.roll(drawn(text), -round((len(text) - 2) * PITCH / 2), axis=1)


@pytest.fixture(scope="module")
def backbones():
    return window_bench.awaited("glyphs"), window_bench.awaited("lines")


def opened(backbones, names=NAMES, lines=True):
    return window_bench.opened(backbones, LAYOUT, names, lines)


def give(bench):
    frames = [{"name": n, "regions": [region(shown(t))]} for n, t in zip(NAMES, ("45", "345"), strict=True)]
    return asyncio.run(bench.add_frames(frames, progress=lambda _: None))


def refresh(bench):
    return asyncio.run(bench.refresh(progress=lambda _: None))


def raised(view):
    [column] = view["readouts"]
    return (column["flags"] & DISPUTED > 0).tolist()


def test_a_number_that_outgrew_its_boxes_is_flagged_as_frames_come_and_in_the_table(backbones):
    bench = opened(backbones)
    refresh(bench)
    assert raised(give(bench)) == raised(bench.table()) == raised(refresh(bench)) == [False, True]
    assert "disputed" in bench.inspect("2.png")["readouts"][0]["flags"]


def test_what_checks_is_no_readout(backbones):
    bench = opened(backbones)
    give(bench)
    assert [each["readout"] for each in bench.table()["readouts"]] == ["speed"]
    assert [each["readout"] for each in bench.missing()["regions"]] == ["speed"]
    assert bench.missing()["frames"] == []
    assert bench.exports.csv().count("\n") == 1 + len(NAMES)


def test_boxes_are_read_unchecked_until_there_is_what_checks_them(backbones):
    bench = opened(backbones, lines=False)
    refresh(bench)
    assert raised(give(bench)) == [False, False]
    bench.use_lines(backbones[1])
    assert raised(refresh(bench)) == [False, True]


def test_boxes_that_move_are_checked_where_they_are(backbones):
    bench = opened(backbones)
    give(bench)
    moved = {**LAYOUT["readouts"][0], "boxes": [[x + 1, *rest] for x, *rest in BOXES]}
    bench.editor.set_layout({**LAYOUT, "readouts": [moved]})
    assert raised(refresh(bench)) == [False, True]


def test_chunks_of_a_clip_are_checked_and_so_are_those_that_are_restored(backbones):
    names = ["a.mp4#t=0.000000", "a.mp4#t=1.000000", "a.mp4#t=2.000000"]
    bench = opened(backbones, names)
    refresh(bench)
    [plan] = bench.missing()["clip_regions"]
    assert [list(box) for box in plan["boxes"]][:2] == BOXES and len(plan["boxes"]) == 3
    pictures = [shown(text)[plan["y"] : plan["y"] + plan["height"], plan["x"] : plan["x"] + plan["width"]]
                for text in ("45", "345")]  # fmt: skip
    rgba = [np.concatenate([p, np.full((*p.shape[:2], 1), 255, np.uint8)], axis=2).tobytes() for p in pictures]
    found = asyncio.run(bench.chunks.add_chunk(
        "a.mp4", [0.0, 1.0, 2.0], [0, 1, 0], "RGBA", None, True, 0, [{**plan, "data": b"".join(rgba)}],
        progress=lambda _: None))  # fmt: skip
    assert raised(found) == raised(bench.table()) == [False, True, False]
    again = opened(backbones, names)
    refresh(again)
    restored = again.chunks.restore_chunks([found["kept"].tobytes()])
    assert restored["frames"] == 3 and raised(restored) == raised(again.table()) == [False, True, False]
    turned = opened(backbones, names)
    turned.editor.set_layout({**LAYOUT, "version": 2, "readouts": [{**LAYOUT["readouts"][0], "turn": 180}]})
    refresh(turned)
    assert turned.chunks.restore_chunks([found["kept"].tobytes()])["frames"] == 0
    unchecked = opened(backbones, names, lines=False)
    refresh(unchecked)
    assert unchecked.chunks.restore_chunks([found["kept"].tobytes()])["frames"] == 3
    assert raised(unchecked.table()) == [False, False, False]


def test_boxes_are_checked_live(backbones):
    bench = opened(backbones)
    refresh(bench)
    bench.live.begin(160, 48)
    for time, (text, flags) in enumerate([("45", []), ("345", ["disputed"]), ("45", [])]):
        frame = {"time_s": float(time), "regions": [region(shown(text))]}
        [reading] = asyncio.run(bench.live.read(frame, progress=lambda _: None))["readouts"]
        assert [flag for flag in reading["flags"] if flag == "disputed"] == flags


def test_a_digit_that_appears_beside_unchanged_boxes_is_seen_live(backbones):
    bench = opened(backbones)
    refresh(bench)
    bench.live.begin(160, 48)
    grown = shown("345")
    hidden = grown.copy()
    hidden[:, : round(LEFT)] = grown[:, :1]
    flags = []
    for time, pixels in enumerate([hidden, hidden, grown, grown, hidden]):
        frame = {"time_s": float(time), "regions": [region(pixels)]}
        [reading] = asyncio.run(bench.live.read(frame, progress=lambda _: None))["readouts"]
        flags.append(("disputed" in reading["flags"], reading["confirmed"]))
    assert flags == [(False, False), (False, True), (True, False), (True, False), (False, False)]


def test_boxes_are_checked_live_as_soon_as_there_is_what_checks_them(backbones):
    bench = opened(backbones, lines=False)
    refresh(bench)
    bench.live.begin(160, 48)
    frames = [{"time_s": float(time), "regions": [region(shown("345"))]} for time in range(2)]
    found = [asyncio.run(bench.live.read(frames[0], progress=lambda _: None))]
    bench.use_lines(backbones[1])
    found.append(asyncio.run(bench.live.read(frames[1], progress=lambda _: None)))
    assert ["disputed" in each["readouts"][0]["flags"] for each in found] == [False, True]


def test_a_projects_own_frames_are_checked_on_the_command_line_as_in_the_page(backbones, tmp_path):
    bench = opened(backbones)
    give(bench)
    refresh(bench)
    (tmp_path / "p.readout.zip").write_bytes(bench.exports.save("p"))
    out = tmp_path / "out.csv"
    assert main(["read", "--project", str(tmp_path / "p.readout.zip"), "--out", str(out)]) == 0
    with out.open(newline="", encoding="utf-8") as file:
        assert ["disputed" in row["flags"] for row in csv.DictReader(file)] == raised(bench.table()) == [False, True]
