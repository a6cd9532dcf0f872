"""A readout that is shown in some frames alone: those in which another one, a mark, shows a certain text."""

from dataclasses import dataclass
from typing import Any

from ..errors import ReadoutError, quoted
from ..files.json_fields import check, field


@dataclass(frozen=True)
class Condition:
    """readout: the name of the mark. text: what it shows in those frames, without blanks around it."""

    readout: str
    text: str

    def __post_init__(self) -> None:
        if not self.text or self.text != self.text.strip() or "?" in self.text:
            raise ReadoutError(
                f"a readout is limited to frames in which {quoted(self.readout)} shows a text that is known, "
                f"got {self.text[:40]!r}: type what it shows, then choose that"
            )

    @classmethod
    def from_fields(cls, entry: object, where: str) -> "Condition | None":
        """From 'only' in layout.json; None where it is missing or null."""
        if entry is None:
            return None
        fields = check(entry, f"{where}, only", dict)
        return cls(field(fields, "readout", f"{where}, only", str), field(fields, "text", f"{where}, only", str))

    def fields(self) -> dict[str, Any]:
        """For layout.json."""
        return {"readout": self.readout, "text": self.text}
