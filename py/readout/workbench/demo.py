"""One sitting at the page: a dataset, a backbone, the head learned last, and every crop seen.

Nothing here knows a browser. The backbone's answers are awaited, because in the page they come from
other threads; results are plain dictionaries, with pictures as flat uint8 RGBA.
"""

import asyncio
import io
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

import numpy as np

from ..data.dataset import Dataset, natural_order
from ..data.examples import labels_of
from ..errors import ReadoutError
from ..evaluation.metrics import Score, confusion_matrix
from ..imaging.crops import Crop, cut, picture
from ..imaging.images import load_image
from ..layout.layout import Layout
from ..model.async_embedding import Progress, embed_async
from ..model.backbone import AsyncBackbone
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..model.training import TrainingSet, fit_head, prior_classes
from ..readings.reading import Reader, Reading, review, write_csv


class Session:
    """Train on a dataset's first sets, read frames as they come, retrain without embedding twice.

    Every `progress` is called with a dictionary now and then, and may raise to cancel: what was
    embedded until then is kept.
    """

    def __init__(self, folder: str | Path, backbone: AsyncBackbone):
        """Open the dataset folder, of which only the layout is read before it is needed.

        Raises ReadoutError when there is no layout, or none that can be used.
        """
        self.folder = Path(folder)
        self.layout = Layout.load(self.folder / "layout.json")
        self._caches: dict[str, EmbeddingCache[AsyncBackbone]] = {}
        self._crops: dict[tuple[str, str], list[Crop]] = {}
        self.use(backbone)

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

    def use(self, backbone: AsyncBackbone) -> None:
        """Go on with this backbone: crops are kept, and embeddings of a backbone used before; readings are not.

        The head is what the backbone's prior knows, if it has one.
        """
        nothing = TrainingSet([], [], np.empty(0))
        self.head = fit_head(nothing, np.empty((0, backbone.dim)), backbone) if backbone.prior else None
        self.backbone = backbone
        self.cache = self._caches.setdefault(backbone.sha256, EmbeddingCache(backbone))
        self._readings: dict[tuple[str, str], Reading] = {}

    def describe(self) -> dict:
        """The layout, and whether frames can be read before anything was learned."""
        return {"layout": asdict(self.layout), "knows": prior_classes(self.backbone)}

    def lessons(self) -> dict:
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

    async def train(self, sets: int, progress: Progress) -> dict:
        """Learn the first `sets` folders; the readings so far are read again, with no known crop embedded."""
        examples = self.dataset.first_sets(sets, prior_classes(self.backbone))
        lesson = TrainingSet.of(examples, self.backbone)
        X = await self._embed(lesson.crops, progress)
        start = time.perf_counter()
        head = fit_head(lesson, X, self.backbone, lambda step, loss: progress({"step": step, "loss": loss}))
        fit_s = time.perf_counter() - start
        self.head = head
        for key, crops in [(key, self._crops[key]) for key in self._readings]:
            await self._embed(crops, progress)  # waits only for what the cache had to forget
            if self._crops[key] is crops:
                self._readings[key] = self._reading(*key)
        return {"sets": sets, "examples": len(examples), "fit_s": fit_s, "losses": head.loss_curve_}

    async def test(self, progress: Progress) -> dict:
        """What the head takes the testing pictures for, which it never learned from."""
        head, testing = self._trained(), self.dataset.testing
        crops = [example.crop for example in testing]
        predictions = head.predict(await self._embed(crops, progress)) if crops else []
        return {"truths": labels_of(testing), "predictions": predictions}

    async def read(self, frame: str, readout: str, progress: Progress, data: bytes | None = None) -> dict:
        """Read one readout of one frame. data: the picture file, unless the frame was given before."""
        if data is not None:
            pixels = load_image(data, frame)
            self.layout.check_frame(pixels.shape, frame)
            self._cut(frame, pixels)
        return await self._read(frame, readout, progress)

    async def read_region(self, frame: str, readout: str, progress: Progress, region: dict) -> dict:
        """Read one readout of a frame of which only a rectangle is there, with all boxes in it.

        region: 'rgba', its pixels as bytes; 'x', 'y', 'width', 'height', whole pixels of the frame;
        'frame_width' and 'frame_height'. What lies outside the boxes is never looked at.
        """
        self.layout.check_frame((region["frame_height"], region["frame_width"]), frame)
        rgba = np.frombuffer(region["rgba"], np.uint8).reshape(region["height"], region["width"], 4)
        self._cut(frame, rgba[:, :, :3], (region["x"], region["y"]))
        return await self._read(frame, readout, progress)

    def _cut(self, frame: str, pixels: np.ndarray, origin: tuple[int, int] = (0, 0)) -> None:
        for each in self.layout.readouts:
            self._give((frame, each.name), cut(pixels, each.boxes, origin=origin))

    async def _read(self, frame: str, readout: str, progress: Progress) -> dict:
        await self._embed(self._known(frame, readout), progress)
        reading = self._readings[frame, readout] = self._reading(frame, readout)
        return _plain(reading)

    def readings(self) -> list[dict]:
        """All readings so far, by the head learned last: learning rereads without embedding again."""
        return [_plain(reading) for reading in self._in_order()]

    def inspect(self, frame: str, readout: str) -> dict:
        """The crops of a readout that was read, each with the probability of every class."""
        crops = [picture(crop) for crop in self._known(frame, readout)]
        reading = self._readings.get((frame, readout)) or self._reading(frame, readout)
        boxes = [{**c, "probabilities": p} for c, p in zip(crops, reading.probabilities.tolist(), strict=True)]
        return {**_plain(reading), "classes": self._trained().classes_, "boxes": boxes}

    def score(self) -> dict:
        """Right and wrong among the frames read so far whose truth is known, and the confusion matrix."""
        readout = self.layout.readouts[0]
        score, truths, read = Score(), [], []
        for reading in self._readings.values():
            if reading.readout == readout.name and reading.frame in self.dataset.truths:
                truth = readout.split(self.dataset.truths[reading.frame])
                score.count(reading.labels, truth)
                truths += truth
                read += reading.labels
        classes = sorted({*self.dataset.classes, *truths, *read})
        return {**asdict(score), "classes": classes, "confusion": confusion_matrix(truths, read, classes).tolist()}

    def review(self) -> dict:
        """How many of the readings so far are likely to be wrong, and those to look at to find half of them."""
        readings = self._in_order()
        found = review([reading.confidence for reading in readings])
        first = [{"frame": readings[k].frame, "readout": readings[k].readout} for k in found.first]
        return {"readings": len(readings), "wrong": found.wrong, "first": first}

    def to_csv(self) -> str:
        """The readings so far as CSV, by frame in natural order, then in the layout's order."""
        file = io.StringIO()
        write_csv(self._in_order(), file)
        return file.getvalue()

    def _trained(self) -> SoftmaxHead:
        if self.head is None:
            raise ReadoutError("nothing has been learned yet: train first")
        return self.head

    def _give(self, key: tuple[str, str], crops: list[Crop]) -> None:
        """Keep the crops of a readout, and no reading of what it showed in another picture of that name."""
        if [crop.key for crop in crops] != [crop.key for crop in self._crops.get(key, ())]:
            self._readings.pop(key, None)
        self._crops[key] = crops

    def _known(self, frame: str, readout: str) -> list[Crop]:
        if (frame, readout) not in self._crops:
            raise ReadoutError(f"{frame} with readout {readout!r} has not been given: read it with its picture first")
        return self._crops[frame, readout]

    def _reading(self, frame: str, name: str) -> Reading:
        reader = Reader(self.layout, self._trained(), self.backbone)
        readout = next(each for each in self.layout.readouts if each.name == name)
        return reader.read(frame, readout, self.cache.lookup(self._known(frame, name)))

    def _in_order(self) -> list[Reading]:
        names = [readout.name for readout in self.layout.readouts]
        keys = sorted(self._readings, key=lambda key: (natural_order(key[0]), names.index(key[1])))
        return [self._readings[key] for key in keys]

    async def _embed(self, crops: Sequence[Crop], progress: Progress) -> np.ndarray:
        cache = self.cache
        embeddings = await embed_async(cache, crops, progress)
        if cache is not self.cache:
            raise ReadoutError(
                f"the backbone is {self.backbone.name} by now: what the other one saw is of no use, ask again"
            )
        return embeddings


def _plain(reading: Reading) -> dict:
    fields = ("frame", "readout", "text", "value", "confidence")
    plain = {name: getattr(reading, name) for name in fields}
    return {**plain, "labels": list(reading.labels), "flags": list(reading.flags)}
