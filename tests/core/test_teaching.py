"""What the workbench tells of its examples, and what it would like to be taught next."""

import asyncio

import numpy as np
import pytest

from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.test_workbench import FRAMES, LAYOUT, TRUTHS, quiet, read


@pytest.fixture
def bench(glyphs):
    bench = Workbench(Awaited(glyphs, glyphs.prior))
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in FRAMES])
    bench.editor.set_layout(LAYOUT)
    read(bench)
    return bench


def teach(bench, frames):
    for frame in frames:
        bench.editor.set_label(frame, "top", TRUTHS[frame])
    asyncio.run(bench.refresh(quiet))


def test_examples_say_where_they_came_from_and_which_have_equal_pixels(bench):
    teach(bench, FRAMES[:2])
    crop = bench.examples.all()[3].crop
    rgba = np.dstack([crop.pixels, np.full(crop.pixels.shape[:2], 255, np.uint8)]).tobytes()
    height, width = crop.pixels.shape[:2]
    label = bench.examples.all()[3].label
    twins = [
        {"source": f"training/{k}/a.png", "label": label, "width": width, "height": height, "rgba": rgba}
        for k in (1, 2)
    ]
    bench.set_examples(twins)
    found = {each["source"]: each for each in bench.labelling.examples()}
    assert len(found) == 10
    digits = TRUTHS[FRAMES[1]].replace(".", "")
    for k, digit in enumerate(digits):
        each = found[f"{FRAMES[1]} top {k}"]
        assert (each["label"], each["frame"], each["readout"], each["box"]) == (digit, FRAMES[1], "top", k)
    first, second = found["training/1/a.png"], found["training/2/a.png"]
    own = found[f"{FRAMES[0]} top 3"]
    assert first["set"] == "training/1" and first["group"] == second["group"] == own["group"]
    assert len({each["group"] for each in found.values()}) == 8 and not any(each["conflict"] for each in found.values())
    bench.editor.relabel("training/2/a.png", "X")
    odd = {each["source"] for each in bench.labelling.examples() if each["conflict"]}
    assert odd == {own["source"], *(twin["source"] for twin in twins)}


def test_the_score_is_of_frames_it_has_not_learned_from_and_says_when_it_cannot_tell(bench):
    teach(bench, FRAMES[:2])
    few = asyncio.run(bench.labelling.validate(quiet))
    assert few["too_few"] and few["total"] == 8
    teach(bench, FRAMES)
    found = asyncio.run(bench.labelling.validate(quiet))
    assert found["groups"] == len(FRAMES) and found["low"] < found["right"] / found["total"] <= found["high"]
    assert np.sum(found["confusion"]) == found["total"] == 4 * len(FRAMES)
    assert np.trace(found["confusion"]) == found["right"]
    assert [each["source"] for each in found["predictions"]] == [each.source for each in bench.examples.all()]


def test_the_queue_passes_over_what_was_typed_and_promises_fewer_mistakes(bench):
    typed = FRAMES[:3]
    teach(bench, typed)
    queue = bench.labelling.next_best()
    assert queue["readings"] == 2 * len(FRAMES) - len(typed)
    assert 0 <= queue["wrong_after"] <= queue["wrong_before"]
    for item in queue["items"]:
        assert bench.frames[item["row"]].name == item["frame"]
        assert (item["frame"], item["readout"]) not in bench.editor.document.typed


def test_the_map_has_every_example_and_box_once_inside_its_square(bench):
    teach(bench, FRAMES[:2])
    found = asyncio.run(bench.labelling.embedding_map(quiet))
    assert len(found["x"]) == len(found["y"]) == len(found["points"]) == 8 + 8 * len(FRAMES)
    assert max(np.abs(found["x"]).max(), np.abs(found["y"]).max()) <= 1
    examples = [point for point in found["points"] if "source" in point]
    assert [point["label"] for point in examples] == [each.label for each in bench.examples.all()]
    assert {(point["frame"], point["box"]) for point in found["points"] if point["readout"] == "bottom"} == {
        (frame, box) for frame in FRAMES for box in range(4)
    }


def test_nothing_to_show_is_nothing(glyphs):
    teaching = Workbench(Awaited(glyphs, glyphs.prior)).labelling
    assert teaching.examples() == []
    assert teaching.next_best() == {"items": [], "wrong_before": 0.0, "wrong_after": 0.0, "readings": 0}
    assert asyncio.run(teaching.validate(quiet))["total"] == 0
    assert len(asyncio.run(teaching.embedding_map(quiet))["points"]) == 0
