"""The lesson's own code, edited: put in place of the project's, run, and every error traced to a line of it."""

import __future__

import contextlib
import importlib
import io
import sys
import traceback
from collections.abc import Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from ..errors import ReadoutError
from ..model.backbone import BackboneInfo
from .lesson import Lesson

MOST_PRINTED = 4_000
"""Characters of what edited code prints that are kept."""
_MEANING = {
    "NameError": "Python does not know that name here: is it spelt as where it was defined?",
    "IndentationError": "The spaces at the beginning of the line do not fit those around it.",
    "SyntaxError": "Python cannot make sense of this line: does a bracket, a quote or a colon lack?",
    "AttributeError": "The thing before the dot has nothing of that name.",
    "KeyError": "There is no entry of that name.",
    "IndexError": "There is no entry at that place: counting begins at 0.",
    "ZeroDivisionError": "Something is divided by zero.",
    "RecursionError": "The function calls itself, and never stops doing so.",
    "MemoryError": "That needs more memory than the tab has: make the arrays smaller.",
    "ModuleNotFoundError": "Here are only numpy, Python's own library, and Readout.",
}
"""What an exception means, for who has not met it before."""
_SHAPES = ("broadcast", "matmul", "shape", "dimension", "axis")


class CodeError(Exception):
    """Edited code that does not run. source: which, as `apply` names it; line: from 1, or None; words: for a person."""

    def __init__(self, source: str, line: int | None, words: str):
        super().__init__(words)
        self.source, self.line, self.words = source, line, words


def run(data: bytes, backbone: BackboneInfo, code: Mapping[str, str]) -> dict[str, Any]:
    """Run a lesson's file with edited code. Returns what `Lesson.run` does and 'printed', the text that it printed.

    Or, where the code fails, 'error': {'source', 'line', 'words', 'traceback'}, beside 'printed'.
    """
    lesson = Lesson.from_bytes(data)
    output = io.StringIO()
    try:
        with contextlib.redirect_stdout(_Limited(output)), applied(code):
            found = lesson.run(backbone)  # type: ignore[arg-type]  # all embeddings are there
    except CodeError as error:
        found = {"error": {"source": error.source, "line": error.line, "words": error.words, "traceback": ""}}
    except Exception as error:
        found = {"error": _described(error, code)}
    return {**found, "printed": output.getvalue()}


@contextlib.contextmanager
def applied(code: Mapping[str, str]) -> Iterator[None]:
    """Have edited code in place of the project's, inside the `with`.

    code: by source, 'py/readout/model/training.py#fit_head' or with '#Class.method', the text that defines that name;
    what else it defines is its own. Raises CodeError for text that is no Python, or defines no such name.
    """
    undo: list[tuple[Any, str, Any]] = []
    before: dict[str, dict[str, Any]] = {}
    try:
        for source, text in code.items():
            module, holder, name = _place(source)
            before.setdefault(module.__name__, dict(vars(module)))
            old = getattr(holder, name)
            new = _defined(source, text, module, name)
            if holder is module:
                for other in _modules():
                    for key in [key for key, value in vars(other).items() if value is old]:
                        undo.append((other, key, old))
                        vars(other)[key] = new
                vars(module)[name] = new
            else:
                undo.append((holder, name, old))
                type.__setattr__(holder, name, new)
        yield
    finally:
        for holder, name, old in reversed(undo):
            if isinstance(holder, ModuleType):
                vars(holder)[name] = old
            else:
                type.__setattr__(holder, name, old)
        for module_name, names in before.items():
            vars(sys.modules[module_name]).clear()
            vars(sys.modules[module_name]).update(names)


def _modules() -> list[ModuleType]:
    root = __name__.partition(".")[0]
    return [module for name, module in sys.modules.items() if name.startswith(f"{root}.")]


def _place(source: str) -> tuple[ModuleType, Any, str]:
    """The module, what holds the name there, and the name."""
    path, _, symbol = source.partition("#")
    name = path.removeprefix("py/").removesuffix(".py").replace("/", ".")
    try:
        if not name.startswith("readout."):
            raise ImportError(name)
        module = importlib.import_module(name)
        holder_name, _, own = symbol.rpartition(".")
        holder = getattr(module, holder_name) if holder_name else module
        if not isinstance(getattr(holder, own), FunctionType):
            raise AttributeError(own)
    except (ImportError, AttributeError) as error:
        raise ReadoutError(
            f"edited code replaces a function of the project, got {source[:80]!r}: reset the step"
        ) from error
    return module, holder, own


def _defined(source: str, text: str, module: ModuleType, name: str) -> Any:
    try:
        compiled = compile(text, source, "exec", flags=__future__.annotations.compiler_flag, dont_inherit=True)
    except SyntaxError as error:
        raise CodeError(source, error.lineno, _words(error)) from error
    except ValueError as error:  # null bytes
        raise CodeError(source, None, _words(error)) from error
    old = vars(module).pop(name, None)
    try:
        exec(compiled, vars(module))
        if name not in vars(module):
            raise CodeError(
                source, None, f"This step has to define {name}, and does not: keep the line “def {name}(…):”."
            )
        return vars(module)[name]
    finally:
        vars(module).pop(name, None)
        if old is not None:
            vars(module)[name] = old


def _described(error: Exception, code: Mapping[str, str]) -> dict[str, Any]:
    """Where in the edited code an error arose, and what it means."""
    trace = traceback.extract_tb(error.__traceback__)
    places = [frame for frame in trace if frame.filename in code]
    place = places[-1] if places else None
    source = place.filename if place else next(iter(code), "")
    words = _words(error)
    if place is None:
        words += " It was noticed after your code had run, in what it gave back."
    lines = [f"{frame.filename.rpartition('/')[2]}, line {frame.lineno}, {frame.name}" for frame in trace]
    return {"source": source, "line": place.lineno if place else None, "words": words, "traceback": "\n".join(lines)}


def _words(error: Exception) -> str:
    name, said = type(error).__name__, str(getattr(error, "msg", None) or error)
    meaning = _MEANING.get(name, "")
    if name == "ValueError" and any(word in said for word in _SHAPES):
        meaning = "The arrays have shapes that do not fit each other: print(x.shape) shows one."
    return f"{name}: {said[:300]}{'' if said.endswith(('.', '?')) else '.'} {meaning}".strip()


class _Limited(io.TextIOBase):
    """Text as far as it goes: a loop that prints must not fill the memory."""

    def __init__(self, file: io.StringIO):
        self._file, self._left = file, MOST_PRINTED

    def write(self, text: str) -> int:
        self._file.write(text[: self._left])
        self._left -= min(len(text), self._left)
        return len(text)
