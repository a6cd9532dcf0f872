"""What the rules of a project find in its readings."""

from typing import TYPE_CHECKING

from .editor import Editor
from .frame_store import FrameStore
from .observation_store import ObservationStore

if TYPE_CHECKING:
    from ..rules.repair import Outcome, Repair


class Repairs:
    """The findings of the document's rules at the last `update`. outcome: None without rules or readings."""

    def __init__(self, editor: Editor, frames: FrameStore, observations: ObservationStore):
        self._editor, self._frames, self._observations = editor, frames, observations
        self.clear()

    def clear(self) -> None:
        """Forget what was found."""
        self.outcome: Outcome | None = None

    def update(self) -> None:
        """Apply the document's rules to the readings as they are now."""
        columns, names = self._observations.columns(), [readout.name for readout in self._editor.readouts]
        document = self._editor.document
        if not columns or not document.live_rules:
            self.clear()
            return
        from ..rules.repair import repair  # no part of a first visit
        from ..rules.rules import rule_from_json

        rules = [rule_from_json(entry, names) for entry in document.live_rules]
        typed = {
            (readout, row): text
            for (frame, readout), text in document.typed.items()
            if (row := self._frames.row(frame)) >= 0 and readout in columns
        }
        self.outcome = repair(columns, rules, typed)

    def of(self, readout: str, row: int) -> "Repair | None":
        """The repair of a reading, None where it needs none."""
        return self.outcome.repairs.get(readout, {}).get(row) if self.outcome else None
