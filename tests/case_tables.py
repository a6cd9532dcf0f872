"""Tables of cases in tests/cases, for what must exist in Python and in JavaScript: tests/site reads the same ones."""

import json
from pathlib import Path

CASES = Path(__file__).with_name("cases")


def cases(name: str):
    """The cases in tests/cases/NAME.json."""
    return json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
