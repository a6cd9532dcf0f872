"""What every reader of numbers counts in a text."""

POINTS = ".,"


def count_digits(text: str) -> int:
    """How many digits a text has."""
    return sum(character.isdigit() for character in text)


def count_decimals(text: str, points: str = POINTS) -> int | None:
    """How many digits stand behind the last of its points; None without one."""
    point = max(map(text.rfind, points))
    return None if point < 0 else count_digits(text[point:])
