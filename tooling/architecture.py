"""Two rules of the project that no linter has: `python -m tooling.architecture` says where they are broken.

Attributes: a statement assigns an attribute only of `self` or `cls`, or of an object that the same
function has just made, by calling a class, `cls`, `__new__` or `copy`; others change it by its methods.
PyAV's settings, which have none, are excepted.

Constants: what is written in Python and in the page's JavaScript under one name must not have one
value, nor two lists that share an element; and a string or a large number of the file of constants
that the build generates must not be written again elsewhere in the page.
"""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tooling import constants

OWN = ("py", "tooling")
GENERATED = constants.TARGET.as_posix()
CONSTANT = re.compile(r"^(?:export )?const ([A-Z][A-Z0-9_]*) = (.*?);?$", re.MULTILINE)
DISTINCT_NUMBER = 100
"""Numbers of the generated file from here on are looked for elsewhere; smaller ones mean something else there."""
DISTINCT_LETTERS = 6
SETTINGS = ("thread_count", "pts", "dts")
"""Attributes by which another library is told what to do."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def main(root: Path) -> int:
    """Print each violation in the checkout. Returns 1 when there is any, or 0."""
    found = [*foreign_attributes(root), *doubled_constants(root)]
    print(*found, sep="\n")
    return 1 if found else 0


def foreign_attributes(root: Path) -> Iterator[str]:
    """`file:line: what` of each statement that assigns or deletes another object's attribute."""
    for path in (path for folder in OWN for path in sorted((root / folder).rglob("*.py"))):
        for line, text in _assigned(ast.parse(path.read_text(encoding="utf-8")), {"self", "cls"}):
            yield (
                f"{path.relative_to(root).as_posix()}:{line}: {text} is another object's attribute: "
                "give its class a method, or make a new object"
            )


def doubled_constants(root: Path) -> Iterator[str]:
    """`file:line: what` of each constant of the page that Python or the generated file has, too."""
    python = _python_constants(root)
    generated = root / GENERATED
    values = dict(_constants(generated)) if generated.is_file() else {}
    for path in sorted((root / "site").rglob("*.js")):
        if path == generated:
            continue
        text, place = path.read_text(encoding="utf-8"), path.relative_to(root).as_posix()
        for name, value in _constants(path):
            where = next((where for where, there in python.get(name, ()) if _same(value, there)), None)
            if where:
                yield f"{place}: {name} is also in {where}: take it from {GENERATED}, which the build writes"
        for name, value in values.items():
            if _is_written(value, text):
                yield f"{place}: {value!r} is {name} of {GENERATED}: import it"


def _assigned(node: ast.AST, own: set[str]) -> Iterator[tuple[int, str]]:
    """Line and text of foreign attributes that are assigned in a scope and those inside it."""
    own = own | {name for inner in _scope(node) for name in _made(inner)}
    for inner in _scope(node):
        for target in _targets(inner):
            if not isinstance(target, ast.Attribute) or target.attr in SETTINGS:
                continue
            if not isinstance(target.value, ast.Name) or target.value.id not in own:
                yield target.lineno, ast.unparse(target)
        if isinstance(inner, Function | ast.ClassDef):
            yield from _assigned(inner, {"self", "cls"})


def _scope(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of one scope; of functions and classes inside it only the definition itself."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, Function | ast.ClassDef):
            yield from _scope(child)


def _made(node: ast.AST) -> Iterator[str]:
    """Names that a statement binds to an object that it makes."""
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return
    called = ast.unparse(node.value.func).rpartition(".")[2]
    if called[:1].isupper() or called in ("cls", "__new__", "copy"):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _targets(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assign | ast.Delete):
        for target in node.targets:
            yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        yield node.target
    elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr", "object.__setattr__"):
        yield ast.Attribute(value=node.args[0], attr="…", lineno=node.lineno)


def _python_constants(root: Path) -> dict[str, list[tuple[str, object]]]:
    """By name, without a leading underscore: the modules that have it, and the values there."""
    found: dict[str, list[tuple[str, object]]] = {}
    for path in sorted((root / "py").rglob("*.py")):
        for name, value in constants.module_constants(path).items():
            found.setdefault(name.lstrip("_"), []).append((path.relative_to(root).as_posix(), value))
    return found


def _constants(path: Path) -> Iterator[tuple[str, object]]:
    """Names and values of a script's constants that are written as in Python: numbers, their products, texts, lists."""
    for name, text in CONSTANT.findall(path.read_text(encoding="utf-8")):
        with suppress(SyntaxError):
            yield from constants.literals(f"{name} = {text}").items()


def _same(one: object, other: object) -> bool:
    if isinstance(one, list) and isinstance(other, list | tuple | set | frozenset):
        return any(element in other for element in one)
    return not isinstance(one, bool | None) and one == other


def _is_written(value: object, text: str) -> bool:
    if isinstance(value, str) and len(value) >= DISTINCT_LETTERS:
        return f'"{value}"' in text
    if isinstance(value, int | float) and value >= DISTINCT_NUMBER:
        return bool(re.search(rf"(?<![\w.#]){value}(?![\w.])", text.replace("_", "")))
    return False


if __name__ == "__main__":
    sys.exit(main(Path.cwd()))
