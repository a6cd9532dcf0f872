"""From a rectangle and a number to boxes: on frames that nothing was tuned on, and on what cannot be found."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from readout.crops import cut
from readout.dataset import Dataset
from readout.embeddings import EmbeddingCache
from readout.errors import ReadoutError
from readout.head import SoftmaxHead
from readout.images import load_image
from readout.native import OnnxBackbone
from readout.placing import Sight, format_of, place, run

ROOT = Path(__file__).resolve().parents[2]
MOST_CROPS = 1800
MARGIN = 14


@pytest.fixture(scope="module")
def glyphs():
    return OnnxBackbone.named()


@pytest.fixture(scope="module")
def head(glyphs):
    return SoftmaxHead(prior=glyphs.prior).fit(np.empty((0, glyphs.dim)), [])


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """Eight frames of another seed: [(pixels, text)], and the true boxes of their first number."""
    out = tmp_path_factory.mktemp("unseen")
    drawer = [sys.executable, str(ROOT / "data" / "generate.py"), "--seed", "404", "--out", str(out), "--frames", "8"]
    subprocess.run(drawer, check=True, capture_output=True)
    dataset = Dataset.load(out)
    return [(load_image(path), dataset.truths[path.name]) for path in dataset.frames], dataset.layout.readouts[0].boxes


def drawn_around(boxes, rng):
    """A rectangle that a person may draw: up to five pixels of margin at every side."""
    left, top, right, bottom = rng.uniform(0, 5, 4)
    x, y = boxes[0][0] - left, min(box[1] for box in boxes) - top
    return x, y, boxes[-1][0] + boxes[-1][2] + right - x, max(box[1] + box[3] for box in boxes) + bottom - y


def sight(frame, drawn, text):
    """What the page sends: the rectangle with some pixels around it."""
    x, y = max(0, int(drawn[0]) - MARGIN), max(0, int(drawn[1]) - MARGIN)
    part = frame[y : int(drawn[1] + drawn[3]) + MARGIN, x : int(drawn[0] + drawn[2]) + MARGIN]
    return Sight(np.ascontiguousarray(part), (x, y), drawn, text)


@pytest.mark.parametrize(
    ("text", "expected"), [("79.05", "##.##"), ("-3.1", "##.#"), ("12:34", "##:##"), ("A7", "##"), (" 5 ", "#"), ("1,234.5", "#,###.#")]
)
def test_every_character_but_a_separator_takes_a_box(text, expected):
    assert format_of(text) == expected


def test_boxes_are_within_a_pixel_of_the_truth_after_two_values(unseen, head, glyphs):
    frames, boxes = unseen
    rng = np.random.default_rng(0)
    drawn = drawn_around(boxes, rng)
    for first, second in zip(frames[::2], frames[1::2], strict=True):
        cache = EmbeddingCache(glyphs)
        found = run(place([sight(*each[:1], drawn, each[1]) for each in (first, second)], head), cache)
        assert found.format == "##.##" and found.confidence > 0.9
        assert np.abs(np.array(found.boxes) - boxes).max() <= 1


def test_one_value_is_enough_to_read_all_other_frames(unseen, head, glyphs):
    frames, boxes = unseen
    rng = np.random.default_rng(1)
    for frame, text in frames[:3]:
        cache = EmbeddingCache(glyphs)
        found = run(place([sight(frame, drawn_around(boxes, rng), text)], head), cache)
        assert cache.embedded <= MOST_CROPS
        crops = [crop for other, _ in frames for crop in cut(other, found.boxes)]
        shown = "".join(other.replace(".", "") for _, other in frames)
        read = head.predict(cache.embed(crops))
        assert np.mean([a == b for a, b in zip(read, shown, strict=True)]) >= 0.95


def test_the_same_sight_gives_the_same_boxes(unseen, head, glyphs):
    (frame, text), drawn = unseen[0][0], drawn_around(unseen[1], np.random.default_rng(2))
    one, two = (run(place([sight(frame, drawn, text)], head), EmbeddingCache(glyphs)) for _ in range(2))
    assert one == two


def test_a_wrong_number_is_not_found_with_confidence(unseen, head, glyphs):
    (frame, text), drawn = unseen[0][0], drawn_around(unseen[1], np.random.default_rng(3))
    wrong = "".join(char if char == "." else str((int(char) + 3) % 10) for char in text)
    assert run(place([sight(frame, drawn, wrong)], head), EmbeddingCache(glyphs)).confidence < 0.1


@pytest.mark.parametrize(
    ("drawn", "text"), [((10, 10, 40, 20), "..."), ((10, 10, 40, 20), ""), ((10, 10, 3, 2), "79.05")]
)
def test_what_cannot_be_searched_is_refused_with_the_next_step(head, drawn, text):
    frame = np.zeros((60, 80, 3), np.uint8)
    with pytest.raises(ReadoutError, match=":"):
        next(place([Sight(frame, (0, 0), drawn, text)], head))


def test_a_head_that_knows_no_digits_is_refused(glyphs):
    ignorant = SoftmaxHead().fit(np.eye(3, glyphs.dim), ["a", "b", "c"])
    with pytest.raises(ReadoutError):
        next(place([Sight(np.zeros((60, 80, 3), np.uint8), (0, 0), (10, 10, 40, 20), "12")], ignorant))
