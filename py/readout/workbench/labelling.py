"""What was taught at the workbench, and what to teach next: examples, an honest score, a queue, a map."""

import asyncio

import numpy as np

from ..data.duplicates import conflicts, duplicates
from ..evaluation.active_learning import ALIKE, ALIKE_WITHOUT_PRIOR, next_best
from ..evaluation.cross_validation import cross_validate
from ..evaluation.pca import project
from ..imaging.crops import picture
from ..model.async_embedding import Progress, embed_async
from ..model.training import TrainingSet
from ..project.document import source_of
from .workbench import Workbench

MAPPED = 200
"""Readings on the map, beside the examples."""


class Labelling:
    """Views of a workbench's examples and readings, as plain dictionaries."""

    def __init__(self, bench: Workbench):
        self.bench = bench

    def examples(self) -> list[dict]:
        """All labelled crops: 'source', 'label', 'frame', 'readout' and 'box' where it came from a frame, 'set' where
        from a dataset, its picture, and 'group': the same for equal pixels, of which 'conflict' says that labels differ."""
        found, origins = self.bench.examples(), self._origins()
        group = {k: number for number, members in enumerate(duplicates(found)) for k in members}
        odd = {k for members in conflicts(found) for k in members}
        return [
            {
                "source": example.source,
                "label": example.label,
                **origins.get(example.source, {"set": example.source.rpartition("/")[0]}),
                "group": group.get(k, -1 - k),
                "conflict": k in odd,
                **picture(example.crop),
            }
            for k, example in enumerate(found)
        ]

    async def validate(self, progress: Progress) -> dict:
        """How often the head is right about examples of frames that it has not learned from; see `validation`."""
        bench, origins = self.bench, self._origins()
        examples = bench.examples()
        lesson = TrainingSet.of(examples, bench.backbone)
        X = await embed_async(bench.cache, lesson.crops, progress)
        groups = [origins.get(example.source, {}).get("frame", example.source) for example in examples]
        for result in cross_validate(lesson, X, groups, bench.backbone):
            progress({"done": result.done, "total": result.folds})
            await asyncio.sleep(0)
        low, high = result.interval
        predictions = [
            {"source": example.source, "label": example.label, "predicted": predicted, "probability": float(sure)}
            for example, predicted, sure in zip(examples, result.predicted, result.confidence, strict=True)
        ]
        return {
            "right": result.correct,
            "total": result.total,
            "groups": result.groups,
            "too_few": result.too_few,
            "low": low,
            "high": high,
            "classes": result.classes,
            "confusion": result.confusion.tolist(),
            "untested": result.untested,
            "predictions": predictions,
        }

    def next_best(self) -> dict:
        """The readings whose labels would help most, and the estimate of what is wrong before and after."""
        bench = self.bench
        columns = bench.columns()
        embeddings = {name: bench.sheets[name].embeddings for name in columns}
        known = {name: np.zeros(len(bench.frames), bool) for name in columns}
        for name, rows in known.items():
            rows[bench.typed_rows(name)] = True
        queue = next_best(columns, embeddings, known, similarity=ALIKE if bench.backbone.prior else ALIKE_WITHOUT_PRIOR)
        items = [
            {"row": item.frame, "frame": bench.frames[item.frame].name, "readout": item.readout, "gain": item.gain}
            for item in queue.items
        ]
        return {
            "items": items,
            "wrong_before": queue.wrong_before,
            "wrong_after": queue.wrong_after,
            "readings": queue.readings,
        }

    async def map(self, progress: Progress) -> dict:
        """Examples, and up to MAPPED readings spread over the frames, in two dimensions; see `pca`."""
        bench, origins = self.bench, self._origins()
        examples = bench.examples()
        points = [{"label": each.label, "source": each.source, **origins.get(each.source, {})} for each in examples]
        rows = [await embed_async(bench.cache, [example.crop for example in examples], progress)]
        for name, column in bench.columns().items():
            given = np.flatnonzero(column.given)
            boxes = len(column.readout.boxes)
            some = given[:: max(1, len(given) * boxes * len(bench.readouts) // MAPPED)]
            rows.append(bench.sheets[name].embeddings[some].reshape(-1, bench.backbone.dim))
            points += [
                {
                    "label": column.classes[column.best[k, box]],
                    "frame": bench.frames[k].name,
                    "readout": name,
                    "box": box,
                }
                for k in some.tolist()
                for box in range(boxes)
            ]
        places = project(np.concatenate(rows))
        return {"x": places[:, 0].copy(), "y": places[:, 1].copy(), "points": points}

    def _origins(self) -> dict[str, dict]:
        """Where examples came from that were typed: by source the frame, the readout and the box."""
        return {
            source_of(frame, name, k): {"frame": frame, "readout": name, "box": k}
            for frame, name in self.bench.document.typed
            for k in range(len(self.bench.document.labels(frame, name) or ()))
        }
