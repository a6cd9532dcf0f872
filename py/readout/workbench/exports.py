"""What can be taken away from the workbench: tables, a proof sheet, the classifier, the whole project as a file."""

import io
import json

import numpy as np

from ..data.examples import labels_of
from ..errors import ReadoutError
from ..export import onnx, tables
from ..export.report import audit_report
from ..imaging.crops import Crop
from ..model.backbone import Card
from ..model.head_file import SavedHead
from ..project.history import History
from ..project.project_file import BackboneId, Project
from ..video.stabilizer import Stabilizer
from .workbench import Workbench


class Exports:
    """Files made of what a workbench holds, as texts or bytes; where it needs readings, a ReadoutError without any."""

    def __init__(self, bench: Workbench):
        self.bench = bench

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

    def proof(self, title: str, when: str) -> str:
        """One HTML file with the crops beside every number, as far as pixels are kept."""
        return audit_report(title, tables.rows(*self._readings(), **self._more()), self._pixels, self._settings(when))

    def classifier(self, model: bytes, card: str) -> bytes:
        """The backbone and the head in one ONNX file. model: the backbone's file, card: its JSON card."""
        return onnx.append_head(model, self._head(), Card.from_json(card))

    def example(self, card: str) -> str:
        """A Python program that runs the classifier."""
        return onnx.example(Card.from_json(card), self._head().classes_)

    def save(self, name: str, clips: str = "") -> bytes:
        """The project as a .readout.zip; see docs/project-file.md. clips: what `open` is to give back with it."""
        bench = self.bench
        clip_frames = {bench.frames[k].name for k in np.flatnonzero(~np.isnan(bench.times))}
        kept = bench.document.typed.keys()
        patches = bench.patches.all()
        project = Project(
            name=name,
            backbone=BackboneId(bench.backbone.name, bench.backbone.sha256),
            frames=bench.frames,
            document=bench.document,
            examples=bench.given_examples,
            patches={key: patch for key, patch in patches.items() if key[0] not in clip_frames or key in kept},
            head=bench.head and SavedHead.of(bench.head),
            shifts=bench.following.shifts,
            looks=bench.video_embeddings(),
            clips=clips,
        )
        return project.to_bytes(self.csv() if bench.columns() else None)

    def open(self, data: bytes) -> dict:
        """Go on with a saved project, if it can be: before that nothing is changed. Returns its name, frames and clips."""
        project, bench = Project.from_bytes(data), self.bench
        if project.backbone.sha256 != bench.backbone.sha256:
            raise ReadoutError(
                f"the project {project.name!r} was made with the backbone {project.backbone.name}, "
                f"this page works with {bench.backbone.name}: choose the other one in the demo, then open it again"
            )
        head = project.restore_head(bench.backbone)
        bench.begin()
        bench.history = History(project.document)
        layout = project.document.layout
        size = layout.frame_size if layout else (0, 0)
        bench.following = Stabilizer(project.document.tracked, size, project.shifts)
        bench.set_frames([frame._asdict() for frame in project.frames])
        bench.given_examples = project.examples
        for (frame, readout), patch in project.patches.items():
            bench.patches.put(frame, readout, patch)
        bench.take_head(head)
        if project.looks:
            bench.take_video_embeddings(project.looks)
        return {"name": project.name, "frames": [frame._asdict() for frame in project.frames], "clips": project.clips}

    def _readings(self):
        bench = self.bench
        columns = bench.columns()
        if not columns:
            raise ReadoutError("nothing has been read yet: say where the number is first")
        return [frame.name for frame in bench.frames], columns, bench.outcome, bench.document.typed

    def _more(self):
        """When every frame was, and how far it had moved, where there are such things."""
        bench, following = self.bench, self.bench.following
        clip = not np.isnan(bench.times).all()
        return {
            "times": [frame.time_s for frame in bench.frames] if clip else (),
            "shifts": following.shifts if following.anchor else None,
        }

    def _settings(self, when):
        bench = self.bench
        layout, labels = bench.document.layout, labels_of(bench.examples())
        return tables.settings(
            bench.backbone, self._head(), layout, labels, bench.columns(), bench.document.rules, when
        )

    def _head(self):
        if self.bench.head is None:
            raise ReadoutError(f"{self.bench.backbone.name} has learned nothing yet: type what some frames show first")
        return self.bench.head

    def _pixels(self, row: tables.Row) -> list[Crop]:
        readout = self.bench.document.readout(row.readout)
        return self.bench.crops(row.frame, readout) or []
