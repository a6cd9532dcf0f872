"""From the columns of a strip to the number that it shows, its rivals and its characters' places."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from ..layout.constraint import Constraint
from ..layout.meaning import SCALE
from ..layout.number_text import POINTS
from ..model import ctc
from ..model.head import SoftmaxHead
from ..model.line_training import with_gaps
from ..model.prior import BLANK, UNKNOWN
from ..model.strip_embedding import STRIDE, Ink, unpack
from . import drums
from .line import FACTORS, LONE_FACTORS, NUMERIC, RIVALS, Line
from .reading import SHOWN
from .unread_ink import is_cut, is_minus, is_unlike, stand_apart, unread

BEAM = 12
WORDS = ("FF", "PE")
"""What follows the O of words that displays show."""
WORD, NO_DIGIT = 2, 0.02
"""So many letters behind a number are a unit where each is a digit with less than this probability."""
SIGNS, STROKES = ".,:/", ":/"
"""Characters of numbers that stand in units and names as well, and those of them with which no number begins."""


class LineDecoder:
    """Decodes rows of `strip_embedding.pack` by a head over columns."""

    def __init__(self, head: SoftmaxHead, constraint: str | None = None, units: str | None = None):
        """constraint: see `Constraint`. units: with SCALE the prefixes of units are part of the number."""
        self.head = head
        labels = list(head.classes_)
        self._order = [labels.index(BLANK), *(k for k, label in enumerate(labels) if label != BLANK)]
        self.characters = [SHOWN.get(labels[k], labels[k]) for k in self._order]
        known = set(head.prior.classes.tolist()) if head.prior else set()
        kept = NUMERIC | FACTORS if units == SCALE else NUMERIC
        self._aside = [
            k for k, c in enumerate(self.characters) if k and c not in kept and labels[self._order[k]] in known
        ]
        self._is_aside = np.zeros(len(self.characters), bool)
        self._is_aside[self._aside] = True
        self._factors = [] if units else [k for k in self._aside if self.characters[k] in LONE_FACTORS]
        self._unknown = self._order.index(labels.index(UNKNOWN)) if UNKNOWN in labels else -1
        self._digits = [self.characters.index(c) for c in "0123456789" if c in self.characters]
        self._signs, self._strokes = (
            [self.characters.index(c) for c in signs if c in self.characters] for signs in (SIGNS, STROKES)
        )
        self._constraint = Constraint.parse(constraint) if constraint else None

    def decode(self, rows: np.ndarray, width: int) -> list[Line]:
        """What strips of `width` pixels show. rows: float32 (n, k (1 + d))."""
        positions, X = unpack(rows, len(self.head.coef_))
        kept = positions >= 0
        flat = X[kept].astype(np.float64)
        P = self.head.predict_proba(flat)[:, self._order] if len(flat) else np.zeros((0, len(self._order)))
        far = self.head.distance(flat) if len(flat) else np.zeros(0)
        logs = np.log(np.maximum(P, 1e-12))
        ends = np.cumsum(kept.sum(axis=1))
        lines = []
        for row, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            at = positions[row, kept[row]]
            distance = None if far is None else far[start:end]
            ink = Ink.unpack(rows[row])
            line = self._line(logs[start:end], at, distance, -(-width // STRIDE), ink)
            runs = ink.runs[ink.runs[:, 1] > 0, :2] / width
            inked, beside = tuple(map(tuple, runs.tolist())), ink.beside if line.texts[0] else (False, False)
            lines.append(replace(line, ink=inked, contrast=ink.contrast, look=ink.look, beside=beside))
        return lines

    def shows_word(self, logp: np.ndarray, peaks: list[int], text: str) -> bool:
        """Whether it shows no zero but a letter O: of Lo, OFF or OPEN, or of 0L, as meters show beyond their range.

        logp: of each column the logarithms of the probabilities of `characters`, the blank first. peaks: see `_peaks`.
        """
        if text.strip("-.,") != "0":
            return False
        best = logp.argmax(axis=1)
        before, behind = best[: peaks[0]], best[peaks[-1] + 1 :]
        letters = "".join(self.characters[k] for k, _ in groupby(behind) if self._is_aside[k])
        return bool(self._is_aside[before].any()) or letters == "L" or letters.startswith(WORDS)

    def _line(self, logp: np.ndarray, at: np.ndarray, far: np.ndarray | None, columns: int, ink: Ink) -> Line:
        if not len(at):
            return Line(("",), (1.0,), unknown=unread(ink.runs, at, at))
        far = None if far is None else _spread(far, at)
        logp, at = with_gaps(logp, at)
        numbers, named = self._without_units(ctc.without(logp, self._aside), logp)
        found = ctc.decode(numbers, RIVALS, BEAM)
        aligned, peaks = found[0].text, self._peaks(numbers, found[0].text)
        found = self._carried(numbers, found, peaks)
        forced, ruled_out = False, 0.0
        if self._constraint:
            free = found
            found, ruled_out = self._obeying(numbers, self._constraint, found)
            forced = free[0].text != found[0].text
        texts = tuple(self._text(each.text) for each in found)
        probabilities = tuple(min(each.probability, 1.0) for each in found)
        best = found[0].text
        if best != aligned:
            peaks = self._peaks(numbers, best)
        turned = self._turns(logp, peaks, best)
        middles = at[peaks] + 0.5 if peaks else np.empty(0)
        outside = float(far[peaks].max()) if far is not None and peaks else 0.0
        shares = tuple(self._span(k, middles, columns) for k in range(len(middles)))
        pixels = STRIDE * at[peaks] + STRIDE / 2
        unknown = (
            named
            or self._interrupted(logp, peaks)
            or self._scaled(logp, peaks)
            or self.shows_word(logp, peaks, texts[0])
            or self._unread(logp, at, ink, peaks, STRIDE * columns)
            or (
                len(peaks) == len(texts[0]) > 1
                and (stand_apart(ink.runs, texts[0], pixels) or is_unlike(ink.runs, texts[0], pixels))
            )
        )
        cut = bool(best) and (ink.cut_off or (ink.touching and is_cut(ink.runs, STRIDE * columns, pixels)))
        return Line(texts, probabilities, shares, cut, unknown, forced, outside, turned, ruled_out=ruled_out)

    def _without_units(self, numbers: np.ndarray, logp: np.ndarray) -> tuple[np.ndarray, bool]:
        """`numbers` with no sign that is part of a unit or a name: of km/h the stroke, of Temp: the colon; and whether
        there was one before the digits, where a letter may be a digit that was misread."""
        best = logp.argmax(axis=1)
        digits, aside = np.flatnonzero(np.isin(best, self._digits)), np.flatnonzero(self._is_aside[best])
        if not len(digits) or not len(aside):
            return numbers, False
        before, behind = aside[aside < digits[0]], aside[aside > digits[-1]]
        if len(before) + len(behind) < len(aside):
            return numbers, False
        found, start = numbers.copy(), before[-1] if len(before) else 0
        found[:start] = ctc.without(found[:start], self._signs)
        if len(before):
            found[start : digits[0]] = ctc.without(found[start : digits[0]], self._strokes)
        if len(behind):
            found[behind[0] :] = ctc.without(found[behind[0] :], self._signs)
        gone = np.isneginf(found[: digits[0]]) & ~np.isneginf(numbers[: digits[0]])
        return found, bool(gone[np.arange(digits[0]), best[: digits[0]]].any())

    def _peaks(self, logp: np.ndarray, text: ctc.Text) -> list[int]:
        """The column in which each character of a text is likeliest."""
        spans = ctc.align(logp, text) if text else np.empty((0, 2), int)
        return [int(a + logp[a:b, c].argmax()) for (a, b), c in zip(spans, text, strict=True)]

    def _digits_of(self, text: ctc.Text) -> list[int]:
        return [self._digits.index(c) if c in self._digits else -1 for c in text]

    def _turns(self, logp: np.ndarray, peaks: list[int], text: ctc.Text) -> tuple[float, ...]:
        """How far drums are turned; 0 for one whose right neighbour is not between 9 and 0: it stands at its digit."""
        if not peaks or len(self._digits) < 10:
            return (0.0,) * len(peaks)
        shares, digits = np.exp(logp[peaks][:, self._digits]), self._digits_of(text)
        still = drums.is_still(drums.on_the_way(shares, digits))
        found = drums.turns(shares, digits)
        return tuple(0.0 if stands else float(turn) for stands, turn in zip(still, found, strict=True))

    def _carried(self, logp: np.ndarray, found: list[ctc.Alternative], peaks: list[int]) -> list[ctc.Alternative]:
        """The texts that drums can show, where some carry; their probabilities are those given that they do.

        peaks: of the likeliest text.
        """
        best = found[0].text
        if len(best) < 2 or len(self._digits) < 10:
            return found
        shares = np.exp(logp[peaks][:, self._digits])
        between = drums.on_the_way(shares, self._digits_of(best))
        if not drums.carries(between):
            return found
        more = ctc.decode(logp, 4 * RIVALS, 4 * BEAM)
        possible = [each for each in more if drums.is_possible(self._digits_of(each.text), between)]
        left = 1 - sum(each.probability for each in more) + sum(each.probability for each in possible)
        return [ctc.Alternative(each.text, each.probability / left) for each in possible[:RIVALS]] or found

    def _obeying(
        self, logp: np.ndarray, constraint: Constraint, free: list[ctc.Alternative]
    ) -> tuple[list[ctc.Alternative], float]:
        """The texts that obey the constraint, with their share of the probability of all texts, `free` the likeliest;
        and the share of those that do not.

        Where it says where the point is, a text has that of its digits, wherever the point was seen.
        """

        def may_begin(text: ctc.Text) -> bool:
            return constraint.may_begin(self._text(text))

        more = ctc.decode(logp, 4 * RIVALS, 4 * BEAM, may_begin)
        obeying = [each for each in more if constraint.accepts(self._text(each.text))]
        ruled_out = sum(each.probability for each in free if not constraint.accepts(self._text(each.text)))
        found = obeying[:RIVALS]
        if constraint.states_point:
            likeliest = self._by_digits(free)
            own = self._by_digits(found)
            found = [
                replace(each, probability=each.probability * max(likeliest.get(digits, 0.0) / own[digits], 1.0))
                for each in found
                for digits in [self._digits_in(each.text)]
            ]
            lacking = {constraint.with_point(digits): p for digits, p in likeliest.items() if digits not in own}
            found += [ctc.Alternative(self._as_text(text), p) for text, p in lacking.items() if text]
            found = sorted(found, key=lambda each: -each.probability)[:RIVALS]
        return found or [ctc.Alternative((), 0.0)], ruled_out

    def _by_digits(self, found: list[ctc.Alternative]) -> dict[str, float]:
        """The probability of each sequence of digits and signs, whatever stands between them."""
        shares: dict[str, float] = {}
        for each in found:
            digits = self._digits_in(each.text)
            shares[digits] = shares.get(digits, 0.0) + each.probability
        return shares

    def _digits_in(self, text: ctc.Text) -> str:
        return "".join(c for c in self._text(text) if c not in POINTS)

    def _interrupted(self, logp: np.ndarray, peaks: list[int]) -> bool:
        """Whether the likeliest path has something set aside between two characters of the number, or nothing else."""
        best = logp.argmax(axis=1)
        aside = np.flatnonzero(self._is_aside[best])
        if not len(aside):
            return False
        return not peaks or bool(((aside > peaks[0]) & (aside < peaks[-1])).any())

    def _scaled(self, logp: np.ndarray, peaks: list[int]) -> bool:
        """Whether a lone k or M follows the number, and its meaning is not stated: 4.5k is not 4.5."""
        letters = self._letters_behind(logp, peaks)
        return len(letters) == 1 and letters[0] in self._factors

    def _letters_behind(self, logp: np.ndarray, peaks: list[int]) -> list[int]:
        """What follows the number and is set aside, each once."""
        behind = logp[peaks[-1] + 1 :].argmax(axis=1) if peaks else np.empty(0, int)
        return sorted(set(behind[self._is_aside[behind]].tolist()))

    def _unread(self, logp: np.ndarray, at: np.ndarray, ink: Ink, peaks: list[int], width: int) -> bool:
        """Whether something like the digits was read as nothing, or as no known character.

        Letters are a unit where they follow the number; before it a letter may be a digit that was misread.
        """
        likeliest = logp.argmax(axis=1)
        read = (likeliest != 0) & (likeliest != self._unknown)
        if peaks:
            read[: peaks[0]] &= ~self._is_aside[likeliest[: peaks[0]]]
        read[peaks] = True
        if peaks and self._is_word(logp[peaks[-1] + 1 :]):
            read[peaks[-1] + 1 :] |= self._is_aside[likeliest[peaks[-1] + 1 :]]
        digits = [k for k in peaks if self.characters[logp[k].argmax()].isdigit()]
        middle = STRIDE * at + STRIDE / 2
        minus = [middle[k] for k in peaks if self.characters[logp[k].argmax()] == "-"]
        return unread(ink.runs, middle[read], middle[digits], width) or not all(
            is_minus(ink.runs, at, middle[digits]) for at in minus
        )

    def _is_word(self, logp: np.ndarray) -> bool:
        """Whether columns show several letters, none of which may be a digit."""
        letters = [k for k, _ in groupby(logp.argmax(axis=1)) if self._is_aside[k]]
        return len(letters) >= WORD and bool(np.exp(logp[:, self._digits]).sum(axis=1).max() < NO_DIGIT)

    def _span(self, k: int, middles: np.ndarray, columns: int) -> tuple[float, float]:
        """From half-way to the character before to half-way to the next one, at most half a strip's height away."""
        reach = 8.0
        left = middles[k] - (min((middles[k] - middles[k - 1]) / 2, reach) if k else reach)
        right = middles[k] + (min((middles[k + 1] - middles[k]) / 2, reach) if k + 1 < len(middles) else reach)
        return max(left, 0.0) / columns, min(right, columns) / columns

    def _as_text(self, characters: str) -> ctc.Text:
        return tuple(map(self.characters.index, characters))

    def _text(self, text: Sequence[int]) -> str:
        return "".join(self.characters[k] for k in text)


def _spread(far: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Distances of columns, with 0 wherever some were left out; see `with_gaps`."""
    gaps = np.flatnonzero(np.diff(at) > 1) + 1
    return np.insert(far, gaps, 0.0)
