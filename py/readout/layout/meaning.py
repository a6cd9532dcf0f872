"""What the texts of a readout mean, as far as a person has stated it."""

from dataclasses import dataclass
from typing import Any

from ..errors import ReadoutError, quoted

NUMBER, TIME, HEX, TEXT = "number", "time", "hex", "text"
KINDS = (NUMBER, TIME, HEX, TEXT)
"""What a readout can be."""
DECIMAL_SIGNS = (".", ",")
"""What can stand before the decimals of a number."""
SCALE, ASIDE = "scale", "aside"
UNITS = (SCALE, ASIDE)
"""What can be done with the k of 4.5k: multiply by it, or set it aside."""


@dataclass(frozen=True)
class Meaning:
    """What a person has stated; None where it is guessed from what is read, see `readings.notation_evidence`.

    kind: one of KINDS. decimal: the sign before the decimals, one of DECIMAL_SIGNS; the other one then separates
    thousands. units: one of UNITS; 'scale' takes k, M, G, µ, m and % as factors, 'aside' none of them.
    Raises ReadoutError for anything else.
    """

    kind: str | None = None
    decimal: str | None = None
    units: str | None = None

    def __post_init__(self) -> None:
        for name, known in (("kind", KINDS), ("decimal", DECIMAL_SIGNS), ("units", UNITS)):
            value = getattr(self, name)
            if value is not None and value not in known:
                raise ReadoutError(
                    f"the {name} of a readout is one of {', '.join(map(repr, known))}, got "
                    f"{quoted(value)}: choose one, "
                    "or leave it out to have it guessed"
                )

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> "Meaning":
        """From a readout's fields in layout.json; they may lack."""
        return cls(fields.get("kind"), fields.get("decimal"), fields.get("units"))

    def fields(self) -> dict[str, str]:
        """Those that are stated, for layout.json."""
        return {name: value for name, value in vars(self).items() if value is not None}


NOT_STATED = Meaning()
