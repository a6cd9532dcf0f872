"""Displays that show several quantities in turn: a readout counts only where another one, its mark, shows a text."""

import asyncio
import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from readout import ReadoutError
from readout.cli.main import main
from readout.layout.condition import Condition
from readout.layout.layout import Layout
from readout.layout.link import from_link, to_link
from readout.readings.conditions import reason
from readout.workbench.workbench import Workbench
from tests.core.displays import drawn
from tests.core.window_bench import awaited, opened

SHOWN = [("1", "20.5"), ("1", "20.6"), ("2", "307"), ("2", "308"), ("1", "20.7"), ("1", "20.8"), ("2", "309")]
"""What the mark and the number show, frame by frame: two quantities in turn."""
NAMES = [f"{k}.png" for k in range(len(SHOWN))]
AWAY = "mark shows 2, not 1"


def layout(text="1"):
    """A mark on the left and a number on the right, which counts where the mark shows a text; always for None."""
    only = {} if text is None else {"only": {"readout": "mark", "text": text}}
    number = {"name": "level", "window": [68, 6, 144, 36], **only}
    return {"version": 2, "frame_size": [220, 48], "readouts": [number, {"name": "mark", "window": [8, 6, 44, 36]}]}


def frame(mark, number):
    return np.concatenate([drawn(mark, size=(60, 48)), drawn(number)], axis=1)


def regions(pixels):
    height, width = pixels.shape[:2]
    rgba = np.concatenate([pixels, np.full((height, width, 1), 255, np.uint8)], axis=2).tobytes()
    return [
        {"readout": name, "x": 0, "y": 0, "width": width, "height": height, "rgba": rgba} for name in ("level", "mark")
    ]


@pytest.fixture(scope="module")
def backbones():
    return awaited("glyphs"), awaited("lines")


@pytest.fixture
def bench(backbones):
    return opened(backbones, layout(), NAMES)


def give(bench):
    frames = [{"name": name, "regions": regions(frame(*shown))} for name, shown in zip(NAMES, SHOWN, strict=True)]
    return asyncio.run(bench.add_frames(frames, progress=lambda _: None))


def refresh(bench):
    return asyncio.run(bench.refresh(progress=lambda _: None))


def rows(bench, **shape):
    return [row for row in csv.DictReader(io.StringIO(bench.exports.csv(**shape))) if row.get("readout") != "mark"]


def levels(bench):
    return [(row["value"], row["note"]) for row in rows(bench)]


EXPECTED = [(number, "") if mark == "1" else ("", AWAY) for mark, number in SHOWN]


def test_a_layout_keeps_the_condition():
    made = Layout.from_json(json.dumps(layout()))
    assert made.readouts[0].only == Condition("mark", "1")
    assert Layout.from_json(made.to_json()) == made and from_link(to_link(made)) == made
    boxes = {"format": "#", "boxes": [[0, 0, 9, 9]]}
    limited = {"name": "a", **boxes, "only": {"readout": "b", "text": "V"}}
    fields = {"version": 2, "frame_size": [20, 20], "readouts": [limited, {"name": "b", **boxes, "only": None}]}
    assert json.loads(Layout.from_json(json.dumps(fields)).to_json())["version"] == 2


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ({"readout": "level", "text": "1"}, "must be another readout that every frame shows"),
        ({"readout": "gone", "text": "1"}, "must be another readout that every frame shows"),
        ({"readout": "mark", "text": ""}, "shows a text that is known, got ''"),
        ({"readout": "mark", "text": "1?"}, "type what it shows, then choose that"),
        ({"readout": "mark"}, "readout 0, only"),
        ("mark", "readout 0, only"),
    ],
)
def test_a_condition_that_makes_no_sense_is_refused(only, message):
    made = layout()
    made["readouts"][0]["only"] = only
    with pytest.raises(ReadoutError, match=message):
        Layout.from_json(json.dumps(made))


def test_conditions_go_no_further_than_to_a_mark():
    made = layout()
    made["readouts"][1]["only"] = {"readout": "level", "text": "1"}
    with pytest.raises(ReadoutError, match="that every frame shows"):
        Layout.from_json(json.dumps(made))


def test_frames_with_another_mark_are_left_blank_with_the_reason(bench):
    [level, mark] = give(bench)["readouts"]
    assert level["left_out"] and not mark["left_out"]
    refresh(bench)
    assert levels(bench) == EXPECTED
    assert [row["text"] for row in rows(bench)] == [number if mark == "1" else "" for mark, number in SHOWN]
    assert {row["confidence"] for row in rows(bench) if row["note"]} == {""}


def test_what_is_left_out_is_told_once_for_all_frames_read(bench):
    give(bench)
    [level, _] = refresh(bench)["readouts"]
    assert level["rows"].tolist() == list(range(len(SHOWN)))
    [left_out] = level["left_out"]
    assert left_out["reason"] == AWAY and left_out["rows"].tolist() == [2, 3, 6]
    assert bench.missing()["frames"] == []


def test_other_quantities_are_no_neighbours(bench):
    """Without the condition the numbers jump to and fro; with it they rise by a tenth."""
    give(bench)
    refresh(bench)
    column = bench.observations.columns()["level"]
    assert column.values[column.given].tolist() == [20.5, 20.6, 20.7, 20.8]
    assert not bench.exports.csv().count("jump")


def test_the_condition_is_an_edit_that_can_be_undone_and_needs_no_new_pixels(bench):
    bench.editor.set_layout(layout(None))
    give(bench)
    refresh(bench)
    assert levels(bench) == [(f"{float(number)}", "") for _, number in SHOWN]
    bench.editor.set_layout(layout("2"))
    assert bench.missing()["frames"] == []
    refresh(bench)
    assert [value for value, _ in levels(bench)] == [f"{float(n)}" if m == "2" else "" for m, n in SHOWN]
    bench.editor.undo()
    refresh(bench)
    assert [note for _, note in levels(bench)] == [""] * len(SHOWN)


def test_what_is_typed_counts_more_than_what_was_read(bench):
    give(bench)
    bench.editor.set_label(NAMES[2], "mark", "1")  # the mark was misread there
    bench.editor.set_label(NAMES[3], "level", "308")  # a person sees the number there
    bench.editor.set_label(NAMES[4], "mark", None)
    refresh(bench)
    found = rows(bench)
    assert [found[k]["text"] for k in (2, 3)] == ["307", "308"] and found[3]["typed"] == "308"
    assert found[4]["note"] == "mark is not readable"


def test_a_mark_that_is_doubted_leaves_its_frame_out():
    only = Condition("mark", "V")
    assert reason(only, " V ") == ""
    assert reason(only, "V", ["constrained"]) == ""
    assert reason(only, "V", ["doubtful", "outlier"]) == "mark may not show V: doubtful, outlier"
    assert reason(only, " ") == "mark shows nothing, not V"


def test_a_renamed_mark_is_the_mark_still_and_none_is_removed_in_silence(bench):
    give(bench)
    bench.editor.rename_readout("mark", "lamp")
    assert bench.editor.document.layout.readouts[0].only == Condition("lamp", "1")
    bench.editor.undo()
    [level, _] = layout()["readouts"]
    with pytest.raises(ReadoutError, match="have it shown in all frames first"):
        bench.editor.set_layout({**layout(), "readouts": [level]})


def test_tables_of_all_shapes_pass_over_what_is_not_shown(bench):
    give(bench)
    refresh(bench)
    assert [row["value"] for row in rows(bench, rows="change")] == ["20.5", "20.6", "20.7", "20.8"]
    assert [row["level"] for row in rows(bench, wide=True)] == [n if m == "1" else "" for m, n in SHOWN]
    assert [row["confidence"] for row in json.loads(bench.exports.json("now"))["rows"]].count(None) == 3
    assert "not kept" not in bench.exports.audit_report("t", "now")


def test_a_saved_project_limits_on_the_command_line_too(bench, tmp_path):
    give(bench)
    refresh(bench)
    (tmp_path / "p.readout.zip").write_bytes(bench.exports.save("p"))
    out = tmp_path / "out.csv"
    assert main(["read", "--project", str(tmp_path / "p.readout.zip"), "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        found = [(row["value"], row["note"]) for row in csv.DictReader(file) if row["readout"] == "level"]
    assert found == EXPECTED


def test_the_command_line_states_it(tmp_path):
    folder = tmp_path / "frames"
    folder.mkdir()
    for name, shown in zip(NAMES, SHOWN, strict=True):
        Image.fromarray(frame(*shown)).save(folder / name)
    out = tmp_path / "out.csv"
    windows = ["--window", "8,6,44,36", "--window", "68,6,144,36"]
    asked = ["read", str(folder), *windows, "--out", str(out), "--only"]
    assert main([*asked, "window 2=window 1:1"]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["readout"] == "window 2"]
    assert [row["value"] for row in found] == [value for value, _ in EXPECTED]
    assert found[2]["note"] == "window 1 shows 2, not 1"
    assert main([*asked, "window 3=window 1:1"]) == 2


def test_chunks_that_were_kept_serve_whatever_the_condition(backbones):
    times = [k / 2 for k in range(len(SHOWN))]

    def opened(text):
        bench = Workbench(backbones[0])
        bench.use_lines(backbones[1])
        bench.set_frames(
            [{"name": f"c.mp4#t={t:.6f}", "width": 220, "height": 48, "time_s": t} for t in times],
        )
        bench.editor.set_layout(layout(text))
        return bench

    pictures = b"".join(regions(frame(*shown))[0]["rgba"] for shown in SHOWN)
    whole = [
        {"readout": name, "x": 0, "y": 0, "width": 220, "height": 48, "data": pictures} for name in ("level", "mark")
    ]
    bench, index = opened(None), np.arange(len(SHOWN))
    given = asyncio.run(
        bench.chunks.add_chunk("c.mp4", times, index, "RGBA", None, True, 0, whole, progress=lambda _: None)
    )
    assert not any(each["left_out"] for each in given["readouts"])
    other = opened("1")
    restored = other.chunks.restore_chunks([given["kept"].tobytes()])
    assert restored["frames"] == len(SHOWN)
    [level] = [each for each in restored["readouts"] if each["readout"] == "level"]
    assert [each["rows"].tolist() for each in level["left_out"]] == [[2, 3, 6]]
    refresh(other)
    assert levels(other) == EXPECTED


def test_live_shows_and_records_it_only_where_the_mark_says_so(bench):
    bench.live.begin(220, 48)
    frames = [{"time_s": float(k), "regions": regions(frame(*shown))} for k, shown in enumerate(SHOWN)]
    found = [asyncio.run(bench.live.read(each, progress=lambda _: None)) for each in frames]
    assert [(each["readouts"][0]["text"], each["readouts"][0]["note"]) for each in found] == [
        (number, "") if mark == "1" else ("", AWAY) for mark, number in SHOWN
    ]
    assert f'camera#t=2.000000,2.000000,level,,,,,,,,"{AWAY}"\n' in found[2]["rows"]
