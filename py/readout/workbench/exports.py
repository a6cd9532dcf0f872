"""What can be exported of a project: tables, an audit report, the classifier, the whole project as a file."""

import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.examples import labels_of
from ..errors import ReadoutError
from ..export import onnx, tables
from ..export.report import audit_report
from ..imaging.crops import Crop
from ..model.backbone import Card
from ..model.head import SoftmaxHead
from ..model.head_file import SavedHead
from ..project.project_file import BackboneId, Project
from ..readings.line_column import AnyColumn
from ..video.anchor import Shift
from ..video.sampling import file_of
from .open_project import OpenProject

if TYPE_CHECKING:
    from ..export.writers import Table


class Exports:
    """Files made of what a project holds, as texts or bytes; where it needs readings, a ReadoutError without any."""

    def __init__(self, project: OpenProject):
        self._project = project

    def csv(self, dialect: str = "comma", **shape: Any) -> str:
        """All readings in one of `writers.DIALECTS`; see docs/exports.md and, for the shape, `_table`."""
        from ..export.writers import Dialect, to_text

        return to_text(self._table(**shape), Dialect.named(dialect))

    def json_lines(self, **shape: Any) -> str:
        """The same rows as JSON Lines."""
        from ..export.writers import write_json_lines

        file = io.StringIO()
        write_json_lines(self._table(**shape), file)
        return file.getvalue()

    def excel(self, **shape: Any) -> bytes:
        """The same rows as an Excel file; in the page XlsxWriter is fetched when it is first asked for."""
        from ..export.writers import to_excel

        return to_excel(self._table(**shape))

    def chart(self, title: str) -> str:
        """The values of all readouts as an SVG."""
        from ..export.chart import chart_svg

        clocks = {name for name, column in self._columns().items() if column.notation.kind == "time"}
        return chart_svg(title, self._rows(), clocks)

    def json(self, when: str) -> str:
        """The same rows, with the settings that made them. when: the date to put down."""
        return tables.to_json(self._rows(), self._settings(when), self._shifts is not None)

    def settings(self, when: str) -> str:
        """What made the readings, as JSON."""
        return json.dumps(self._settings(when), indent=1) + "\n"

    def audit_report(self, title: str, when: str) -> str:
        """One HTML file with the crops beside every number, as far as pixels are kept."""
        observations = self._project.observations
        readouts = {readout.name: readout for readout in self._project.editor.readouts}
        kept = {name: observations.looks_kept(readout) for name, readout in readouts.items()}

        def crops(row: tables.Row) -> list[Crop]:
            return observations.crops_read(row.frame, readouts[row.readout], kept[row.readout])

        return audit_report(title, self._rows(), crops, self._settings(when))

    def classifier(self, model: bytes, card: str) -> bytes:
        """A backbone and its head in one ONNX file. model: the file of the backbone, of either kind; card: its card."""
        facts = Card.from_json(card)
        return onnx.append_head(model, self._head(facts.stride > 0), facts)

    def example(self, card: str) -> str:
        """A Python program that runs the classifier."""
        facts = Card.from_json(card)
        return onnx.example(facts, self._head(facts.stride > 0).classes_)

    def save(self, name: str, clips: str = "") -> bytes:
        """The project as a .readout.zip; see docs/project-file.md. clips: what `Workbench.open` gives back with it."""
        backbone, head = self._project.learner.backbone, self._project.learner.head
        document, frames = self._project.editor.document, self._project.frames
        of_clips = {frames[k].name for k in np.flatnonzero(frames.of_clips)}
        patches = frames.patches.all()
        project = Project(
            name=name,
            backbone=BackboneId(backbone.name, backbone.sha256),
            frames=list(frames),
            document=document,
            examples=list(self._project.examples.given),
            patches={key: patch for key, patch in patches.items() if key[0] not in of_clips or key in document.typed},
            head=SavedHead.of(head) if head else None,
            shifts=self._project.observations.stabilizer.shifts,
            looks=self._project.observations.video_embeddings(),
            clips=clips,
        )
        return project.to_bytes(self.csv() if self._project.observations.columns() else None)

    def _columns(self) -> dict[str, AnyColumn]:
        columns = self._project.observations.columns()
        if not columns:
            raise ReadoutError("nothing has been read yet: mark the number first")
        return columns

    @property
    def _shifts(self) -> Mapping[str, Shift] | None:
        """How far every frame has moved, None where boxes follow no anchor."""
        stabilizer = self._project.observations.stabilizer
        return stabilizer.shifts if stabilizer.anchor else None

    def _rows(self) -> Iterator[tables.Row]:
        """All readings as rows, with times where any frame has one."""
        frames = self._project.frames
        names, times = [frame.name for frame in frames], [frame.time_s for frame in frames]
        times = times if any(time is not None for time in times) else []
        typed = self._project.editor.document.typed
        return tables.rows(names, self._columns(), self._project.repairs.outcome, typed, times, self._shifts)

    def _table(self, time_of_day: str = "", **shape: Any) -> "Table":
        """The readings in a shape, see `Shape`. time_of_day: '' for no such column, 'auto' for what the names of
        files say, or what one frame shows; see `TimesOfDay.stated`."""
        from ..export.shapes import Shape
        from ..export.time_of_day import TimesOfDay

        rows, clock = self._rows(), None
        if time_of_day == "auto":
            clock = TimesOfDay.of_names(list(dict.fromkeys(file_of(frame.name) for frame in self._project.frames)))
        elif time_of_day:
            clock = TimesOfDay.stated(time_of_day)
        return Shape(**shape, clock=clock).table(rows, True, self._shifts is not None)

    def _settings(self, when: str) -> dict[str, Any]:
        layout, learner, lines = self._project.editor.require_layout(), self._project.learner, self._project.lines
        examples, windows = self._project.examples, [text for _, text in self._project.examples.windows()]
        has_boxes, has_windows = (any(bool(r.window) == kind for r in layout.readouts) for kind in (False, True))
        found = tables.settings(
            learner.backbone if has_boxes else lines.backbone or learner.backbone,
            self._head(not has_boxes),
            layout,
            labels_of(examples.all()) if has_boxes else windows,
            self._project.observations.columns(),
            self._project.editor.document.rules,
            when,
        )
        if has_boxes and has_windows and lines.backbone:
            found["windows"] = {
                "backbone": {"name": lines.backbone.name, "sha256": lines.backbone.sha256},
                "classes": list(self._head(True).classes_),
                "examples": dict(sorted(Counter(windows).items())),
            }
        return found

    def _head(self, windows: bool = False) -> SoftmaxHead:
        """The head for boxes, or that for windows."""
        head = self._project.lines.head if windows else self._project.learner.head
        if head is None:
            name = "the line backbone" if windows else self._project.learner.backbone.name
            raise ReadoutError(f"{name} has learned nothing yet: type what some frames show first")
        return head
