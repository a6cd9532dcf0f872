"""Train on some sets of a dataset, and score the rest of it."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..data.dataset import Dataset
from ..errors import ReadoutError
from ..imaging.crops import cut
from ..imaging.images import load_image
from ..layout.layout import Readout
from ..model.backbone import Backbone
from ..model.embedding_cache import EmbeddingCache
from ..model.head import SoftmaxHead
from ..model.training import TrainingSet, fit_head, prior_classes
from ..readings.reading import Reader, Reading
from .metrics import Score


@dataclass(frozen=True)
class Evaluation:
    """The figures that `readout evaluate --json` prints; see docs/cli.md."""

    sets: int
    backbone: str
    examples: int
    digits_correct: int
    digits_total: int
    readings_correct: int
    readings_total: int
    test_correct: int
    test_total: int
    fit_s: float
    embed_ms_per_crop: float


def train(dataset: Dataset, cache: EmbeddingCache[Backbone], sets: int) -> SoftmaxHead:
    """A head that has learned the first `sets` training folders; with 0, what the backbone's prior knows."""
    lesson = TrainingSet.of(dataset.first_sets(sets, prior_classes(cache.backbone)), cache.backbone)
    return fit_head(lesson, cache.embed(lesson.crops), cache.backbone)


def read_frames(
    frames: Iterable[Path], reader: Reader, cache: EmbeddingCache[Backbone], readouts: Sequence[Readout] | None = None
) -> Iterator[Reading]:
    """Read frames one at a time: all readouts of the reader's layout, or only those given."""
    for path in frames:
        frame = load_image(path)
        reader.layout.check_frame(frame.shape, path.name)
        for readout in readouts or reader.layout.readouts:
            yield reader.read(path.name, readout, cache.embed(cut(frame, readout.boxes)))


def evaluate(
    dataset: Dataset,
    backbone: Backbone,
    sets: int = 4,
    on_frame: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Train on the first `sets` folders; score the testing pictures, and the frames whose truth is known.

    Only the layout's first readout has known truths. on_frame: called with (frames done, frames in
    all). Raises ReadoutError for whatever is wrong with the dataset, and where it has nothing to score.
    """
    frames = [path for path in dataset.frames if path.name in dataset.truths]
    if not frames and not dataset.testing:
        raise ReadoutError(f"{dataset.root} has nothing to score: add testing/, or frames/ with labels.csv")
    cache = EmbeddingCache(backbone)
    examples = dataset.first_sets(sets, prior_classes(backbone))
    lesson = TrainingSet.of(examples, backbone)
    embeddings = cache.embed(lesson.crops)
    start = time.perf_counter()
    head = fit_head(lesson, embeddings, backbone)
    fit_s = time.perf_counter() - start

    test_crops = [example.crop for example in dataset.testing]
    predictions = head.predict(cache.embed(test_crops)) if test_crops else []
    score = Score()
    if frames:
        layout = dataset.require_layout()
        readout = layout.readouts[0]
        for reading in read_frames(frames, Reader(layout, head, backbone), cache, [readout]):
            score.count(reading.labels, readout.split(dataset.truths[reading.frame]))
            if on_frame:
                on_frame(score.readings_total, len(frames))
    return Evaluation(
        sets=sets,
        backbone=backbone.name,
        examples=len(examples),
        **asdict(score),
        test_correct=sum(p == e.label for p, e in zip(predictions, dataset.testing, strict=True)),
        test_total=len(dataset.testing),
        fit_s=fit_s,
        embed_ms_per_crop=1000 * cache.seconds / cache.embedded,
    )
