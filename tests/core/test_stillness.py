"""Which boxes of a chunk look as before: never one that changed, and mostly those that did not."""

from functools import lru_cache

import numpy as np
import pytest

from readout.video.change_detection import first_occurrence
from tests.case_scenes import scene as made
from tests.case_tables import cases

SEGMENTS = dict(
    zip(
        "0123456789 ",
        ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg", ""],
        strict=True,
    )
)
SIZES = {"small": (10, 6, 1), "middle": (20, 12, 2), "large": (90, 54, 9)}


def digit(text, height, width, thick, ink, paper):
    places = {
        "a": (0, thick, 0, width),
        "d": (height - thick, height, 0, width),
        "f": (0, height // 2, 0, thick),
        "g": ((height - thick) // 2, (height - thick) // 2 + thick, 0, width),
        "b": (0, height // 2, width - thick, width),
        "e": (height // 2, height, 0, thick),
        "c": (height // 2, height, width - thick, width),
    }
    pixels = np.full((height, width), paper, float)
    for top, bottom, left, right in (places[segment] for segment in SEGMENTS[text]):
        pixels[top:bottom, left:right] = ink
    return pixels


def scene(texts, size="middle", ink=200, paper=60):
    """Frames that show seven-segment texts, a little out of focus: float (n, h, w), and the boxes."""
    height, width, thick = SIZES[size]
    margin, step = height // 2, width + 3
    frames = np.full((len(texts), height + 2 * margin, len(texts[0]) * step + 2 * margin), paper, float)
    for frame, text in zip(frames, texts, strict=True):
        for k, char in enumerate(text):
            x = margin + k * step
            frame[margin : margin + height, x : x + width] = digit(char, height, width, thick, ink, paper)
    wide = np.pad(frames, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:]
    boxes = [(margin + k * step - 1, margin - 1, width + 2.0, height + 2.0) for k in range(len(texts[0]))]
    return frames / 2 + around / 8, boxes


@lru_cache(4)
def grain(shape):
    return np.random.default_rng(0).normal(0, 1, shape)


def noisy(frames, sigma):
    return np.clip(frames + sigma * grain(frames.shape) + 0.5, 0, 255).astype(np.uint8)


def mistakes(texts, found):
    return [(k, box) for k, row in enumerate(found) for box, j in enumerate(row) if texts[k][box] != texts[j][box]]


def new(found):
    return int((found == np.arange(len(found))[:, None]).sum())


def test_equal_frames_share_the_first_and_a_constant_picture_does():
    frames, boxes = scene(["8051"] * 20)
    assert (first_occurrence(frames.astype(np.uint8), boxes) == 0).all()
    assert (first_occurrence(np.full((9, 30, 40), 77, np.uint8), [(3, 4, 10, 12)]) == 0).all()


@pytest.mark.parametrize("shape", [(1, 20, 30), (3, 1, 1), (3, 2, 2), (5, 4, 3)])
def test_few_frames_and_few_pixels(shape):
    found = first_occurrence(np.zeros(shape, np.uint8), [(0, 0, shape[2], shape[1])])
    assert found.shape == (shape[0], 1) and (found == 0).all()
    changed = np.zeros(shape, np.uint8)
    changed[-1] = 200
    assert first_occurrence(changed, [(0, 0, shape[2], shape[1])])[-1] == shape[0] - 1


CHANGES = {"a segment": "89", "another": "08", "a thin one": "1 ", "a gap closed": "56", "a bar": "17"}


@pytest.mark.parametrize("when", ["once", "every frame", "at random"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pair", CHANGES.values(), ids=CHANGES)
def test_a_changed_segment_is_never_missed(pair, size, when):
    n = 40
    which = {
        "once": np.arange(n) > 22,
        "every frame": np.arange(n) % 2,
        "at random": np.random.default_rng(1).integers(0, 2, n),
    }
    texts = ["8" + pair[int(k)] for k in which[when]]
    for contrast in (12, 30, 140):
        frames, boxes = scene(texts, size, 80 + contrast, 80)
        for sigma in (0, 0.5, 1, 2, 5):
            assert mistakes(texts, first_occurrence(noisy(frames, sigma), boxes)) == [], (contrast, sigma)


def test_colour_alone_is_a_change():
    luma = np.full((10, 40, 40), 90, np.uint8)
    blue = np.full((10, 20, 20), 128, np.uint8)
    blue[4:, 5:15, 8:10] = 170
    found = first_occurrence(luma, [(6, 6, 28, 28)], [blue, np.full_like(blue, 128)])
    assert found.ravel().tolist() == [0] * 4 + [4] * 6


@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_noise_is_no_change(sigma):
    frames, boxes = scene(["80512936"] * 64)
    assert new(first_occurrence(noisy(frames, sigma), boxes)) <= 0.05 * 64 * 8


def test_noise_like_a_codecs_is_no_change():
    """Blocks of 8 x 8 that are mostly copied, now and then coded anew with an error of their own, larger at edges."""
    frames, boxes = scene(["805129"] * 64)
    rng = np.random.default_rng(3)
    height, width = (-(-side // 8) for side in frames.shape[1:])
    error = np.zeros((height * 8, width * 8))
    edges = np.abs(np.gradient(frames[0])).sum(axis=0)
    coded = []
    for frame in frames:
        anew = np.kron(rng.random((height, width)) < 0.2, np.ones((8, 8))).astype(bool)
        error[anew] = np.kron(rng.normal(0, 1, (2 * height, 2 * width)), np.ones((4, 4)))[anew]
        coded.append(frame + error[: frame.shape[0], : frame.shape[1]] * (1 + edges / 20))
    assert new(first_occurrence(np.clip(np.array(coded), 0, 255).astype(np.uint8), boxes)) <= 0.15 * 64 * 6


def test_huge_noise_makes_everything_new():
    frames, boxes = scene(["8051"] * 30, ink=100)
    assert new(first_occurrence(noisy(frames, 60), boxes)) == 30 * 4


@pytest.mark.parametrize("sigma", [0, 1, 3])
def test_a_slow_fade_does_not_creep(sigma):
    start, boxes = scene(["8"])
    end, _ = scene(["9"])
    share = np.linspace(0, 1, 64)[:, None, None]
    found = first_occurrence(noisy(start * (1 - share) + end * share, sigma), boxes).ravel()
    assert (np.arange(64) - found).max() < 20 and found[-1] > 40


def test_boxes_do_not_matter_to_each_other():
    texts = [f"{k % 10}8" for k in range(30)]
    frames, boxes = scene(texts)
    found = first_occurrence(noisy(frames, 1), boxes)
    assert (found[:, 1] == 0).all() and mistakes(texts, found) == []
    for k, box in enumerate(boxes):
        assert np.array_equal(first_occurrence(noisy(frames, 1), [box]).ravel(), found[:, k])


def test_what_others_look_like_is_new_itself():
    frames, boxes = scene([f"{k * 7 % 10}{k // 4 % 10}" for k in range(50)])
    found = first_occurrence(noisy(frames, 2), boxes)
    assert (found <= np.arange(50)[:, None]).all()
    assert np.array_equal(np.take_along_axis(found, found, axis=0), found)


@pytest.mark.parametrize("case", cases("first_occurrence"), ids=lambda case: f"{case['seed']}")
def test_the_page_finds_the_same(case):
    """tests/site/change_detection.test.js has the same cases. compared: so many of its boxes, all by default."""
    luma, chroma = made(case)
    boxes = case["boxes"][: case.get("compared")]
    assert first_occurrence(luma, boxes, chroma, case.get("beside", 0)).tolist() == case["first"]


@pytest.mark.parametrize("sigma", [0, 2, 6])
def test_a_digit_that_comes_beside_a_window_is_another_look_and_what_is_always_there_is_none(sigma):
    frames, boxes = scene(["31 ", "31 ", "311", "311", "31 "])
    (left, top, _, h), (x, _, w, _) = boxes[:2]
    window = [(left, top, x + w - left, h)]
    assert first_occurrence(noisy(frames, sigma), window).ravel().tolist() == [0] * 5
    beside = round(w)
    assert first_occurrence(noisy(frames, sigma), window, beside=beside).ravel().tolist() == [0, 0, 2, 2, 0]
    always, _ = scene(["318", "310", "319"])
    assert first_occurrence(noisy(always, sigma), window, beside=beside).ravel().tolist() == [0] * 3
