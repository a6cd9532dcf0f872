"""How good answers are: right digits, and what becomes of crops without a digit."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

NOT_DIGITS = ("blank", "unknown")


@dataclass(frozen=True, eq=False)
class Outcome:
    """A model's answers about labelled crops.

    truth, answer: labels (n,). confidence: probability of the answer (n,).
    """

    truth: np.ndarray
    answer: np.ndarray
    confidence: np.ndarray

    @classmethod
    def of(cls, model, features, truth: Sequence[str]) -> "Outcome":
        """Ask a model with `classes_` and `predict_proba`."""
        probabilities = np.asarray(model.predict_proba(features))
        best = probabilities.argmax(axis=1)
        return cls(np.array(truth), np.array(list(model.classes_))[best], probabilities.max(axis=1))

    @classmethod
    def together(cls, outcomes: Sequence["Outcome"]) -> "Outcome":
        """Several outcomes as one."""
        parts = zip(*((o.truth, o.answer, o.confidence) for o in outcomes), strict=True)
        return cls(*(np.concatenate(part) for part in parts))

    @property
    def right(self) -> np.ndarray:
        """bool (n,)."""
        return self.truth == self.answer

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(self.right.mean())

    @property
    def declined(self) -> float:
        """Share answered 'blank' or 'unknown'."""
        return float(np.isin(self.answer, NOT_DIGITS).mean())


def table(rows: Sequence[tuple[str, Sequence[float | None]]], heads: Sequence[str], first: str = "") -> str:
    """Rows of percentages under their heads; a dot where there is no number, and 100 only where all were right."""
    width = max(len(name) for name in (first, *(name for name, _ in rows)))
    widths = [max(6, len(head) + 1) for head in heads]
    lines = [first.ljust(width) + "".join(head.rjust(w) for head, w in zip(heads, widths, strict=True))]
    for name, values in rows:
        cells = ("·" if value is None else "100" if value == 1 else f"{min(100 * value, 99.9):.1f}" for value in values)
        lines.append(name.ljust(width) + "".join(cell.rjust(w) for cell, w in zip(cells, widths, strict=True)))
    return "\n".join(lines)
