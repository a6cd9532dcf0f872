"""What a number is known to look like, so that reading it obeys that."""

import re
from dataclasses import dataclass

from ..errors import ReadoutError, quoted
from .number_text import POINTS, count_decimals, count_digits

MASK = re.compile(r"[#\-.,:/%° ]*#[#\-.,:/%° ]*")
CLAUSE = re.compile(r"(digits|decimals)(<=|=)(\d{1,2})")


@dataclass(frozen=True)
class Constraint:
    """A mask, or bounds of how many digits and decimals there are.

    mask: `##.##`, in which each `#` is one digit and every other character stands for itself.
    digits, decimals: (least, most) of digits in all, and of those behind the last point or comma.
    """

    mask: str | None = None
    digits: tuple[int, int] = (0, 99)
    decimals: tuple[int, int] = (0, 99)

    @classmethod
    def parse(cls, text: str) -> "Constraint":
        """From `##.##`, or from `digits=4`, `digits<=3` and `decimals=2` with a space between them.

        Raises ReadoutError for anything else.
        """
        if MASK.fullmatch(text) and len(text) <= 40:
            return cls(mask=text)
        bounds: dict[str, tuple[int, int]] = {}
        for word in text.split():
            found = CLAUSE.fullmatch(word)
            if not found or found[1] in bounds:
                bounds.clear()
                break
            bounds[found[1]] = (int(found[3]) if found[2] == "=" else 0, int(found[3]))
        if not bounds:
            raise ReadoutError(
                "a constraint is a mask such as ##.##, or digits=4, digits<=3, decimals=2 with spaces between them, "
                f"got {quoted(text)}: correct it"
            )
        return cls(None, bounds.get("digits", (0, 99)), bounds.get("decimals", (0, 99)))

    @property
    def states_point(self) -> bool:
        """Whether it says where the point is, so that none need be seen."""
        return self.mask is not None or self.decimals[0] == self.decimals[1]

    def may_begin(self, text: str) -> bool:
        """Whether a text that obeys may begin with `text`."""
        if self.mask is not None:
            return len(text) <= len(self.mask) and _fits(text, self.mask)
        return count_digits(text) <= self.digits[1] and (count_decimals(text) or 0) <= self.decimals[1]

    def accepts(self, text: str) -> bool:
        """Whether a text obeys. An empty one does: nothing is shown."""
        if not text:
            return True
        if self.mask is not None:
            return len(text) == len(self.mask) and _fits(text, self.mask)
        least, most = self.digits
        fewest, longest = self.decimals
        return least <= count_digits(text) <= most and fewest <= (count_decimals(text) or 0) <= longest

    def with_point(self, digits: str) -> str:
        """Digits and signs with the point where it is stated; '' where they cannot have it there."""
        if self.mask is None:
            whole, part = digits[: len(digits) - self.decimals[1]], digits[len(digits) - self.decimals[1] :]
            text = f"{whole}.{part}" if part else whole
        else:
            left = iter(digits)
            text = "".join(mark if mark in POINTS else next(left, "?") for mark in self.mask) + "".join(left)
        return text if self.accepts(text) else ""


def _fits(text: str, mask: str) -> bool:
    return all(c.isdigit() if mark == "#" else c == mark for c, mark in zip(text, mask, strict=False))
