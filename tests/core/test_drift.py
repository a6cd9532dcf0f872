"""An anchor is found again to parts of a pixel: against pictures moved by Fourier's shift theorem."""

import numpy as np
import pytest

from readout.errors import ReadoutError
from readout.video.template_tracker import LEAST_SIDE, MOST_SIDE, REPEATS, TemplateTracker, reach

SIZE, SIDE, AT = 160, 64, 48
"""Pictures are SIZE pixels wide and high, the anchor in them SIDE, AT pixels from the left and the top."""


def texture(rng, grain, size=SIZE):
    """A periodic picture (size, size) of mean 0 and deviation 1, with details of about `grain` pixels."""
    waves = [np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None]]
    blur = np.exp(-2 * (np.pi * grain) ** 2 * (waves[0] ** 2 + waves[1] ** 2))
    picture = np.fft.ifft2(np.fft.fft2(rng.normal(size=(size, size))) * blur).real
    return (picture - picture.mean()) / picture.std()


def shifted(picture, dx, dy):
    """The picture moved right and down, by the shift theorem: exact for what is periodic."""
    height, width = picture.shape
    turn = np.exp(-2j * np.pi * (np.fft.fftfreq(width)[None] * dx + np.fft.fftfreq(height)[:, None] * dy))
    return np.fft.ifft2(np.fft.fft2(picture) * turn).real


def seen(rng, picture, noise=0.0):
    """As a camera gives it: noise, and whole numbers of 0 to 255."""
    return np.clip(np.round(picture + rng.normal(size=picture.shape) * noise), 0, 255).astype(np.uint8)


def anchor_of(picture):
    return picture[AT : AT + SIDE, AT : AT + SIDE]


def rms(errors):
    return float(np.sqrt((errors**2).mean()))


MOVED = [
    # grain, contrast, noise, most error RMS in pixels
    (0.7, 40, 0, 0.04),
    (0.7, 40, 8, 0.04),
    (1.5, 40, 0, 0.02),
    (1.5, 40, 8, 0.03),
    (1.5, 15, 8, 0.1),
    (3.0, 40, 8, 0.04),
    (3.0, 20, 8, 0.1),
    (6.0, 40, 8, 0.1),
    (1.5, 6, 2, 0.1),
]


@pytest.mark.parametrize(("grain", "contrast", "noise", "most"), MOVED)
def test_a_known_shift_is_found(grain, contrast, noise, most):
    rng = np.random.default_rng(5)
    picture = 128 + contrast * texture(rng, grain)
    moves = rng.uniform(-12, 12, (60, 2))
    frames = np.stack([seen(rng, shifted(picture, *move), noise) for move in moves])
    drift = TemplateTracker(anchor_of(seen(rng, picture, noise))).shifts(frames)
    assert not drift.lost.any()
    assert rms(drift.shift - moves) < most
    assert drift.score.min() > 0.5


SHOWN = [
    # gain, offset, gamma, what a lamp or an exposure does
    (0.5, 0, 1),
    (1, 60, 1),
    (0.6, 90, 1),
    (1.3, -60, 1),
    (1, 0, 1.4),
]


@pytest.mark.parametrize(("gain", "offset", "gamma"), SHOWN)
def test_another_brightness_changes_nothing(gain, offset, gamma):
    rng = np.random.default_rng(6)
    picture = 128 + 25 * texture(rng, 1.5)
    moves = rng.uniform(-8, 8, (40, 2))
    frames = [255 * (np.clip(shifted(picture, *move), 0, 255) / 255) ** gamma * gain + offset for move in moves]
    drift = TemplateTracker(anchor_of(seen(rng, picture))).shifts(np.stack([seen(rng, frame, 4) for frame in frames]))
    assert not drift.lost.any() and rms(drift.shift - moves) < 0.05


@pytest.mark.parametrize("noise", [0, 2, 8])
def test_what_stands_still_does_not_move(noise):
    rng = np.random.default_rng(7)
    picture = 128 + 40 * texture(rng, 1.5)
    frames = np.stack([seen(rng, picture, noise) for _ in range(60)])
    drift = TemplateTracker(anchor_of(seen(rng, picture))).shifts(frames)
    assert np.abs(drift.shift).max() < (0.05 if noise else 1e-6)


def test_every_frame_is_found_on_its_own():
    rng = np.random.default_rng(8)
    picture = 128 + 40 * texture(rng, 1.5)
    frames = np.stack([seen(rng, shifted(picture, *rng.uniform(-9, 9, 2)), 5) for _ in range(40)])
    tracker = TemplateTracker(anchor_of(seen(rng, picture)))
    together = tracker.shifts(frames)
    alone = [tracker.shifts(frame[None]) for frame in frames]
    np.testing.assert_allclose(together.shift, np.concatenate([each.shift for each in alone]), atol=1e-9)
    again = tracker.shifts(frames)
    assert (together.shift == again.shift).all() and (together.score == again.score).all()
    assert len(tracker.shifts(frames[:0]).shift) == 0


def covers(rng):
    """What may come between: pictures (SIZE, SIZE) that hide the anchor."""
    slope = np.linspace(20, 230, SIZE)
    return {
        "black": np.zeros((SIZE, SIZE)),
        "grey": np.full((SIZE, SIZE), 128.0),
        "a slope": np.broadcast_to(slope, (SIZE, SIZE)),
        "an edge": np.where(slope < 120, 30, 220) * np.ones((SIZE, 1)),
        "fine texture": 128 + 40 * texture(rng, 1),
        "coarse texture": 128 + 60 * texture(rng, 4),
        "a hand": 120 + 15 * texture(rng, 10),
    }


@pytest.mark.parametrize("grain", [1, 2, 4])
@pytest.mark.parametrize("noise", [0, 8])
def test_a_covered_anchor_is_lost_and_found_again(grain, noise):
    rng = np.random.default_rng(9)
    picture = 128 + 40 * texture(rng, grain)
    hidden = list(covers(rng).values())
    moves = rng.uniform(-12, 12, (len(hidden), 2))
    pairs = zip(hidden, (shifted(picture, *move) for move in moves), strict=True)
    frames = [seen(rng, each, noise) for pair in pairs for each in pair]
    drift = TemplateTracker(anchor_of(seen(rng, picture))).shifts(np.stack(frames))
    assert drift.lost.tolist() == [True, False] * len(hidden)
    assert (drift.shift[::2] == 0).all()
    assert rms(drift.shift[1::2] - moves) < 0.1


@pytest.mark.parametrize("side", [12, 16, 32])
def test_a_small_anchor_is_rather_lost_than_wrong(side):
    rng = np.random.default_rng(14)
    picture = 128 + 40 * texture(rng, 1)
    tracker = TemplateTracker(seen(rng, picture)[AT : AT + side, AT : AT + side])
    hidden = [seen(rng, each, 4) for _ in range(5) for each in covers(rng).values()]
    moves = rng.uniform(-6, 6, (20, 2))
    frames = [seen(rng, shifted(picture, *move), 4) for move in moves]
    drift = tracker.shifts(np.stack(hidden + frames), (AT, AT))
    assert drift.lost[: len(hidden)].mean() >= 0.95 and not drift.lost[len(hidden) :].any()
    assert rms(drift.shift[len(hidden) :] - moves) < 0.1


def test_beyond_the_radius_it_is_lost():
    rng = np.random.default_rng(10)
    picture = 128 + 40 * texture(rng, 1.5)
    moves = [(dx, dy) for dx in (-30, 0, 25) for dy in (-25, 0, 30) if dx or dy]
    drift = TemplateTracker(anchor_of(seen(rng, picture))).shifts(
        np.stack([seen(rng, shifted(picture, *m), 4) for m in moves])
    )
    assert drift.lost.all() and not drift.shift.any()


def test_half_of_it_is_enough():
    rng = np.random.default_rng(11)
    picture = 128 + 40 * texture(rng, 1.5)
    frame = shifted(picture, 3.25, -4.5)
    frame[AT : AT + SIDE // 3] = 200
    drift = TemplateTracker(anchor_of(seen(rng, picture))).shifts(seen(rng, frame, 4)[None])
    assert not drift.lost[0]
    np.testing.assert_allclose(drift.shift[0], (3.25, -4.5), atol=0.15)


def test_it_is_found_anywhere_in_a_part_of_the_frame():
    rng = np.random.default_rng(12)
    picture = 128 + 40 * texture(rng, 1.5)
    tracker = TemplateTracker(anchor_of(seen(rng, picture)), radius=10)
    frame = seen(rng, shifted(picture, 4.5, -6.25))[None]
    for left, top, right, bottom in [(0, 0, SIZE, SIZE), (30, 20, SIZE, SIZE), (41, 33, 130, 118)]:
        drift = tracker.shifts(frame[:, top:bottom, left:right], (AT - left, AT - top))
        assert not drift.lost[0]
        np.testing.assert_allclose(drift.shift[0], (4.5, -6.25), atol=0.05)


def test_the_radius_is_a_quarter_of_the_shorter_side():
    assert [reach(shape) for shape in [(12, 12), (32, 200), (64, 64), (65, 90), (256, 256)]] == [8, 8, 16, 17, 64]


def stripes(rng, period):
    wave = np.sin(2 * np.pi * np.arange(SIZE) / period)
    return 1.5 * wave[None] * wave[:, None]


REPEATING = [
    # what it is, how it is drawn, whether a shift may be wrong by a period or along an edge
    ("a texture", lambda rng: texture(rng, 1.5), False),
    ("a soft texture", lambda rng: texture(rng, 4), False),
    ("a grid of 8 pixels", lambda rng: stripes(rng, 8), True),
    ("a grid of 20 pixels", lambda rng: stripes(rng, 20), True),
    ("an edge", lambda rng: np.where(np.arange(SIZE) < 80, -1.0, 1.0)[None] * np.ones((SIZE, 1)), True),
    (
        "a corner",
        lambda rng: np.where((np.arange(SIZE) < 75)[None] & (np.arange(SIZE) < 85)[:, None], -1.0, 1.0),
        False,
    ),
]


@pytest.mark.parametrize(("name", "draw", "repeats"), REPEATING, ids=[name for name, *_ in REPEATING])
def test_an_anchor_that_repeats_itself_is_known(name, draw, repeats):
    rng = np.random.default_rng(13)
    tracker = TemplateTracker(anchor_of(seen(rng, 128 + 40 * draw(rng), 2)))
    assert tracker.repeats == (tracker.second > REPEATS) == repeats
    assert 0 <= tracker.second <= 1 + 1e-9


REFUSED = [
    (np.full((64, 64), 90), "one brightness.*at least 2.*corner"),
    (np.full((64, 64), 90) + (np.arange(64) % 2), "one brightness"),
    (np.zeros((LEAST_SIDE - 1, 64)), "12 to 256 pixels on each side, got 64 x 11: draw it larger"),
    (np.zeros((64, MOST_SIDE + 1)), "12 to 256 pixels on each side, got 257 x 64: draw it smaller"),
    (np.zeros(64), "on each side, got 64"),
    (np.zeros((0, 9)), "on each side, got 9 x 0"),
]


@pytest.mark.parametrize(("picture", "why"), REFUSED)
def test_what_cannot_be_found_again_is_refused(picture, why):
    with pytest.raises(ReadoutError, match=why):
        TemplateTracker(picture.astype(np.uint8))


def test_luma_of_another_shape_is_refused():
    tracker = TemplateTracker(seen(np.random.default_rng(1), 128 + 40 * texture(np.random.default_rng(1), 1, 64)))
    with pytest.raises(ReadoutError, match="frames, height, width"):
        tracker.shifts(np.zeros((64, 64), np.uint8))
