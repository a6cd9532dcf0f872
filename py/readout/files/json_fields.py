"""JSON from anywhere: parsed without surprises, its fields checked one by one."""

import json
from typing import Any, NoReturn, TypeVar

from ..errors import ReadoutError, quoted

T = TypeVar("T", dict[str, Any], list[Any], str, int)


def parse(text: str | bytes, what: str) -> Any:
    """The value that JSON text states. Raises ReadoutError, naming `what` it is, for anything else, NaN included."""

    def no_number(name: str) -> NoReturn:
        raise ValueError(f"{name} is no JSON number")

    try:
        return json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError) as error:  # ValueError also for bytes that are no text, and for 5000 digits
        raise ReadoutError(
            f"{what} is JSON, got something that is not ({error}): correct that place, or restore a copy"
        ) from error


def field(entry: Any, key: str, where: str, kind: type[T]) -> T:
    """`entry[key]`, which is a JSON value of that kind: dict, list, str or int.

    Raises ReadoutError where the entry is no object, lacks the key, or holds something else.
    """
    check(entry, where, dict)
    if key not in entry:
        raise ReadoutError(f"{where} has the field {key!r}, got {', '.join(map(quoted, entry)) or 'none'}: add it")
    return check(entry[key], f"{key!r} of {where}", kind)


def check(value: Any, where: str, kind: type[T]) -> T:
    """`value`, or a ReadoutError where it is no JSON value of that kind."""
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ReadoutError(f"{where} is {_NAMES[kind]}, got {quoted(value)}: correct it")
    return value


def numbers(values: Any, count: int, where: str) -> tuple[float, ...]:
    """`values`, a JSON list of `count` numbers, as floats, or a ReadoutError."""
    numeric = isinstance(values, list) and all(type(value) in (int, float) for value in values)
    if not numeric or len(values) != count:
        got = f"[{', '.join(map(quoted, values[:8]))}]" if isinstance(values, list) else quoted(values)
        raise ReadoutError(f"{where} is {count} numbers, got {got}: correct it")
    try:
        return tuple(float(value) for value in values)
    except OverflowError as error:
        raise ReadoutError(f"{where} is {count} numbers below 1e308, got a larger one: correct it") from error


_NAMES = {dict: "an object", list: "a list", str: "a text", int: "a whole number"}
