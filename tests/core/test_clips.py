"""Frames of clips: their names, and which of them are read."""

import math

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.video.sampling import choose, frame_name, microsecond
from tests.case_tables import cases

FILM = [microsecond(k / 30) for k in range(91)]
UNEVEN = [0.0, 0.04, 0.5, 0.51, 0.52, 2.0, 2.04, 2.5]
CHOICES = [
    (FILM, None, None, None, list(range(91))),
    (FILM, {"frames": 30}, None, None, [0, 30, 60, 90]),
    (FILM, {"frames": 30}, 0.5, 2.5, [15, 45, 75]),
    (FILM, {"seconds": 1}, None, None, [0, 30, 60, 90]),
    (FILM, {"seconds": 0.1}, None, None, list(range(0, 91, 3))),
    (FILM, {"seconds": 1 / 30}, None, None, list(range(91))),
    (FILM, {"seconds": 1e-9}, None, None, list(range(91))),
    (FILM, {"seconds": 100}, None, None, [0]),
    (FILM, None, 3.0, 3.0, [90]),
    (FILM, None, 3.1, None, []),
    (FILM, {"seconds": 0.5}, 3.1, None, []),
    (UNEVEN, {"seconds": 0.5}, None, None, [0, 2, 5, 7]),
    (UNEVEN, {"seconds": 0.5}, 0.01, None, [1, 3, 5, 6]),
    (UNEVEN, {"seconds": 1.0}, -5.0, None, [0, 5]),
    ([], {"seconds": 0.5}, None, None, []),
]

REFUSED = [
    ({"frames": 0}, None, None, "1 or more, got 0"),
    ({"frames": 2.5}, None, None, "whole number"),
    ({"seconds": 0}, None, None, "more than 0, got 0"),
    ({"seconds": math.nan}, None, None, "more than 0, got nan"),
    ({"seconds": math.inf}, None, None, "more than 0, got inf"),
    (None, 2.0, 1.0, "swap them"),
    (None, math.nan, None, "give a number"),
]


@pytest.mark.parametrize("case", cases("frame_names")["names"], ids=lambda case: case["name"])
def test_a_name_says_the_clip_and_the_time(case):
    assert frame_name(case["clip"], case["time"]) == case["name"]


def test_a_time_survives_its_name():
    times = [microsecond(pts / 90_000) for pts in range(0, 10**9, 9_999_991)]
    assert [float(frame_name("x", time).removeprefix("x#t=")) for time in times] == times


@pytest.mark.parametrize(("times", "every", "start", "end", "chosen"), CHOICES)
def test_frames_are_chosen(times, every, start, end, chosen):
    found = choose(times, every, start, end)
    assert found.dtype == np.int32
    assert found.tolist() == chosen


@pytest.mark.parametrize("seed", range(5))
def test_every_moment_has_the_first_frame_from_it_on(seed):
    """The rule itself, in whole microseconds, where nothing is lost to rounding."""
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.integers(2, 200_000, 300))
    step, start = int(rng.integers(50_000, 400_000)), int(rng.integers(0, times[-1]))
    moments = list(range(start, int(times[-1]) + 1, step))
    expected = sorted(
        {int(np.searchsorted(times, moment - 1)) for moment in moments} - {int(np.searchsorted(times, start)) - 1}
    )
    assert choose(times / 1e6, {"seconds": step / 1e6}, start / 1e6).tolist() == [
        k for k in expected if times[k] >= start
    ]


@pytest.mark.parametrize(("every", "start", "end", "message"), REFUSED)
def test_a_choice_that_makes_no_sense_is_refused(every, start, end, message):
    with pytest.raises(ReadoutError, match=message):
        choose(FILM, every, start, end)
