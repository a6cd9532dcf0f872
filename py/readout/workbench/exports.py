"""What can be taken away from a project: tables, an audit report, the classifier, the whole project as a file."""

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from ..data.examples import labels_of
from ..errors import ReadoutError
from ..export import onnx, tables
from ..export.report import audit_report
from ..imaging.crops import Crop
from ..model.backbone import Card
from ..model.head import SoftmaxHead
from ..model.head_file import SavedHead
from ..project.document import Key
from ..project.project_file import BackboneId, Project
from ..readings.line_column import AnyColumn
from ..rules.repair import Outcome
from ..video.anchor import Shift
from .editor import Editor
from .example_store import ExampleStore
from .frame_store import FrameStore
from .learner import Learner
from .observation_store import ObservationStore
from .repairs import Repairs


class _More(TypedDict):
    times: Sequence[float | None]
    shifts: Mapping[str, Shift] | None


class Exports:
    """Files made of what a project holds, as texts or bytes; where it needs readings, a ReadoutError without any."""

    def __init__(
        self,
        editor: Editor,
        frames: FrameStore,
        learner: Learner,
        observations: ObservationStore,
        examples: ExampleStore,
        repairs: Repairs,
    ):
        self._editor, self._frames, self._learner = editor, frames, learner
        self._observations, self._examples, self._repairs = observations, examples, repairs

    def csv(self) -> str:
        """All readings, one row for each frame and readout; see docs/exports.md."""
        file = io.StringIO()
        tables.write_project_csv(*self._readings(), file, **self._more())
        return file.getvalue()

    def json(self, when: str) -> str:
        """The same rows, with the settings that made them. when: the date to put down."""
        return tables.to_json(*self._readings(), self._settings(when), **self._more())

    def settings(self, when: str) -> str:
        """What made the readings, as JSON."""
        return json.dumps(self._settings(when), indent=1) + "\n"

    def audit_report(self, title: str, when: str) -> str:
        """One HTML file with the crops beside every number, as far as pixels are kept."""
        return audit_report(title, tables.rows(*self._readings(), **self._more()), self._crops, self._settings(when))

    def classifier(self, model: bytes, card: str) -> bytes:
        """The backbone and the head in one ONNX file. model: the backbone's file, card: its JSON card."""
        return onnx.append_head(model, self._head(), Card.from_json(card))

    def example(self, card: str) -> str:
        """A Python program that runs the classifier."""
        return onnx.example(Card.from_json(card), self._head().classes_)

    def save(self, name: str, clips: str = "") -> bytes:
        """The project as a .readout.zip; see docs/project-file.md. clips: what `Workbench.open` gives back with it."""
        backbone, document, head = self._learner.backbone, self._editor.document, self._learner.head
        of_clips = {self._frames[k].name for k in np.flatnonzero(self._frames.of_clips)}
        patches = self._frames.patches.all()
        project = Project(
            name=name,
            backbone=BackboneId(backbone.name, backbone.sha256),
            frames=list(self._frames),
            document=document,
            examples=list(self._examples.given),
            patches={key: patch for key, patch in patches.items() if key[0] not in of_clips or key in document.typed},
            head=SavedHead.of(head) if head else None,
            shifts=self._observations.stabilizer.shifts,
            looks=self._observations.video_embeddings(),
            clips=clips,
        )
        return project.to_bytes(self.csv() if self._observations.columns() else None)

    def _readings(self) -> tuple[list[str], dict[str, AnyColumn], Outcome | None, Mapping[Key, str | None]]:
        columns = self._observations.columns()
        if not columns:
            raise ReadoutError("nothing has been read yet: say where the number is first")
        return [frame.name for frame in self._frames], columns, self._repairs.outcome, self._editor.document.typed

    def _more(self) -> _More:
        """When every frame was, and how far it had moved, where there are such things."""
        stabilizer = self._observations.stabilizer
        return {
            "times": [frame.time_s for frame in self._frames] if self._frames.of_clips.any() else (),
            "shifts": stabilizer.shifts if stabilizer.anchor else None,
        }

    def _settings(self, when: str) -> dict[str, Any]:
        document = self._editor.document
        return tables.settings(
            self._learner.backbone,
            self._head(),
            self._editor.require_layout(),
            labels_of(self._examples.all()),
            self._observations.columns(),
            document.rules,
            when,
        )

    def _head(self) -> SoftmaxHead:
        if self._learner.head is None:
            raise ReadoutError(
                f"{self._learner.backbone.name} has learned nothing yet: type what some frames show first"
            )
        return self._learner.head

    def _crops(self, row: tables.Row) -> list[Crop]:
        return self._observations.crops(row.frame, self._editor.document.readout(row.readout)) or []
