"""The demo: the bundled dataset as a project, with training sets to choose from, truths and a score.

Reading, learning and looking are the workbench's. As there, nothing knows a browser, and results are plain
dictionaries, with pictures as flat uint8 RGBA.
"""

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Dataset
from ..data.examples import Example, labels_of
from ..errors import ReadoutError
from ..evaluation.metrics import reviewed, scored
from ..imaging.crops import picture
from ..imaging.images import load_image
from ..layout.box import outer_edges
from ..layout.layout import Layout, Readout
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.embedding_cache import EmbeddingCache
from ..model.training import TrainingSet, prior_classes
from ..readings.reading import Reading, write_csv
from .workbench import Workbench

if TYPE_CHECKING:
    from ..evaluation.lesson import Lesson


WINDOW_MARGIN = 0.15
"""How far a window reaches beyond the boxes, as a share of their height."""


class Demo:
    """A project of a dataset's frames that learns the dataset's first sets, beside the user's own project.

    layout: of the dataset. bench: the project, which reads the frames with this layout. A `progress` is called with
    {'done', 'total'}, in crops, and may raise to cancel: what was embedded until then is kept.
    """

    def __init__(self, folder: str | Path, frames: Sequence[str], backbone: AsyncBackbone):
        """Open a dataset folder, of which only the layout is read before more is needed.

        frames: names of the dataset's frames, which may lie elsewhere, in order. Raises ReadoutError when there is no
        layout, or none that can be used.
        """
        self.folder = Path(folder)
        self.layout = Layout.load(self.folder / "layout.json")
        self.bench = Workbench(backbone)
        self.bench.editor.set_layout(json.loads(self.layout.to_json()))
        width, height = self.layout.frame_size
        self.bench.set_frames([{"name": name, "width": width, "height": height} for name in frames])

    @cached_property
    def windows(self) -> Workbench:
        """The same frames with one window around the boxes of the first readout, for what reads whole numbers."""
        bench, first = Workbench(self.bench.learner.backbone), self.layout.readouts[0]
        left, top, right, bottom = outer_edges(first.boxes)
        margin = WINDOW_MARGIN * max(h for _, _, _, h in first.boxes)
        x, y = left - margin, top - margin
        window = Readout(first.name, window=(x, y, right + margin - x, bottom + margin - y))
        bench.editor.set_layout(json.loads(Layout(self.layout.frame_size, (window,)).to_json()))
        bench.set_frames([frame._asdict() for frame in self.bench.frames])
        return bench

    @cached_property
    def dataset(self) -> Dataset:
        """The whole folder. Raises ReadoutError when it is damaged."""
        return Dataset.load(self.folder)

    async def decode(self, decoder: Callable[[bytes], Awaitable[np.ndarray]]) -> None:
        """Open the whole folder, with another decoder for its PNG pictures than Pillow.

        decoder: from a file's bytes to uint8 RGB (h, w, 3).
        """
        paths = sorted(self.folder.glob("t*ing/*/*.png"))
        decoded = await asyncio.gather(*(decoder(path.read_bytes()) for path in paths))
        pixels = dict(zip(paths, decoded, strict=True))
        self.dataset = Dataset.load(
            self.folder, decode=lambda path: pixels[path] if path in pixels else load_image(path)
        )

    def describe(self) -> dict[str, Any]:
        """The layout, the region of a frame to give for each readout, and the labels known without an example."""
        return {
            "layout": asdict(self.layout),
            "regions": self.bench.missing()["regions"],
            "knows": prior_classes(self.bench.learner.backbone),
        }

    def examples(self) -> dict[str, Any]:
        """The classes, the sets' names, the training pictures, and the true readings."""
        return {
            "classes": self.dataset.classes,
            "sets": list(self.dataset.training),
            "training": [
                {"set": name, "label": example.label, **picture(example.crop)}
                for name, examples in self.dataset.training.items()
                for example in examples
            ],
            "truths": self.dataset.truths,
        }

    async def learn(self, sets: int, progress: Progress) -> dict[str, Any]:
        """Learn the first `sets` folders, and read again what was read: no crop is embedded twice.

        Returns 'sets', 'examples', how many, 'fit_s', seconds, and 'losses', one a step.
        """
        examples = self.dataset.first_sets(sets, prior_classes(self.bench.learner.backbone))
        self.bench.examples.take(examples)
        learned = await self.bench.learn(progress) or {"fit_s": 0.0}
        head = self.bench.learner.head
        return {
            "sets": sets,
            "examples": len(examples),
            "fit_s": learned["fit_s"],
            "losses": head.loss_curve_ if head else [],
        }

    def take_precomputed(self, data: bytes) -> int:
        """Learn and read with embeddings from a file until they were made here. Returns how many. See `embed_live`."""
        from ..model.precomputed import Precomputed  # no part of a first visit

        backbone = self.bench.learner.backbone
        self._precomputed, self._live = Precomputed.from_bytes(data, backbone), EmbeddingCache(backbone)
        self.bench.learner.take(self._precomputed.rows)
        return len(self._precomputed.rows)

    async def embed_live(self, progress: Progress) -> dict[str, Any]:
        """Embed the same crops with the backbone, compare, and go on with what it gave: learn and read again.

        Returns what `Precomputed.compare` does and 'seconds'. What was embedded before it was cancelled is kept.
        """
        start, bench, learner = time.perf_counter(), self.bench, self.bench.learner
        examples = [*(each for name in self.dataset.training.values() for each in name), *self.dataset.testing]
        frames = [bench.observations.crops(f.name, r) or [] for f in bench.frames for r in self.layout.readouts]
        crops = [*(example.crop for example in examples), *(crop for each in frames for crop in each)]
        rows = await embed_async(self._live, crops, progress)
        if self._live.backbone is not learner.backbone:
            raise ReadoutError("the backbone is another one by now: nothing is compared, ask again")
        live = {crop.key: row for crop, row in zip(crops, rows, strict=True)}
        found = self._precomputed.compare(live)
        learner.take(live)
        bench.observations.forget()
        bench.observations.arrange()
        for readout in bench.observations.readouts:
            await bench.observations.observe_kept(readout, progress)
        await bench.learn(progress)
        return {**found, "seconds": time.perf_counter() - start}

    async def test(self, progress: Progress) -> dict[str, Any]:
        """What the head takes the testing pictures for, which it never learned from: 'truths' and 'predictions'."""
        testing, learner = self.dataset.testing, self.bench.learner
        if learner.head is None:
            raise ReadoutError("nothing has been learned yet: learn a set first")
        X = await learner.embed([example.crop for example in testing], progress)
        return {"truths": labels_of(testing), "predictions": learner.head.predict(X) if testing else []}

    async def lesson(self, sets: int, progress: Progress) -> bytes:
        """The first `sets` folders and all frames as a `Lesson` in a file, with every embedding that it needs."""
        learner = self.bench.learner
        lesson = self._lesson(self.dataset.first_sets(sets, prior_classes(learner.backbone)))
        crops = [*lesson.crops, *TrainingSet.of(lesson.training, learner.backbone).crops]
        rows = await learner.embed(crops, progress)
        known = {crop.key: row for crop, row in zip(crops, rows, strict=True)}
        return replace(lesson, embeddings=known).to_bytes()

    def notebook(
        self,
        steps: Sequence[dict[str, str]],
        sets: int,
        backbones: Sequence[str],
        page: dict[str, Any] | None,
        wheel: str | None,
    ) -> str:
        """The lesson of all folders and all frames as an .ipynb; see `export.notebook.lesson_notebook`.

        steps: of each the fields of a `Step`.
        """
        from ..export.notebook import Step, lesson_notebook  # no part of a first visit

        lesson = self._lesson([example for examples in self.dataset.training.values() for example in examples])
        return lesson_notebook(
            lesson,
            [Step(**step) for step in steps],
            sets=sets,
            backbone=self.bench.learner.backbone.name,
            backbones=backbones,
            page=page,
            wheel=wheel,
        )

    def _lesson(self, training: Sequence[Example]) -> "Lesson":
        """Examples to learn from and all frames, without an embedding."""
        from ..evaluation.lesson import Lesson  # no part of a first visit

        crops = {
            (f.name, r.name): self.bench.observations.crops(f.name, r)
            for f in self.bench.frames
            for r in self.layout.readouts
        }
        frames = {key: found for key, found in crops.items() if found}
        return Lesson(self.layout, training, self.dataset.testing, frames, self.dataset.truths, {})

    def use_lines(self, backbone: AsyncBackbone) -> None:
        """Read whole numbers in `windows` with this backbone."""
        self.windows.use_lines(backbone)

    def window_regions(self) -> list[dict[str, Any]]:
        """The region of a frame to give to `windows.add_frames`."""
        return self.windows.missing()["regions"]

    async def teach_windows(self, count: int, progress: Progress) -> dict[str, Any]:
        """Type what the first `count` frames show, and learn. Returns `window_score` of the others."""
        (readout,) = self.windows.editor.readouts
        for frame in list(self.windows.frames)[:count]:
            self.windows.editor.set_label(frame.name, readout.name, self.dataset.truths[frame.name])
        await self.windows.refresh(progress)
        return self.window_score()

    def window_score(self) -> dict[str, Any]:
        """Of the whole numbers read so far, typed ones aside, 'total', 'right', wrong ones that are 'flagged', and
        'wrong', those without a flag, each with its 'frame', 'text' and 'truth'; and 'typed', how many were."""
        (column,) = self.windows.observations.columns().values()
        typed = {frame for frame, _ in self.windows.editor.document.typed}
        rows = [k for k, f in enumerate(self.windows.frames) if column.given[k] and f.name not in typed]
        names = [frame.name for frame in self.windows.frames]
        read = [column.reading(k, names[k]) for k in rows]
        known = [(each, self.dataset.truths[each.frame]) for each in read if each.frame in self.dataset.truths]
        wrong = [(each, truth) for each, truth in known if each.text != truth]
        silent = [{"frame": each.frame, "text": each.text, "truth": truth} for each, truth in wrong if not each.flags]
        return {
            "typed": len(typed),
            "total": len(known),
            "right": len(known) - len(wrong),
            "flagged": len(wrong) - len(silent),
            "wrong": silent,
        }

    def score(self) -> dict[str, Any]:
        """Right and wrong among the frames read so far whose truth is known, and the confusion matrix."""
        return scored(self._readings(), self.layout.readouts[0], self.dataset.truths, self.dataset.classes)

    def review(self) -> dict[str, Any]:
        """How many of the readings so far are likely to be wrong, and those to look at to find half of them."""
        return reviewed(self._readings())

    def csv(self) -> str:
        """The readings so far as CSV, as the command line writes it: by frame, then in the layout's order."""
        file = io.StringIO()
        write_csv(self._readings(), file)
        return file.getvalue()

    def _readings(self) -> list[Reading]:
        """The readings so far."""
        columns = self.bench.observations.columns().values()
        frames = enumerate(self.bench.frames)
        return [column.reading(k, frame.name) for k, frame in frames for column in columns if column.given[k]]
