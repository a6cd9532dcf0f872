"""The examples of a project: crops of frames with a typed label, and pictures of datasets."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..data.examples import Example
from ..imaging.crops import Crop
from ..imaging.patch import Patch
from ..imaging.strips import window_crops
from ..project.document import Key, source_of
from .editor import Editor
from .observation_store import ObservationStore


class ExampleStore:
    """What the head learns from. given: examples of datasets, as they came."""

    def __init__(self, editor: Editor, observations: ObservationStore):
        self._editor, self._observations = editor, observations
        self.given: Sequence[Example] = ()

    def take(self, examples: Sequence[Example]) -> None:
        """Learn from these examples of datasets, and from none before."""
        self.given = list(examples)

    def take_pictures(self, pictures: Sequence[Mapping[str, Any]]) -> None:
        """The same for 'source', 'label', 'width', 'height' and 'rgba' of each, as the page sends them."""
        patches = (Patch.from_fields({"x": 0, "y": 0, **each}) for each in pictures)
        self.take(
            [
                Example(each["source"], each["label"], Crop.whole(patch.pixels))
                for each, patch in zip(pictures, patches, strict=True)
            ]
        )

    def all(self) -> list[Example]:
        """All labelled crops, with the document's corrections: from typed frames, then from datasets."""
        document, examples = self._editor.document, []
        by_name = {readout.name: readout for readout in self._editor.readouts}
        for frame, name in document.typed:
            labels = document.labels(frame, name)
            if labels and by_name[name].window is not None:
                continue
            crops = self._observations.crops(frame, by_name[name]) if labels else None
            upright = window_crops(by_name[name], crops or ())
            for k, (label, crop) in enumerate(zip(labels or (), upright, strict=False)):
                examples.append(Example(source_of(frame, name, k), label, crop))
        edits = document.examples
        kept = [example for example in [*examples, *self.given] if edits.get(example.source, "") is not None]
        return [Example(each.source, edits.get(each.source) or each.label, each.crop) for each in kept]

    def windows(self) -> list[tuple[Crop, str]]:
        """Typed windows whose pixels are kept, and what they show."""
        return [(crop, text) for _, crop, text in self.typed_windows()]

    def typed_windows(self) -> list[tuple[Key, Crop, str]]:
        """The same with the frame and the readout of each."""
        return self._editor.document.typed_windows(self._observations.crops)

    def origins(self) -> dict[str, dict[str, Any]]:
        """Where examples came from that were typed: by source the 'frame', the 'readout' and the 'box'."""
        document = self._editor.document
        return {
            source_of(frame, name, k): {"frame": frame, "readout": name, "box": k}
            for frame, name in document.typed
            for k in range(len(document.labels(frame, name) or ()))
        }
