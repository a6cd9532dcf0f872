"""How far a picture has moved: an anchor, something that stays where it is, is found again to parts of a pixel."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..errors import ReadoutError

LEAST_SIDE, MOST_SIDE = 12, 256
"""Pixels that an anchor has on each side."""
NEAR = 8
"""The least distance in pixels up to which an anchor is looked for."""
LOST = 0.5
"""A large anchor whose correlation is below this is lost; see `TemplateTracker.least`."""
FEW = 4.0
"""Whatever covers a small anchor of n pixels resembles it by chance: it needs FEW / sqrt(n) more."""
FLAT = 2.0
"""A picture whose brightness has a smaller standard deviation than this, of 255, shows nothing to hold on to."""
REPEATS = 0.9
"""An anchor that resembles itself so much a little further on may be found in the wrong place."""
STEPS = 3
"""Steps of refinement: the first from a parabola through the peak, good to a quarter of a pixel."""
CHUNK_BYTES = 1 << 20
"""Windows are looked through in pieces of about this size."""


@dataclass(frozen=True, eq=False)
class Match:
    """Where an anchor was found in n frames.

    shift: float64 (n, 2), how far it has moved, x and y in pixels, 0 where it is lost. score: float64 (n,), the
    correlation there, 1 for a picture that differs in brightness and contrast alone. lost: bool (n,).
    """

    shift: np.ndarray
    score: np.ndarray
    lost: np.ndarray


class TemplateTracker:
    """Finds an anchor's picture again, wherever it has moved inside `radius`, in each frame on its own.

    The zero-mean normalised cross-correlation on whole pixels, with FFTs and sums over windows [1], says where.
    From there inverse compositional Gauss-Newton steps for a translation go on to parts of a pixel; gain and offset
    are projected out of them [2], pixels between pixels are cubic convolutions [3].

    Sources: [1] J. P. Lewis, "Fast Normalized Cross-Correlation", 1995. [2] S. Baker, R. Gross, I. Matthews,
    "Lucas-Kanade 20 Years On: Part 3", CMU-RI-TR-03-35, 2003. [3] R. Keys, IEEE Trans. ASSP 29(6), 1981.

    reference: uint8 (h, w), the anchor's luma. radius: in pixels, a quarter of the anchor's shorter side by default.
    Raises ReadoutError for a picture that is too small or too large, or that shows nothing.
    """

    def __init__(self, reference: np.ndarray, radius: int | None = None):
        reference = np.asarray(reference)
        if reference.ndim != 2 or not all(LEAST_SIDE <= side <= MOST_SIDE for side in reference.shape):
            size = " x ".join(str(side) for side in reference.shape[::-1])
            raise ReadoutError(
                f"an anchor has {LEAST_SIDE} to {MOST_SIDE} pixels on each side, got {size}: draw it "
                + ("smaller" if reference.size and max(reference.shape) > MOST_SIDE else "larger")
            )
        self.reference = reference.astype(np.float64)
        if self.reference.std() < FLAT:
            raise ReadoutError(
                "an anchor shows something that can be found again, this one is of one brightness (its standard "
                f"deviation is {self.reference.std():.1f} of 255, at least {FLAT:g} is needed): draw it around a "
                "corner, a mark or a logo"
            )
        self.radius = reach(reference.shape) if radius is None else int(radius)
        self._zero_mean = self.reference - self.reference.mean()
        inner = self._zero_mean[1:-1, 1:-1] - self._zero_mean[1:-1, 1:-1].mean()
        slopes = (
            np.stack(
                [
                    self.reference[1:-1, 2:] - self.reference[1:-1, :-2],
                    self.reference[2:, 1:-1] - self.reference[:-2, 1:-1],
                ]
            ).reshape(2, -1)
            / 2
        )
        self._inner = inner.ravel()
        self._power = max(float(self._inner @ self._inner), 1e-9)
        slopes -= slopes.mean(axis=1, keepdims=True)
        slopes -= (slopes @ self._inner)[:, None] / self._power * self._inner
        self._solve = np.linalg.pinv(slopes @ slopes.T, rcond=1e-6) @ slopes  # one that slips along an edge stays there

    @cached_property
    def second(self) -> float:
        """How much the anchor resembles itself elsewhere, up to 1; above REPEATS it may be found in the wrong place."""
        height, width = self.reference.shape
        room = min(self.radius, min(height, width) // 3)
        part = TemplateTracker.__new__(TemplateTracker)
        inner = self.reference[room : height - room, room : width - room]
        part.reference, part.radius, part._zero_mean = inner, room, inner - inner.mean()
        if inner.std() < FLAT:
            return 1.0  # all that it shows is at its edge
        scores = np.pad(part._scores(self.reference[None])[0], 1, constant_values=-1)
        around = [np.roll(scores, by, (0, 1)) for by in ((0, 1), (1, 0), (1, 1), (1, -1))]
        around += [np.roll(scores, by, (0, 1)) for by in ((0, -1), (-1, 0), (-1, -1), (-1, 1))]
        peak = scores >= np.max(around, axis=0)
        peak[room : room + 3, room : room + 3] = False
        return float(scores[peak].max(initial=0.0))

    @property
    def least(self) -> float:
        """The correlation below which the anchor is lost: 0.56 for one of 64 x 64 pixels, 0.75 for 16 x 16."""
        return LOST + FEW / math.sqrt(self.reference.size)

    @property
    def repeats(self) -> bool:
        """Whether it resembles itself so much that a shift may be wrong by a whole period, or along an edge."""
        return self.second > REPEATS

    @cached_property
    def _spectrum(self) -> np.ndarray:
        return np.conj(np.fft.rfft2(self._zero_mean, self._size))

    @cached_property
    def _size(self) -> list[int]:
        """Of the transforms: what lies beyond a window is 0, and no shift inside the radius sees it."""
        return [_fast(side + 2 * self.radius) for side in self.reference.shape]

    def shifts(self, luma: np.ndarray, at: tuple[int, int] | None = None) -> Match:
        """Where the anchor is in n frames.

        luma: uint8 (n, H, W), a part of each frame. at: where in it the anchor lies that has not moved, x and y; in
        the middle by default. Beyond the part its outermost pixels are repeated.
        Raises ReadoutError for luma of another shape.
        """
        luma = np.asarray(luma)
        if luma.ndim != 3 or 0 in luma.shape[1:]:
            raise ReadoutError(f"luma has the shape (frames, height, width), got {luma.shape}: give grey pictures")
        windows = self._windows(luma, at)
        step = max(1, CHUNK_BYTES // (8 * windows.shape[1] * windows.shape[2]))
        parts = [self._find(windows[k : k + step].astype(np.float64)) for k in range(0, len(windows), step)]
        if not parts:
            return Match(np.zeros((0, 2)), np.zeros(0), np.zeros(0, bool))
        return Match(*(np.concatenate(each) for each in zip(*parts, strict=True)))

    def _windows(self, luma: np.ndarray, at: tuple[int, int] | None) -> np.ndarray:
        """The parts (n, h + 2 r, w + 2 r) with the anchor in the middle."""
        r, shape = self.radius, self.reference.shape
        left, top = ((luma.shape[2 - k] - shape[1 - k]) // 2 for k in (0, 1)) if at is None else at
        rows, across = (
            np.clip(np.arange(at - r, at + shape[k] + r), 0, luma.shape[1 + k] - 1) for k, at in enumerate((top, left))
        )
        if all(len(line) == line[-1] - line[0] + 1 for line in (rows, across)):
            return luma[:, rows[0] : rows[-1] + 1, across[0] : across[-1] + 1]
        return luma[:, rows[:, None], across]

    def _scores(self, windows: np.ndarray) -> np.ndarray:
        """The correlation (n, 2 r + 1, 2 r + 1) at every whole shift."""
        (height, width), r = self.reference.shape, self.radius
        spectrum = np.fft.rfft2(windows, self._size)
        spectrum *= self._spectrum
        alike = np.fft.irfft2(spectrum, self._size)[:, : 2 * r + 1, : 2 * r + 1]
        total, squares = (_sums(each, height, width) for each in (windows, windows * windows))
        power = squares - total * total / (height * width)
        norm = np.sqrt(np.maximum(power, 0) * (self._zero_mean**2).sum())
        return np.where(power > height * width * 1e-3, alike / np.maximum(norm, 1e-9), 0.0)

    def _find(self, windows: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        r, n = self.radius, len(windows)
        scores = self._scores(windows)
        rows, across = np.divmod(scores.reshape(n, -1).argmax(axis=1), 2 * r + 1)
        whole = np.stack([across, rows], axis=1)
        part = _parabola(scores, rows, across)
        score = np.zeros(n)
        for step in range(STEPS + 1):
            seen = self._seen(windows, whole + part)
            gain = seen @ self._inner / self._power
            if step < STEPS:
                move = seen @ self._solve.T / np.maximum(gain, 0.05)[:, None]
                part = np.clip(part - np.clip(move, -0.5, 0.5), -1.5, 1.5)
        seen -= seen.mean(axis=1, keepdims=True)
        score = gain * math.sqrt(self._power) / np.maximum(np.sqrt(np.einsum("nk,nk->n", seen, seen)), 1e-9)
        lost = (score < self.least) | (np.abs(part) > 1).any(axis=1) | (np.abs(whole + part - r) > r + 0.5).any(axis=1)
        return np.where(lost[:, None], 0.0, whole + part - r), np.clip(score, 0, 1), lost

    def _seen(self, windows: np.ndarray, at: np.ndarray) -> np.ndarray:
        """The windows' pixels (n, k) at the places of the anchor's inner ones, when it lies at `at` (n, 2)."""
        height, width = (int(side) - 2 for side in self.reference.shape)
        n, tall, wide = windows.shape
        first = np.clip(np.floor(at).astype(int), 0, (wide - width - 3, tall - height - 3))
        views = sliding_window_view(windows, (height + 3, width + 3), axis=(1, 2))  # type: ignore[call-overload]
        known = views[np.arange(n), first[:, 1], first[:, 0]]
        down, along = (_cubic(at[:, k] - first[:, k])[:, :, None, None] for k in (1, 0))
        rows = sum(known[:, k : k + height] * down[:, k] for k in range(4))
        return sum(rows[:, :, k : k + width] * along[:, k] for k in range(4)).reshape(n, -1)


def reach(shape: tuple[int, int]) -> int:
    """How far an anchor of this height and width is looked for, in pixels."""
    return max(NEAR, math.ceil(min(shape) / 4))


def _fast(length: int) -> int:
    """The next length that has no other prime factors than 2, 3 and 5, which are fast to transform."""
    while True:
        rest = length
        for prime in (2, 3, 5):
            while rest % prime == 0:
                rest //= prime
        if rest == 1:
            return length
        length += 1


def _sums(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """The sum over every block of that size: (n, H - height + 1, W - width + 1)."""
    total = np.zeros((len(pixels), pixels.shape[1] + 1, pixels.shape[2] + 1))
    np.cumsum(np.cumsum(pixels, axis=1), axis=2, out=total[:, 1:, 1:])
    below, above = total[:, height:], total[:, :-height]
    return below[:, :, width:] - above[:, :, width:] - below[:, :, :-width] + above[:, :, :-width]


def _parabola(scores: np.ndarray, rows: np.ndarray, across: np.ndarray) -> np.ndarray:
    """How far from the highest whole shift the peak is, x and y (n, 2), by its neighbours; 0 at the rim."""
    n, last = len(scores), scores.shape[1] - 1
    every = np.arange(n)
    parts = []
    for dy, dx, k in ((0, 1, across), (1, 0, rows)):
        before, here, after = (
            scores[every, np.clip(rows + by * dy, 0, last), np.clip(across + by * dx, 0, last)] for by in (-1, 0, 1)
        )
        bend = before - 2 * here + after
        inside = (k > 0) & (k < last) & (bend < -1e-12)
        parts.append(np.where(inside, np.clip((before - after) / np.where(inside, 2 * bend, 1), -0.5, 0.5), 0.0))
    return np.stack(parts, axis=1)


def _cubic(part: np.ndarray) -> np.ndarray:
    """Weights (n, 4) of the pixels at -1, 0, 1, 2 for a place `part` (n,) after 0: Keys with a = -1/2."""
    t = part[:, None] ** np.arange(4)
    return t @ (np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2)
