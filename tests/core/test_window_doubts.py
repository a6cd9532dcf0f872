"""Which windows to label next: those in doubt, and one for all that are in doubt alike."""

import asyncio
import json

import numpy as np
import pytest

from readout.evaluation.active_learning import Queue, Suggestion, merge_queues
from readout.evaluation.window_doubts import window_doubts
from readout.layout.layout import Readout
from readout.model.head import SoftmaxHead
from readout.model.strip_embedding import HEAD
from readout.readings.dictionary_array import DictionaryArray
from readout.readings.line import Line
from readout.readings.line_column import LineColumn
from readout.workbench.workbench import Workbench
from tests.core.displays import drawn
from tests.core.test_windows_at_work import LAYOUT, region
from tests.core.window_bench import awaited

CLASSES = ["0", "1", "blank", "unknown"]


def strip(*columns):
    """A row of `pack` whose k-th column has these scores; None where no column is kept."""
    found = [np.zeros(4) if each is None else np.asarray(each, float) for each in columns]
    at = [-1 if each is None else k for k, each in enumerate(columns)]
    return np.concatenate([np.zeros(HEAD), at, *found]).astype(np.float32)


def test_the_least_sure_column_stands_for_a_strip():
    head = SoftmaxHead()
    head.classes_, head.coef_, head.intercept_ = CLASSES, np.eye(4), np.zeros(4)
    rows = np.array(
        [strip([9, 0, 0, 0], [2, 1.9, 0, 0], None), strip(None, None, None), strip([0, 9, 0, 0], None, None)]
    )
    index = np.array([[0], [0], [1], [2], [-1]])
    lines = [Line(("00",), (0.5,)), Line(("",), (1.0,)), Line(("1",), (0.99,))]
    column = LineColumn(Readout("n", window=(0, 0, 9, 9)), CLASSES, lines, index[:, 0])
    doubts, embeddings = window_doubts(column, DictionaryArray(rows, index), head, np.zeros(5, bool))
    assert doubts.shape == (5, 1, 4) and embeddings.shape == (5, 1, 4)
    assert embeddings[[0, 1, 3]][:, 0].tolist() == pytest.approx(np.array([[2, 1.9, 0, 0]] * 2 + [[0, 9, 0, 0]]))
    assert not embeddings[2].any()
    both = doubts.at((np.array([0]), np.array([0])))
    assert both.argmax() == 0 and both[0, 1] > 0.4
    assert doubts.sure[:, 0].tolist() == pytest.approx([0.5, 0.5, 1, 0.99, 0])


def test_queues_of_two_kinds_are_one_by_gain():
    boxes = Queue([Suggestion(1, "box", 3.0), Suggestion(2, "box", 1.0)], 6.0, 2.0, 10)
    windows = Queue([Suggestion(4, "w", 2.0)], 2.5, 0.5, 4)
    both = merge_queues([boxes, windows], most=2)
    assert [item.frame for item in both.items] == [1, 4]
    assert (both.wrong_before, both.wrong_after, both.readings) == (8.5, 3.5, 14)


@pytest.fixture
def bench():
    """Two windows of different widths beside a box, in six frames; the small window is hard to read in the last two."""
    bench = Workbench(awaited("glyphs"))
    bench.use_lines(awaited("lines"))
    bench.set_frames([{"name": f"{k}.png", "width": 160, "height": 48} for k in range(6)])
    layout = json.loads(json.dumps(LAYOUT))
    layout["readouts"].append({"name": "part", "window": [50, 6, 60, 36]})
    layout["readouts"].append({"name": "box", "format": "#", "boxes": [[70, 8, 16, 32]]})
    bench.editor.set_layout(layout)
    frames = []
    for k in range(6):
        pixels = drawn("32.5", k)
        if k > 3:
            noise = np.random.default_rng(k).normal(0, 60, pixels.shape)
            pixels = np.clip(pixels * 0.2 + 90 + noise, 0, 255).astype(np.uint8)
        regions = [{**region(pixels), "readout": name} for name in ("speed", "part", "box")]
        frames.append({"name": f"{k}.png", "regions": regions})
    asyncio.run(bench.add_frames(frames, progress=lambda _: None))
    return bench


def test_windows_of_several_widths_and_boxes_share_one_queue(bench):
    queue = bench.labelling.next_best()
    assert queue["readings"] == 18
    assert queue["wrong_after"] <= queue["wrong_before"]
    gains = [item["gain"] for item in queue["items"]]
    assert gains and gains == sorted(gains, reverse=True)
    speed = [item["row"] for item in queue["items"] if item["readout"] == "speed"]
    assert speed and speed[0] in (4, 5)


def test_the_queue_and_the_table_agree_on_how_many_are_wrong(bench):
    """Frames that look alike share what they know, a text of another form is doubted: the queue knows of both."""
    queue, review = bench.labelling.next_best(), bench.table()["review"]
    alone = sum(1 - each.sure.prod(axis=1) for each in bench.observations.columns().values()).sum()
    assert (queue["readings"], queue["wrong_before"]) == (review["readings"], pytest.approx(review["wrong"], abs=1e-3))
    assert queue["wrong_before"] != pytest.approx(alone, rel=0.05)


def test_what_was_typed_is_not_asked_for(bench):
    asked = next(item for item in bench.labelling.next_best()["items"] if item["readout"] == "speed")
    bench.editor.set_label(asked["frame"], "speed", "32.5")
    asyncio.run(bench.refresh(progress=lambda _: None))
    again = bench.labelling.next_best()
    assert again["readings"] == 17
    assert (asked["row"], "speed") not in {(item["row"], item["readout"]) for item in again["items"]}
