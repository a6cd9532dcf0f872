"""What a head knows before it has seen any example: the layer that its backbone was trained with."""

from collections.abc import Iterable, Sequence
from dataclasses import Field, dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import ReadoutError, quoted

BLANK, UNKNOWN = "blank", "unknown"
"""Answers for a box that shows nothing, and for one that shows something that is no known class."""

AGAIN = "make it again with the backbone's recipe"


@dataclass(frozen=True, eq=False)
class Prior:
    """A softmax layer for the embeddings of one backbone, and how far from it a head may move.

    It tells C classes apart: digits, blank, and much that is not a digit. A head only answers with those
    in `output_classes` and those it has examples of; the probability of all others together is that of 'unknown'.

    classes: (C,) names. output_classes: names that every head answers with. coef: (d, C), intercept: (C,).
    mean, scale: (d,), the features' mean and standard deviation over glyphs of all kinds.
    l2: strength of the pull towards this layer, in units of the standardised features.
    centres: (C, d), the classes' mean embeddings. whitening: (d, d), the map after which the spread
    within a class is 1 in all directions. radius: the distance from its centre, so measured, beyond
    which only one known glyph in two hundred lies.
    backbone_sha256: the backbone that it belongs to. confusable: names of classes that some displays
    show as they show an answer, as O and 0: they are no evidence of the unknown.
    """

    classes: np.ndarray
    output_classes: np.ndarray
    coef: np.ndarray
    intercept: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    l2: float
    centres: np.ndarray
    whitening: np.ndarray
    radius: float
    backbone_sha256: str
    confusable: np.ndarray = field(default_factory=lambda: np.array([], "U1"))

    def __post_init__(self) -> None:
        if np.ndim(self.coef) != 2:
            raise ReadoutError(f"a prior's coef has shape (features, classes), got {np.shape(self.coef)}: {AGAIN}")
        d, C = np.shape(self.coef)
        shapes = {"classes": (C,), "coef": (d, C), "intercept": (C,), "mean": (d,), "scale": (d,)}
        shapes |= {"centres": (C, d), "whitening": (d, d)}
        for name, shape in shapes.items():
            if np.shape(getattr(self, name)) != shape:
                raise ReadoutError(
                    f"a prior of {d} features and {C} classes has {name} of shape {shape}, "
                    f"got {np.shape(getattr(self, name))}: {AGAIN}"
                )
            if name != "classes" and not np.isfinite(getattr(self, name)).all():
                raise ReadoutError(f"a prior's {name} is finite numbers, got NaN or infinity: {AGAIN}")
        if UNKNOWN not in self.classes:
            raise ReadoutError(f"a prior has the class {UNKNOWN!r}, got {', '.join(map(str, self.classes))}: {AGAIN}")
        for name in ("l2", "radius", "scale"):
            value = getattr(self, name)
            if np.ndim(value) != (name == "scale") or not (np.isfinite(value) & (np.asarray(value) > 0)).all():
                raise ReadoutError(f"a prior's {name} is finite and above 0, got {quoted(value)}: {AGAIN}")

    def output_classes_with(self, labels: Iterable[str]) -> list[str]:
        """What a head answers that has examples of `labels`, sorted."""
        return sorted({*self.output_classes.tolist(), UNKNOWN, *labels})

    def scores(self, X: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        """Scores (n, K) of embeddings X (n, d) for the classes of a head, before it has learned anything.

        'unknown' stands for all classes that are not among them and look like none of the answers: the
        probability of a sum has the score log sum exp. A class that the prior has never seen is half as
        likely as that.
        """
        known = self.classes.tolist()
        scores = X @ self.coef + self.intercept
        heard = {*classes, *self.confusable.tolist()} - {UNKNOWN}
        rest = scores[:, [k for k, label in enumerate(known) if label not in heard]]
        top = rest.max(axis=1, keepdims=True)
        unknown = top[:, 0] + np.log(np.exp(rest - top).sum(axis=1))
        columns = {label: scores[:, k] for k, label in enumerate(known)} | {UNKNOWN: unknown}
        return np.stack([columns.get(label, unknown - np.log(2)) for label in classes], axis=1)

    def centres_with(self, X: np.ndarray, truth: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        """Class centres (c, d) for `distance`: the prior's, each moved by the examples of its class.

        X: (n, d). truth: (n, K), how much each example counts for each of the K classes; a centre of the
        prior counts for one example. What is not an answer of the head has no centre.
        """
        known = dict(zip(self.classes.tolist(), self.centres, strict=True))
        counts = truth.sum(axis=0)
        centres = []
        for k, label in enumerate(classes):
            before = [known[label]] if label in known else []
            if label != UNKNOWN and (before or counts[k]):
                total = sum(before, np.zeros(len(self.mean))) + (truth[:, k] @ X if len(X) else 0)
                centres.append(total / (len(before) + counts[k]))
        return np.array(centres)

    def squared_distances(self, X: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distances (n,) from X (n, d) to the features' mean."""
        return (((X - self.mean) @ self.whitening) ** 2).sum(axis=1)

    def distance(self, X: np.ndarray, centres: np.ndarray, squares: np.ndarray | None = None) -> np.ndarray:
        """Mahalanobis distances (n,) from X (n, d) to the nearest of the centres (c, d), in units of `radius`.

        squares: of X by `squared_distances`, where they are known already: then nothing of d x d is computed for X, as
        with M = whitening whitening' and x, c from the mean |x - c|^2 = x'Mx - 2 x'(Mc) + c'Mc.
        """
        squares = self.squared_distances(X) if squares is None else squares
        centres = centres - self.mean
        pulled = centres @ self.whitening @ self.whitening.T
        inner = X @ pulled.T - self.mean @ pulled.T
        near = (squares[:, None] - 2 * inner + (pulled * centres).sum(axis=1)).min(axis=1)
        return np.sqrt(np.maximum(near, 0)) / self.radius

    @classmethod
    def from_bytes(cls, data: bytes) -> "Prior":
        """Read what `to_bytes` wrote; raises ReadoutError for anything else."""
        try:
            with np.load(BytesIO(data), allow_pickle=False) as file:
                values = {field.name: file[stored_name(field)] for field in fields(cls)}
        except Exception as error:  # zipfile, zlib and numpy have a dozen kinds for a damaged file
            names = ", ".join(map(stored_name, fields(cls)))
            message = f"a prior is an .npz file with {names}, got something else ({error}): {AGAIN}"
            raise ReadoutError(message) from error
        scalars = {name: value.item() for name, value in values.items() if value.shape == ()}
        return cls(**{**values, **scalars})

    def to_bytes(self) -> bytes:
        """The prior as an .npz file, float32."""
        file = BytesIO()
        values = {stored_name(field): np.asarray(getattr(self, field.name)) for field in fields(self)}
        stored: dict[str, Any] = {n: v.astype(np.float32) if v.dtype == np.float64 else v for n, v in values.items()}
        np.savez_compressed(file, **stored)
        return file.getvalue()


def stored_name(field: Field[Any]) -> str:
    """The name of a field's array in files: two are older than the fields' names."""
    return {"output_classes": "answers", "confusable": "lookalikes"}.get(field.name, field.name)


def load_prior(model: Path) -> Prior | None:
    """The prior of a model file, `name.npz` beside `name.onnx`, or None where it has none."""
    path = Path(model).with_suffix(".npz")
    return Prior.from_bytes(path.read_bytes()) if path.is_file() else None
