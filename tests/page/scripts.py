"""JavaScript that tests have the page run: functions in files beside the tests."""

from pathlib import Path


class Scripts:
    """What a file beside the tests exports, each function as Playwright takes it: `Scripts("storage.js").saveAll`.

    A function runs in the page together with the rest of its file, anew each time; what lasts is in the page.
    """

    def __init__(self, name: str):
        text = (Path(__file__).parent / name).read_text(encoding="utf-8")
        self._source = "\n".join(line.removeprefix("export ") for line in text.splitlines())

    def __getattr__(self, name: str) -> str:
        return f"(...given) => {{\n{self._source}\nreturn {name}(...given);\n}}"
