"""What was taught at the workbench, and what to teach next: examples, an honest score, a queue, a map."""

import asyncio
from typing import Any

import numpy as np

from ..data.duplicates import conflicts, duplicates
from ..evaluation import pca
from ..evaluation.active_learning import SIMILAR, SIMILAR_WITHOUT_PRIOR, Places, merge_queues, next_best
from ..evaluation.cross_validation import Validation, cross_validate
from ..evaluation.line_validation import cross_validate_lines, merge
from ..evaluation.window_doubts import window_doubts
from ..imaging.crops import picture
from ..imaging.strips import WindowCrop
from ..model.async_embedding import Progress
from ..model.line_training import TypedLine, spread_evenly
from ..model.training import TrainingSet
from ..project.document import source_of
from ..readings.column import Column
from ..readings.line_column import LineColumn
from .open_project import OpenProject

MAPPED = 200
"""Readings on the map, beside the examples."""
MOST_WINDOWS = 200
"""Typed windows that are shown: the newest."""


class Labelling:
    """Views of a project's examples and readings, as plain dictionaries."""

    def __init__(self, project: OpenProject):
        self._project = project

    def examples(self) -> list[dict[str, Any]]:
        """All labelled crops: 'source', 'label', 'frame', 'readout' and 'box' where it came from a frame, 'set' where
        from a dataset, its picture, and 'group': the same for equal pixels; 'conflict': their labels differ."""
        found, origins = self._project.examples.all(), self._project.examples.origins()
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

    def typed_windows(self) -> list[dict[str, Any]]:
        """Windows whose text was typed and whose pixels are kept, newest first, MOST_WINDOWS at most.

        Of each the 'frame', the 'readout', the 'text', its picture, and 'others': what else was typed for the very same
        pixels; one of the texts is wrong then.
        """
        typed = self._project.examples.typed_windows()
        texts: dict[bytes, set[str]] = {}
        for _, crop, text in typed:
            texts.setdefault(crop.key, set()).add(text)
        return [
            {
                "frame": frame,
                "readout": name,
                "text": text,
                "others": sorted(texts[crop.key] - {text}),
                **picture(crop.upright),
            }
            for (frame, name), crop, text in reversed(typed[-MOST_WINDOWS:])
        ]

    async def validate(self, progress: Progress) -> dict[str, Any]:
        """How often heads are right about what they have not learned from: boxes, and characters of typed windows.

        See `cross_validate` and `cross_validate_lines`.
        """
        examples, origins = self._project.examples.all(), self._project.examples.origins()
        backbone = self._project.learner.backbone
        lesson = TrainingSet.of(examples, backbone)
        X = await self._project.learner.embed(lesson.crops, progress)
        groups = [origins.get(example.source, {}).get("frame", example.source) for example in examples]
        for result in cross_validate(lesson, X, groups, backbone):
            progress({"done": result.done, "total": result.folds})
            await asyncio.sleep(0)
        sources = [example.source for example in examples]
        windows = await self._validate_windows(progress)
        if windows:
            result = merge(result, windows[0]) if examples else windows[0]
            sources += windows[1]
        low, high = result.interval
        predictions = [
            {"source": source, "label": label, "predicted": predicted, "probability": float(sure)}
            for source, label, predicted, sure in zip(
                sources, result.labels, result.predicted, result.confidence, strict=True
            )
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

    async def _validate_windows(self, progress: Progress) -> tuple[Validation, list[str]] | None:
        """The same for typed windows, and of each character the source of its number; None without any."""
        typed, backbone = self._project.examples.typed_windows(), self._project.lines.backbone
        chosen = [typed[k] for k in spread_evenly(len(typed))]
        if not chosen or backbone is None or backbone.prior is None:
            return None
        rows = [(await self._project.lines.embed([crop], progress))[0] for _, crop, _ in chosen]
        lines = [TypedLine(row, text) for row, (_, _, text) in zip(rows, chosen, strict=True)]
        widths = [crop.width for _, crop, _ in chosen if isinstance(crop, WindowCrop)]
        frames, keys = [key[0] for key, _, _ in chosen], [crop.key for _, crop, _ in chosen]
        result, owners = cross_validate_lines(lines, widths, frames, keys, backbone.prior)
        return result, [source_of(*chosen[k][0], 0) for k in owners]

    def next_best(self) -> dict[str, Any]:
        """The readings whose labels would help most, and the estimate of what is wrong before and after."""
        columns, embeddings = self._project.observations.columns(), self._project.observations.embeddings()
        known = {name: self._project.observations.typed(name) for name in columns}
        similarity = SIMILAR if self._project.learner.backbone.prior else SIMILAR_WITHOUT_PRIOR
        boxes = {name: column for name, column in columns.items() if isinstance(column, Column)}
        queues = [next_best(boxes, embeddings, known, similarity=similarity)]
        if self._project.lines.head is not None:
            windows: dict[str, Places] = {}
            for name, column in columns.items():
                if isinstance(column, LineColumn):
                    doubts = window_doubts(column, embeddings[name], self._project.lines.head, known[name])
                    windows[name], embeddings[name] = doubts
            queues.append(next_best(windows, embeddings, known))
        queue = merge_queues(queues)
        frames = self._project.frames
        items = [
            {"row": item.frame, "frame": frames[item.frame].name, "readout": item.readout, "gain": item.gain}
            for item in queue.items
        ]
        return {
            "items": items,
            "wrong_before": queue.wrong_before,
            "wrong_after": queue.wrong_after,
            "readings": queue.readings,
        }

    async def embedding_map(self, progress: Progress) -> dict[str, Any]:
        """Examples, and up to MAPPED readings spread over the frames, in two dimensions; see `pca`."""
        examples, origins = self._project.examples.all(), self._project.examples.origins()
        embeddings = self._project.observations.embeddings()
        points = [{"label": each.label, "source": each.source, **origins.get(each.source, {})} for each in examples]
        rows = [await self._project.learner.embed([example.crop for example in examples], progress)]
        for name, column in self._project.observations.columns().items():
            if not isinstance(column, Column):
                continue
            given = np.flatnonzero(column.given)
            boxes = len(column.readout.boxes)
            some = given[:: max(1, len(given) * boxes * len(self._project.editor.readouts) // MAPPED)]
            rows.append(embeddings[name][some].reshape(-1, self._project.learner.backbone.dim))
            points += [
                {
                    "label": column.classes[column.best[k, box]],
                    "frame": self._project.frames[k].name,
                    "readout": name,
                    "box": box,
                }
                for k in some.tolist()
                for box in range(boxes)
            ]
        places = pca.project(np.concatenate(rows))
        return {"x": places[:, 0].copy(), "y": places[:, 1].copy(), "points": points}
