"""The lesson: crops with true labels, what is learned from some of them, and what is read in the others."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from ..data.examples import Example, labels_of
from ..errors import ReadoutError
from ..files.npz import from_npz, to_npz
from ..imaging.crops import Crop
from ..layout.layout import Layout
from ..model import training
from ..model.backbone import Backbone, BackboneInfo
from ..model.embedding_cache import EmbeddingCache
from ..readings import reading
from .metrics import reviewed, scored

KINDS = {
    "pixels": ("|u1", 1),
    "shapes": ("<i4", 2),
    "boxes": ("<f8", 2),
    "roles": ("U", 2),
    "layout": ("U", 1),
    "truths": ("U", 2),
    "keys": ("|u1", 2),
    "rows": ("<f4", 2),
}
"""The arrays of a lesson's file; see `Lesson.to_bytes`."""
TRAINING, TESTING, FRAME = "training", "testing", "frame"


@dataclass(frozen=True, eq=False)
class Lesson:
    """Examples to learn from, `testing` examples that never are, and the crops of each readout of some frames.

    frames: by frame and readout the crops of its boxes. truths: by frame what the layout's first readout shows.
    embeddings: by the key of a crop what the backbone makes of it, float32 (d,), as far as that is known.
    """

    layout: Layout
    training: Sequence[Example]
    testing: Sequence[Example]
    frames: Mapping[tuple[str, str], Sequence[Crop]]
    truths: Mapping[str, str]
    embeddings: Mapping[bytes, np.ndarray]

    def to_bytes(self) -> bytes:
        """An .npz file: crops with their pixels, shapes (n, 2) and boxes (n, 4); of each its roles, (n, 3), which are
        training or testing, source, label, or frame, its name, the readout; truths (m, 2), the layout as JSON, and the
        embeddings, keys (k, 16) and rows (k, d)."""
        roles = [(TRAINING, example.source, example.label) for example in self.training]
        roles += [(TESTING, example.source, example.label) for example in self.testing]
        roles += [(FRAME, *key) for key, crops in self.frames.items() for _ in crops]
        crops = self.crops
        return to_npz(
            {
                "pixels": np.concatenate([crop.pixels.ravel() for crop in crops]),
                "shapes": np.array([crop.pixels.shape[:2] for crop in crops], "<i4"),
                "boxes": np.array([crop.box for crop in crops], "<f8"),
                "roles": np.array(roles),
                "layout": np.array([self.layout.to_json()]),
                "truths": np.array(list(self.truths.items())).reshape(-1, 2),
                "keys": np.frombuffer(b"".join(self.embeddings), np.uint8).reshape(-1, 16),
                "rows": np.array(list(self.embeddings.values()), np.float32).reshape(len(self.embeddings), -1)
                if self.embeddings
                else np.empty((0, 0), np.float32),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> "Lesson":
        """Read what `to_bytes` wrote; raises ReadoutError for anything else."""
        found = from_npz(data, KINDS, "a lesson")
        ends = np.cumsum(found["shapes"].prod(axis=1) * 3)
        parts = pairwise([0, *ends.tolist()])
        crops = [
            Crop(found["pixels"][start:end].reshape(h, w, 3), tuple(box))
            for (start, end), (h, w), box in zip(parts, found["shapes"].tolist(), found["boxes"].tolist(), strict=True)
        ]
        examples: dict[str, list[Example]] = {TRAINING: [], TESTING: []}
        frames: dict[tuple[str, str], list[Crop]] = {}
        for crop, (role, name, label) in zip(crops, found["roles"].tolist(), strict=True):
            if role == FRAME:
                frames.setdefault((name, label), []).append(crop)
            else:
                examples[role].append(Example(name, label, crop))
        embeddings = {key.tobytes(): row for key, row in zip(found["keys"], found["rows"], strict=True)}
        layout, truths = Layout.from_json(str(found["layout"][0])), dict(found["truths"].tolist())
        return cls(layout, examples[TRAINING], examples[TESTING], frames, truths, embeddings)

    def first_sets(self, sets: int) -> "Lesson":
        """The lesson with the training examples of its first `sets` sets, the folders that their sources name.

        Raises ReadoutError where there are fewer.
        """
        folders = [example.source.rpartition("/")[0] for example in self.training]
        there = list(dict.fromkeys(folders))
        if not 0 <= sets <= len(there):
            raise ReadoutError(
                f"sets is between 0 and {len(there)}, the training sets there are, got {sets}: correct it"
            )
        chosen = [each for each, folder in zip(self.training, folders, strict=True) if folder in there[:sets]]
        return replace(self, training=chosen)

    @property
    def crops(self) -> list[Crop]:
        """All crops: of the training, the testing, the frames."""
        examples = [example.crop for example in (*self.training, *self.testing)]
        return [*examples, *(crop for crops in self.frames.values() for crop in crops)]

    def run(self, backbone: Backbone) -> dict[str, Any]:
        """Learn the training examples and read the frames with `fit_head` and `Reader`, as these modules have them now.

        Embeddings that the lesson lacks are asked of the backbone. Returns 'examples', how many, 'losses', one a step,
        'score' as `scored`, 'review' as `reviewed`, 'csv', 'testing'
        with 'truths' and 'predictions', and 'readings': of each frame and readout its
        'text', 'confidence', 'labels', 'classes', and 'probabilities' (boxes, classes).
        """
        cache = EmbeddingCache(backbone)
        lesson = training.TrainingSet.of(self.training, backbone)
        known = {crop.key: crop for crop in (*self.crops, *lesson.crops) if crop.key in self.embeddings}
        cache.add(list(known.values()), np.array([self.embeddings[key] for key in known]).reshape(-1, backbone.dim))
        head: Any = _Completed(training.fit_head(lesson, cache.embed(lesson.crops), backbone), backbone)
        reader = reading.Reader(self.layout, head, backbone)
        by_name = {readout.name: readout for readout in self.layout.readouts}
        readings = [
            reader.read(frame, by_name[name], cache.embed(crops)) for (frame, name), crops in self.frames.items()
        ]
        table = io.StringIO()
        reading.write_csv(readings, table)
        testing = [example.crop for example in self.testing]
        shares = head.predict_proba(cache.embed(testing)) if testing else np.empty((0, 1))
        return {
            "examples": len(self.training),
            "losses": list(getattr(head, "loss_curve_", [])),
            "score": scored(readings, self.layout.readouts[0], self.truths, labels_of(self.training)),
            "review": reviewed(readings),
            "csv": table.getvalue(),
            "testing": {
                "truths": labels_of(self.testing),
                "predictions": [head.classes_[k] for k in np.argmax(shares, axis=1)],
            },
            "readings": [
                {
                    "frame": each.frame,
                    "readout": each.readout,
                    "text": each.text,
                    "confidence": each.confidence,
                    "labels": list(each.labels),
                    "classes": list(head.classes_),
                    "probabilities": np.asarray(each.probabilities, float).tolist(),
                }
                for each in readings
            ],
        }


class _Completed:
    """A head of edited code, with what a reader asks of one beside `predict_proba` and `classes_`."""

    def __init__(self, head: Any, backbone: BackboneInfo):
        self._head, self.backbone_sha256 = head, backbone.sha256

    def __getattr__(self, name: str) -> Any:
        return getattr(self._head, name)

    def distance(self, embeddings: np.ndarray) -> np.ndarray | None:
        """How far embeddings are from what the head knows, None where it does not say."""
        own = getattr(self._head, "distance", None)
        return own(embeddings) if own else None
