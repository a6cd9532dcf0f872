"""The page's lesson shows the project's own Python: this module puts it there at build time.

`<code data-source="py/readout/model/head.py#SoftmaxHead.predict_proba"></code>` gets the source of that
class, function or method, dedented and without docstrings. A link to `source/model/head.py.txt` gets the whole module.
"""

import ast
import html
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

from tooling.errors import BuildError

ELEMENT = re.compile(
    r"""(?P<open><(?P<tag>[a-z]+)\b[^<>]*\bdata-source=(?P<quote>["'])(?P<source>.*?)(?P=quote)[^<>]*>)"""
    r"""(?P<content>.*?)(?P<close></(?P=tag)>)""",
    re.DOTALL,
)
MODULE = re.compile(r'href="(source/[\w/]+\.py\.txt)"')
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def fill(page: str, root: Path) -> str:
    """The page's HTML with the source of every element that has `data-source` inside it.

    Raises BuildError when an element isn't closed, or names an unknown file or symbol.
    """
    filled, count = ELEMENT.subn(
        lambda found: found["open"] + html.escape(_source_for(found["source"], root)) + found["close"],
        page,
    )
    written = len(re.findall(r"\bdata-source=", page))
    if count != written:
        raise BuildError(
            f"of {written} data-source attributes in index.html {count} are understood: write each as "
            '<code data-source="py/readout/file.py#Name"></code>, quoted, in an element that is closed'
        )
    return filled


def modules(page: str, root: Path) -> dict[str, Path]:
    """The modules of py/readout that the page links to, by their names in the site, as in source/model/head.py.txt.

    Raises BuildError for one that is not there.
    """
    found = {link: root / "py" / "readout" / link[len("source/") : -len(".txt")] for link in MODULE.findall(page)}
    missing = [link for link, path in found.items() if not path.is_file()]
    if missing:
        raise BuildError(f"index.html links to {missing[0]}, and py/readout has no such file: correct the link")
    return found


def source_of(module: str, symbol: str) -> str:
    """The source of `symbol` (`Class`, `function` or `Class.method`) in a module's text, no docstrings.

    Raises KeyError, with the symbols that exist, when there is none.
    """
    symbols = dict(_symbols(ast.parse(module)))
    if symbol not in symbols:
        raise KeyError(", ".join(symbols) or "none")
    node = symbols[symbol]
    lines = module.splitlines()
    dropped: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, Definition):
            dropped |= _docstring_lines(inner, lines)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    kept = [lines[number - 1] for number in range(first, node.end_lineno + 1) if number not in dropped]
    return textwrap.dedent("\n".join(kept))


def _source_for(reference: str, root: Path) -> str:
    name, _, symbol = reference.partition("#")
    here = f'data-source="{reference}" in index.html'
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or path.suffix != ".py" or not path.is_file():
        raise BuildError(
            f"{here} must name a Python file of the repository, as in py/readout/model/head.py#SoftmaxHead.fit"
        )
    try:
        return source_of(path.read_text(encoding="utf-8"), symbol)
    except KeyError as error:
        raise BuildError(f"{here}: {name} has no {symbol or 'symbol of no name'}; it has {error.args[0]}") from error
    except SyntaxError as error:
        raise BuildError(f"{here}: {name} is not valid Python ({error}): correct it") from error


def _symbols(parent: ast.AST, prefix: str = "") -> Iterator[tuple[str, Definition]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, Definition):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _symbols(node, f"{prefix}{node.name}.")


def _docstring_lines(node: Definition, lines: list[str]) -> set[int]:
    """Line numbers of a docstring and the blank line after it; none where it is the whole body."""
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is None or len(node.body) == 1 or first.lineno == node.lineno:
        return set()
    numbers = set(range(first.lineno, first.end_lineno + 1))
    if not lines[first.end_lineno].strip():
        numbers.add(first.end_lineno + 1)
    return numbers
