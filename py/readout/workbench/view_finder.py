"""In which view the numbers of a project's readouts are clearest: as stated, upside down, or in a mirror."""

from typing import TYPE_CHECKING, Any

import numpy as np

from ..layout.layout import Readout
from ..model.async_embedding import Progress
from .editor import Editor
from .frame_store import FrameStore
from .line_learner import LineLearner

if TYPE_CHECKING:
    from .observation_store import ObservationStore


class ViewFinder:
    """Looks at a few frames of each readout again, in every view, until a person has typed enough; see `orientation`,
    which is no part of a first visit."""

    def __init__(self, observations: "ObservationStore", editor: Editor, frames: FrameStore, lines: LineLearner):
        self._observations, self._editor, self._frames, self._lines = observations, editor, frames, lines
        self.clear()

    def clear(self) -> None:
        """Forget what was found."""
        self._arranged = 0
        self._looked: dict[str, tuple[tuple[Any, ...], list[int]]] = {}
        self._views: dict[str, tuple[tuple[Any, ...], str]] = {}

    def rearrange(self) -> None:
        """Frames are in other rows now."""
        self._arranged += 1

    def glances(self, rows: np.ndarray) -> np.ndarray:
        """Which of some rows are glanced at to see how a display is seen: indices, int."""
        from ..readings.orientation import spread

        return np.flatnonzero(np.isin(rows, spread(len(self._frames))))

    def looked_at(self) -> dict[str, list[int]]:
        """By readout the frames in which is looked how its display is seen; see `orientation`."""
        from ..readings.orientation import is_known, looked_at, spread

        found = {}
        for name, column in self._observations.columns().items():
            readout = column.readout
            if (window := self._window(readout)) is None or is_known(self._editor.document.typed, name):
                continue
            state = (*_placed(readout), self._arranged, int(column.given.sum()), self._lines.head)
            known = self._looked.get(name)
            if known is None or known[0] != state or not known[1]:
                rows = looked_at(column, spread(len(self._frames)))
                self._looked[name] = known = state, [self._kept_alike(readout, window, row) for row in rows]
            found[name] = known[1]
        return found

    async def look(self, progress: Progress) -> None:
        """Look in which view each readout's numbers are clearest, where that is not known and pixels are kept."""
        from ..readings.orientation import clearer_view, evidence, in_each_view

        for name, rows in self.looked_at().items():
            column = self._observations.columns().get(name)
            if column is None or (window := self._window(column.readout)) is None:
                continue  # the layout has changed meanwhile
            kept = [self._observations.crops(self._frames[k].name, window) for k in rows]
            crops = [each[0] for each in kept if each]
            state, known = (*self._looked[name][0], len(crops)), self._views.get(name)
            if known and known[0][:-1] == state[:-1] and known[0][-1] >= state[-1]:
                continue  # pixels that were looked at may have been given up since
            head = self._lines.head
            X = await self._lines.embed(in_each_view(column.readout, window, crops), progress)
            self._views[name] = state, clearer_view(evidence(window, head, X))

    def clearer(self, readout: Readout) -> str:
        """The view in which a readout's numbers are clearer than in the stated one, '' where they are not."""
        state, view = self._views.get(readout.name, ((), ""))
        if not view or state[:3] != _placed(readout):
            return ""
        from ..readings.orientation import is_known

        return "" if is_known(self._editor.document.typed, readout.name) else view

    def _kept_alike(self, readout: Readout, window: Readout, row: int) -> int:
        """The first frame in which a window shows the same as in this one, if its pixels are kept."""
        seen = self._observations.of(window)
        assert seen is not None  # there is a column of it
        index = seen.index[:, 0]
        first = int((index == index[row]).argmax())
        return row if self._observations.patch(self._frames[first].name, readout) is None else first

    def _window(self, readout: Readout) -> Readout | None:
        """A readout's window, or the one that checks its boxes."""
        return self._observations.check_of(readout) if readout.window is None else readout


def _placed(readout: Readout) -> tuple[Any, ...]:
    return readout.boxes, readout.turn, readout.mirror
