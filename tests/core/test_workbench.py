"""The workbench: frames in, a document edited, readings out, as the page does it."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.imaging.images import load_image
from readout.layout.layout import Layout
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited

ROOT = Path(__file__).resolve().parents[2]

TRUTHS = dict(line.split(",") for line in (ROOT / "data" / "labels.csv").read_text().splitlines()[1:])
FRAMES = list(TRUTHS)[:12]
LAYOUT = json.loads((ROOT / "data" / "layout.json").read_text())


def quiet(news):
    pass


@pytest.fixture
def bench(glyphs):
    bench = Workbench(Awaited(glyphs, glyphs.prior))
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in FRAMES])
    return bench


def region_of(frame, region):
    pixels = load_image(ROOT / "data" / "frames" / frame)
    x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
    part = pixels[y : y + height, x : x + width]
    rgba = np.dstack([part, np.full(part.shape[:2], 255, np.uint8)])
    return {**region, "rgba": rgba.tobytes()}


async def read_all(bench):
    plan = bench.missing()
    for name in plan["frames"]:
        await bench.add_frames(
            [{"name": name, "regions": [region_of(name, region) for region in plan["regions"]]}], quiet
        )
    return plan["frames"]


def read(bench):
    asyncio.run(read_all(bench))


def texts(table, readout="top"):
    column = next(each for each in table["readouts"] if each["readout"] == readout)
    return dict(zip(column["rows"].tolist(), column["texts"].split("\n"), strict=True))


def test_it_asks_for_the_frames_it_lacks_and_reads_them(bench):
    plan = bench.missing()
    assert not any(map(len, plan.values()))
    bench.editor.set_layout(LAYOUT)
    assert bench.missing()["frames"] == FRAMES
    read(bench)
    assert bench.missing()["frames"] == []
    assert texts(bench.table()) == {k: TRUTHS[name] for k, name in enumerate(FRAMES)}
    assert bench.table()["review"]["readings"] == 2 * len(FRAMES)


def test_what_give_returns_are_the_rows_of_the_table(bench):
    bench.editor.set_layout(LAYOUT)
    plan = bench.missing()
    given = [{"name": name, "regions": [region_of(name, r) for r in plan["regions"]]} for name in FRAMES[3:5]]
    rows = asyncio.run(bench.add_frames(given, quiet))["readouts"]
    for part, whole in zip(rows, bench.table()["readouts"], strict=True):
        assert part["rows"].tolist() == [3, 4]
        assert part.keys() | {"stated"} == whole.keys()
        for name in part:
            assert np.array_equal(part[name], whole[name]), name


def test_a_nudge_is_read_without_asking_for_the_frames_again_and_undone(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    before = bench.table()
    moved = json.loads(json.dumps(LAYOUT))
    moved["readouts"][0]["boxes"][0][0] += 0.5
    bench.editor.set_layout(moved)
    assert bench.missing()["frames"] == []
    after = asyncio.run(bench.refresh(quiet))
    assert texts(after) and not np.array_equal(after["readouts"][0]["confidence"], before["readouts"][0]["confidence"])
    assert bench.editor.undo()["redo"] == "change the layout"
    again = asyncio.run(bench.refresh(quiet))
    assert np.array_equal(again["readouts"][0]["confidence"], before["readouts"][0]["confidence"])


def test_typing_teaches_four_examples_and_rereads_and_undo_forgets_them(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    prior = bench.table()["readouts"][0]["confidence"]
    bench.editor.set_label(FRAMES[0], "top", TRUTHS[FRAMES[0]])
    news = asyncio.run(bench.refresh(quiet))
    assert news["learned"]["examples"] == 4
    assert not np.array_equal(news["readouts"][0]["confidence"], prior)
    assert news["review"]["readings"] == 2 * len(FRAMES) - 1
    assert [example.label for example in bench.examples.all()] == [digit for digit in TRUTHS[FRAMES[0]] if digit != "."]
    bench.editor.undo()
    assert np.array_equal(asyncio.run(bench.refresh(quiet))["readouts"][0]["confidence"], prior)


def test_a_wrong_label_changes_readings_and_says_which_and_relabelling_helps(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    before = texts(bench.table())
    for frame in FRAMES[:6]:
        bench.editor.set_label(frame, "top", TRUTHS[frame].replace("8", "X"))
    news = asyncio.run(bench.refresh(quiet))
    after = texts(news)
    assert any("X" in text for text in after.values())
    different = {(k, before[k], after[k]) for k in before if before[k] != after[k]}
    found = {(each["row"], each["before"], each["after"]) for each in news["changed"] if each["readout"] == "top"}
    assert found == different and news["changes"] == len(news["changed"])
    for example in bench.examples.all():
        if example.label == "X":
            bench.editor.relabel(example.source, "8")
    assert texts(asyncio.run(bench.refresh(quiet))) == before


def test_not_readable_teaches_nothing_and_leaves_the_estimate(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    bench.editor.set_label(FRAMES[2], "top", None)
    table = asyncio.run(bench.refresh(quiet))
    assert table["learned"] is None and bench.examples.all() == []
    assert table["review"]["readings"] == 2 * len(FRAMES) - 1
    assert texts(table)[2] == TRUTHS[FRAMES[2]]  # what was read is never overwritten


def test_frames_that_stay_keep_their_readings_when_others_come_or_go(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    names = [FRAMES[0], *list(TRUTHS)[12:14], FRAMES[5]]
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in names])
    assert bench.missing()["frames"] == names[1:3]
    assert texts(bench.table()) == {0: TRUTHS[names[0]], 3: TRUTHS[names[3]]}


def test_frames_of_another_size_are_not_asked_for(bench):
    bench.set_frames([{"name": "a.png", "width": 1024, "height": 768}, {"name": "b.png", "width": 640, "height": 480}])
    bench.editor.set_layout(LAYOUT)
    assert bench.missing()["frames"] == ["a.png"]


def test_inspect_shows_the_crops_and_what_was_typed(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    bench.editor.set_label(FRAMES[1], "top", TRUTHS[FRAMES[1]])
    top, bottom = bench.inspect(FRAMES[1])["readouts"]
    assert top["typed"] == TRUTHS[FRAMES[1]] and not bottom["has_typed"]
    assert len(top["boxes"]) == 4 and len(top["probabilities"][0]) == len(top["classes"])
    boxes = Layout.from_json(json.dumps(LAYOUT)).readouts[0].boxes
    pixels = load_image(ROOT / "data" / "frames" / FRAMES[1])
    x, y, w, h = map(int, boxes[0])
    shown = top["boxes"][0]
    assert np.array_equal(
        shown["rgba"].reshape(shown["height"], shown["width"], 4)[:, :, :3], pixels[y : y + h, x : x + w]
    )


def test_rules_flag_and_repair_beside_what_was_read(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)
    bench.editor.set_rules([{"kind": "range", "readout": "top", "min": 0, "max": 50}])
    table = asyncio.run(bench.refresh(quiet))
    [found] = table["rules"]
    high = [k for k, name in enumerate(FRAMES) if float(TRUTHS[name]) > 50]
    assert [flag["rows"].tolist() for flag in found["flags"]] == [high]
    assert [(flag["rule"], flag["kind"], flag["name"]) for flag in found["flags"]] == [
        (bench.editor.state()["rule_ids"][0], "range", "range 0 to 50")
    ]
    assert texts(table) == {k: TRUTHS[name] for k, name in enumerate(FRAMES)}
    with pytest.raises(ReadoutError, match="readout"):
        bench.editor.set_rules([{"kind": "rising", "readout": "left"}])


def test_the_document_comes_back_and_a_link_holds_the_layout(bench):
    bench.editor.set_layout(LAYOUT)
    bench.editor.set_label(FRAMES[0], "top", TRUTHS[FRAMES[0]])
    state = bench.editor.state()
    link = bench.editor.layout_link()["link"]
    bench.begin()
    assert bench.editor.state()["layout"] is None
    bench.editor.import_layout(link)
    assert bench.editor.state()["layout"] == state["layout"]
    assert bench.editor.restore(state["document"])["document"] == state["document"]
    bench.editor.import_layout(link, [512, 384])
    assert bench.editor.state()["layout"]["readouts"][0]["boxes"][0] == (464.5, 18.5, 4.0, 5.0)


def test_two_refreshes_at_once_end_with_the_last_document(bench):
    bench.editor.set_layout(LAYOUT)
    read(bench)

    async def both():
        bench.editor.set_label(FRAMES[0], "top", TRUTHS[FRAMES[0]])
        first = asyncio.ensure_future(bench.refresh(quiet))
        await asyncio.sleep(0)
        bench.editor.set_label(FRAMES[1], "top", TRUTHS[FRAMES[1]])
        await asyncio.gather(first, bench.refresh(quiet))
        return bench.table()

    both_at_once = asyncio.run(both())["readouts"][0]["confidence"]
    bench.learner.take_head(None, [])
    assert np.allclose(both_at_once, asyncio.run(bench.refresh(quiet))["readouts"][0]["confidence"], atol=1e-6)
