"""The one base class of every error that Readout raises on purpose, and how values stand in messages."""

LONGEST_MESSAGE = 2000
"""Characters of a message. Of a longer one the middle is left out: the rule comes first, the next step last."""
LONGEST_VALUE = 60


class ReadoutError(ValueError):
    """Something the caller can fix: the message gives the rule, the value received, the next step."""

    def __init__(self, message: str = "") -> None:
        super().__init__(bounded(message, LONGEST_MESSAGE))


def bounded(text: str, limit: int) -> str:
    """`text`, or its beginning and its end with an ellipsis between them, `limit` characters in all."""
    if len(text) <= limit:
        return text
    end = limit // 4
    return f"{text[: limit - end - 1]}…{text[len(text) - end :]}"


def quoted(value: object) -> str:
    """A value for a message: at most 60 characters of it."""
    if isinstance(value, int) and abs(value) > 1 << 64:  # which Python may refuse to print
        return "a larger number"
    if isinstance(value, str):
        value = value[: LONGEST_VALUE + 1]
    text = repr(value) if isinstance(value, str | int | float | None) else type(value).__name__
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 3] + "..."


def pip_install(extra: str) -> str:
    """The command that adds one of the package's extras to where Readout is installed."""
    return f'pip install "readout-numbers[{extra}]"'
