"""A readout that is shown in some frames alone: those in which another one, a mark, shows a certain text, or looks as
it did when that was stated.
"""

from dataclasses import dataclass
from typing import Any

from ..errors import ReadoutError, quoted
from ..files.json_fields import check, field

LOOK_BYTES = 48
"""Of a look, one for each of its cells."""


@dataclass(frozen=True)
class Condition:
    """readout: the name of the mark. text: what it shows in those frames, without blanks around it; or look: what it
    looks like there, LOOK_BYTES, see `imaging.look`."""

    readout: str
    text: str = ""
    look: bytes = b""

    def __post_init__(self) -> None:
        if self.look:
            if self.text or len(self.look) != LOOK_BYTES:
                raise ReadoutError(
                    f"a look of {quoted(self.readout)} is {LOOK_BYTES} bytes and no text, got {len(self.look)} and "
                    f"{quoted(self.text)}: choose it again in a frame"
                )
            return
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
        mark = field(fields, "readout", f"{where}, only", str)
        if "look" not in fields:
            return cls(mark, field(fields, "text", f"{where}, only", str))
        stated = field(fields, "look", f"{where}, only", str)
        try:
            return cls(mark, look=bytes.fromhex(stated))
        except ValueError as error:
            raise ReadoutError(
                f"{where}, only: a look is {2 * LOOK_BYTES} hexadecimal digits, got {quoted(stated)}: choose it again"
            ) from error

    @property
    def words(self) -> str:
        """What the mark does in those frames."""
        return "looks as chosen" if self.look else f"shows {quoted(self.text)}"

    def fields(self) -> dict[str, Any]:
        """For layout.json."""
        return {"readout": self.readout, **({"look": self.look.hex()} if self.look else {"text": self.text})}
