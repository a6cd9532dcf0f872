"""Classes of pictures that a person names and shows, told apart by a head: anything else than digits."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.examples import Example
from ..errors import ReadoutError, quoted
from ..export import onnx
from ..imaging.crops import Crop, picture
from ..imaging.images import load_image
from ..imaging.patch import Patch
from ..imaging.resample import resample
from ..model.async_embedding import Progress
from ..model.backbone import Card
from ..model.familiarity import Familiarity
from ..model.training import TrainingSet
from .learner import Learner
from .picture_class import CONTENTS, LONGEST_NAME, UNNAMED, Classes, PictureClass, Shot, from_zip, to_zip

MOST_CLASSES = 20
MOST_EXAMPLES = 500
"""Of all classes: at 224 pixels they take 75 MB."""
MOST_UNDONE = 100
THUMBNAIL = 64
FIRST = (UNNAMED, "Class 2")
NOTHING_SEEN: dict[str, Any] = {"probabilities": {}, "best": None, "distance": None}


class PictureClasses:
    """Classes with their examples, learned by themselves as soon as two classes have some.

    Every change returns `state` and can be undone. Examples are the middle square of a picture at the size that the
    backbone takes, so that what is seen live, stored and exported is the same.
    """

    def __init__(self, learner: Learner):
        """learner: whose backbone is used; it learns nothing of this."""
        self._learner = Learner(learner.backbone)
        self._last = 0
        self._classes: Classes = tuple(PictureClass(self._next(), name) for name in FIRST)
        self._past: list[tuple[str, Classes]] = []
        self._future: list[tuple[str, Classes]] = []
        self._familiarity: Familiarity | None = None

    def state(self) -> dict[str, Any]:
        """'classes', of each its 'number', 'name' and 'shots', their numbers; 'undo' and 'redo', what these would do,
        or None; 'next', what to do next, or '' once it learns."""
        return {
            "classes": [
                {"number": each.number, "name": each.name, "shots": [shot.number for shot in each.shots]}
                for each in self._classes
            ],
            "undo": self._past[-1][0] if self._past else None,
            "redo": self._future[-1][0] if self._future else None,
            "next": self._advice(),
        }

    # Edits

    def add_class(self) -> dict[str, Any]:
        """Add a class with a name of its own, which can be changed."""
        if len(self._classes) >= MOST_CLASSES:
            raise ReadoutError(f"at most {MOST_CLASSES} classes are learned, there are as many: remove one first")
        taken = {each.name.casefold() for each in self._classes}
        name = next(n for n in (f"Class {k}" for k in range(1, MOST_CLASSES + 2)) if n.casefold() not in taken)
        return self._change(f"add {name}", (*self._classes, PictureClass(self._next(), name)))

    def rename(self, number: int, name: str) -> dict[str, Any]:
        """Call a class otherwise. Raises ReadoutError for no name, a long one, and that of another class."""
        chosen, name = self._class(number), name.strip()
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ReadoutError(f"a class has a name of 1 to {LONGEST_NAME} characters, got {quoted(name)}: shorten it")
        if any(each.name.casefold() == name.casefold() for each in self._classes if each.number != number):
            raise ReadoutError(f"every class has a name of its own, {quoted(name)} is there already: choose another")
        if name == chosen.name:
            return self.state()
        return self._change(f"rename {chosen.name}", self._with(replace(chosen, name=name)))

    def remove_class(self, number: int) -> dict[str, Any]:
        """Remove a class with its examples."""
        chosen = self._class(number)
        return self._change(f"remove {chosen.name}", tuple(each for each in self._classes if each is not chosen))

    def remove_shot(self, number: int) -> dict[str, Any]:
        """Remove one example. Raises ReadoutError where it is not there."""
        for each in self._classes:
            left = tuple(shot for shot in each.shots if shot.number != number)
            if len(left) < len(each.shots):
                return self._change(f"remove a picture of {each.name}", self._with(replace(each, shots=left)))
        raise ReadoutError(
            f"a picture to remove is one of those shown, got number {quoted(number)}: it has gone already"
        )

    def undo(self) -> dict[str, Any]:
        """Undo the last change. Raises ReadoutError where there is none."""
        return self._go(self._past, self._future, "there is nothing to undo: no class or picture has been changed")

    def redo(self) -> dict[str, Any]:
        """Do again what was undone last. Raises ReadoutError where there is nothing."""
        return self._go(
            self._future, self._past, "there is nothing to do again: nothing was undone since the last change"
        )

    # Pictures

    def region(self, width: int, height: int) -> dict[str, int]:
        """What of a frame of this size is looked at: the middle square, 'x', 'y', 'width', 'height' in pixels."""
        side = min(width, height)
        return {"x": (width - side) // 2, "y": (height - side) // 2, "width": side, "height": side}

    async def record(self, number: int, region: Mapping[str, Any], first: bool, progress: Progress) -> dict[str, Any]:
        """Take what is seen as an example of a class. region: as `Patch.from_fields` takes it.

        first: whether the button was pressed for this one; what follows while it is held is the same take. Returns
        `state` with 'seen', see `look`.
        """
        crop = self._square(Patch.from_fields(region).pixels)
        X = await self._learner.embed([crop], progress)
        state = self._take(number, crop, first)
        return {**state, "seen": self._answer(X)}

    async def add_picture(self, number: int, name: str, data: bytes, progress: Progress) -> dict[str, Any]:
        """Take a picture file as an example of a class. Raises ReadoutError, naming it, where it is none."""
        crop = self._square(load_image(data, name))
        await self._learner.embed([crop], progress)
        return self._take(number, crop, first=True)

    async def look(self, region: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        """What is seen: 'probabilities', by the class's number, of those with examples, {} while there are not two;
        'best', the most probable one's number, or None; 'distance', above 1 where it is like no example."""
        return await self._look(self._square(Patch.from_fields(region).pixels), progress)

    async def look_at(self, name: str, data: bytes, progress: Progress) -> dict[str, Any]:
        """The same for a picture file, with 'picture', what of it was looked at."""
        crop = self._square(load_image(data, name))
        return {**await self._look(crop, progress), "picture": picture(crop)}

    def thumbnails(self, numbers: Sequence[int]) -> list[dict[str, Any]]:
        """Small pictures of examples, with their 'number'; of those that have gone none."""
        wanted = set(numbers)
        shots = [shot for each in self._classes for shot in each.shots if shot.number in wanted]
        squares = resample([shot.crop for shot in shots], THUMBNAIL)
        return [
            {"number": shot.number, **picture(Crop.whole(square))} for shot, square in zip(shots, squares, strict=True)
        ]

    async def score(self, progress: Progress) -> dict[str, Any] | None:
        """How often heads are right about takes that they have not learned from: 'right', 'total', 'low', 'high', the
        interval for the share, 'too_few'. None where some class has not two takes."""
        from ..evaluation.cross_validation import cross_validate

        classes, examples = self._classes, self._examples()
        if not self._is_taught() or any(len({shot.take for shot in each.shots}) < 2 for each in classes if each.shots):
            return None
        lesson = TrainingSet.of(examples, self._learner.backbone)
        X = await self._learner.embed(lesson.crops, progress)
        takes = [shot.take for each in classes for shot in each.shots]
        *_, found = cross_validate(lesson, X, takes, self._learner.backbone)
        low, high = found.interval
        return {"right": found.correct, "total": found.total, "low": low, "high": high, "too_few": found.too_few}

    # Files

    async def classifier(self, model: bytes, card: str, progress: Progress) -> bytes:
        """Backbone and head in one ONNX file; see `onnx.append_head`. model: the backbone's file; card: its card."""
        await self._learn(progress)
        if self._learner.head is None:
            raise ReadoutError(f"a classifier tells two classes apart: {self._advice()}")
        return onnx.append_head(model, self._learner.head, Card.from_json(card))

    def save(self) -> bytes:
        """All classes and examples as a zip; see `picture_class.to_zip`."""
        return to_zip(self._classes)

    def open(self, data: bytes) -> dict[str, Any]:
        """Go on with what `save` wrote. Raises ReadoutError for anything else, and then nothing has changed."""
        return self._change("open a file", self._opened(data))

    def restore(self, data: bytes) -> dict[str, Any]:
        """The same as it was kept by the browser: there is nothing to undo."""
        self._classes, self._past, self._future = self._opened(data), [], []
        return self.state()

    # Inside

    def _opened(self, data: bytes) -> Classes:
        opened = from_zip(data, self._next, lambda name, picture: self._square(load_image(picture, name)))
        if len({each.name.casefold() for each in opened}) != len(opened):
            raise ReadoutError(
                f"every class of {CONTENTS} has a name of its own, here two share one: rename one of them"
            )
        count = sum(len(each.shots) for each in opened)
        if len(opened) > MOST_CLASSES or count > MOST_EXAMPLES:
            raise ReadoutError(
                f"at most {MOST_CLASSES} classes with {MOST_EXAMPLES} pictures are opened, got {len(opened)} with "
                f"{count}: take some out"
            )
        return opened

    def _next(self) -> int:
        self._last += 1
        return self._last

    def _class(self, number: int) -> PictureClass:
        for each in self._classes:
            if each.number == number:
                return each
        raise ReadoutError("this class has been removed meanwhile: nothing was added to it; undo brings it back")

    def _with(self, changed: PictureClass) -> Classes:
        return tuple(changed if each.number == changed.number else each for each in self._classes)

    def _change(self, what: str, classes: Classes) -> dict[str, Any]:
        self._past, self._future = [*self._past, (what, self._classes)][-MOST_UNDONE:], []
        self._classes = classes
        return self.state()

    def _go(self, steps: list[tuple[str, Classes]], others: list[tuple[str, Classes]], nothing: str) -> dict[str, Any]:
        if not steps:
            raise ReadoutError(nothing)
        what, classes = steps.pop()
        others.append((what, self._classes))
        self._classes = classes
        return self.state()

    def _take(self, number: int, crop: Crop, first: bool) -> dict[str, Any]:
        chosen = self._class(number)
        if sum(len(each.shots) for each in self._classes) >= MOST_EXAMPLES:
            raise ReadoutError(f"at most {MOST_EXAMPLES} pictures are kept, there are as many: remove some first")
        goes_on = bool(chosen.shots) and not first
        take = chosen.shots[-1].take if goes_on else self._next()
        classes = self._with(replace(chosen, shots=(*chosen.shots, Shot(self._next(), take, crop))))
        if not goes_on:
            return self._change(f"add pictures to {chosen.name}", classes)
        self._classes = classes
        return self.state()

    def _square(self, pixels: np.ndarray) -> Crop:
        place = self.region(pixels.shape[1], pixels.shape[0])
        box = (float(place["x"]), float(place["y"]), float(place["width"]), float(place["height"]))
        [square] = resample([Crop(pixels, box)], self._learner.backbone.input_size)
        return Crop.whole(square)

    def _examples(self) -> list[Example]:
        return [Example(str(shot.number), each.name, shot.crop) for each in self._classes for shot in each.shots]

    def _is_taught(self) -> bool:
        return sum(bool(each.shots) for each in self._classes) > 1

    def _advice(self) -> str:
        if len(self._classes) < 2:
            return "Two classes can be told apart: add another."
        empty = [each.name for each in self._classes if not each.shots]
        if self._is_taught():
            return f"{', '.join(empty)} has no pictures yet, and is not learned." if empty else ""
        return f"Now show it {empty[0]}." if empty else ""

    async def _learn(self, progress: Progress) -> None:
        classes, examples = self._classes, self._examples()
        learned = await self._learner.learn(examples, progress, lambda: self._classes is classes)
        if learned:
            X = await self._learner.embed([example.crop for example in examples], progress)
            labels = [example.label for example in examples]
            self._familiarity = Familiarity(X, labels) if len(set(labels)) > 1 else None

    async def _look(self, crop: Crop, progress: Progress) -> dict[str, Any]:
        if not self._is_taught():
            return NOTHING_SEEN
        X = await self._learner.embed([crop], progress)
        await self._learn(progress)
        return self._answer(X)

    def _answer(self, X: np.ndarray) -> dict[str, Any]:
        head, familiarity = self._learner.head, self._familiarity
        if head is None or familiarity is None or not self._is_taught():
            return NOTHING_SEEN
        [row] = head.predict_proba(X)
        found = dict(zip(head.classes_, row.tolist(), strict=True))
        numbers = {str(each.number): found[each.name] for each in self._classes if each.name in found}
        best = max(numbers, key=lambda number: numbers[number], default=None)
        [distance] = familiarity.distance(X).tolist()
        return {"probabilities": numbers, "best": best and int(best), "distance": distance}
