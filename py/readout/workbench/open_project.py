"""An open project: its parts, and what begins, opens and teaches them all."""

from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ReadoutError, quoted
from ..model.async_embedding import Progress
from ..model.backbone import AsyncBackbone
from ..project.project_file import Project
from .editor import EMPTY, Editor
from .example_store import ExampleStore
from .frame_store import FrameStore
from .learner import Learner
from .line_learner import LineLearner
from .observation_store import ObservationStore
from .repairs import Repairs


class OpenProject:
    """The parts of one project, which stay the same objects whatever is opened in them.

    editor: the document with its history. frames: what there is to read. learner: the backbone and the head for boxes;
    lines: those for windows.
    observations: what was seen in frames, and the readings. examples: what the head learns from. repairs: what rules
    find.
    """

    def __init__(self, backbone: AsyncBackbone):
        self.editor, self.frames, self.learner = Editor(), FrameStore(), Learner(backbone)
        self.lines = LineLearner()
        self.observations = ObservationStore(self.editor, self.frames, self.learner, self.lines)
        self.examples = ExampleStore(self.editor, self.observations)
        self.repairs = Repairs(self.editor, self.frames, self.observations)

    def begin(self) -> None:
        """Begin an empty project."""
        self.editor.open(EMPTY)
        self.examples.take(())
        self.frames.clear()
        self.learner.clear()
        self.lines.clear()
        self.observations.clear()
        self.repairs.clear()

    def use(self, backbone: AsyncBackbone) -> None:
        """Go on with this backbone, and with no more than its prior knows."""
        self.learner.use(backbone)
        self.observations.forget()
        self.repairs.clear()

    def use_lines(self, backbone: AsyncBackbone) -> None:
        """Read windows with this backbone; before that they are not read."""
        self.lines.use(backbone)
        self.observations.arrange()

    def open(self, data: bytes) -> dict[str, Any]:
        """Go on with a saved project, if it can be: before that nothing is changed.

        data: a .readout.zip. Returns its 'name', 'frames' and 'clips'.
        """
        project, backbone = Project.from_bytes(data), self.learner.backbone
        if project.backbone.sha256 != backbone.sha256:
            raise ReadoutError(
                f"the project {quoted(project.name)} was made with the backbone {project.backbone.name}, "
                f"this page works with {backbone.name}: choose the other one in the demo, then open it again"
            )
        head = project.restore_head(backbone)
        self.begin()
        self.editor.open(project.document)
        self.observations.take_shifts(project.shifts)
        frames = [frame._asdict() for frame in project.frames]
        self.frames.replace(frames)
        self.examples.take(project.examples)
        for (frame, readout), patch in project.patches.items():
            self.frames.patches.put(frame, readout, patch)
        self.learner.take_head(head, self.examples.all())
        if project.looks:
            self.observations.take_video_embeddings(project.looks)
        return {"name": project.name, "frames": frames, "clips": project.clips}

    def set_frames(self, frames: Sequence[Mapping[str, Any]] | Mapping[str, Any]) -> dict[str, Any]:
        """Take these as the project's frames; what is known of those that stay is kept. See `FrameStore.replace`."""
        self.observations.rearrange(self.frames.replace(frames))
        return self.editor.state()

    def set_examples(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Learn from these pictures of a dataset, too; see `ExampleStore.take_pictures`."""
        self.examples.take_pictures(examples)
        return self.editor.state()

    async def learn(self, progress: Progress) -> dict[str, Any] | None:
        """Learn all examples, and reread by the new head. Returns 'examples', 'fit_s'; None where nothing is new."""
        document, given = self.editor.document, self.examples.given

        def current() -> bool:
            return self.editor.document is document and self.examples.given is given

        learned = await self.learner.learn(self.examples.all(), progress, current)
        lines = await self.lines.learn(self.examples.windows(), progress, current)
        if learned or lines:
            self.observations.reread()
        return learned or lines
