"""What the page may call: every name in the table leads to a method, and no other name does."""

import inspect
import re
from pathlib import Path

import pytest

from readout.errors import ReadoutError
from readout.model.onnx_backbone import OnnxBackbone
from readout.workbench.calls import DEMO, FUNCTIONS, METHODS, find
from readout.workbench.demo import Demo
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited


@pytest.fixture(scope="module")
def projects(data_folder):
    """The user's own and the demo."""
    glyphs = OnnxBackbone.named()
    backbone = Awaited(glyphs, glyphs.prior)
    return Workbench(backbone), Demo(data_folder, [], backbone)


@pytest.mark.parametrize("name", [*METHODS, *DEMO, *FUNCTIONS])
def test_every_name_leads_to_a_public_method_that_says_what_it_does(projects, name):
    found = find(*projects, name)
    assert inspect.isroutine(found) and found.__doc__
    assert not found.__name__.startswith("_")


@pytest.mark.parametrize(
    "name", ["", "begin", "workbench/editor", "workbench/_review", "workbench/__class__", "exports/csv/", "demo/bench"]
)
def test_no_other_name_does(projects, name):
    with pytest.raises(ReadoutError, match="workbench/calls.py"):
        find(*projects, name)


SITE = Path(__file__).resolve().parents[2] / "site"
QUOTED = re.compile(r"\"([\w/]+)\"")
WORKER = {"demo/decode"}
"""What the Python worker answers itself."""
DEFAULTS = {"call": "workbench", "edit": "workbench", "take": "exports"}
"""The page's functions that call Python, and the namespace that each takes where none is named."""


def asked():
    """(file, namespace/name) of each call that the page's scripts write out."""
    for path in sorted(SITE.rglob("*.js")):
        text = path.read_text(encoding="utf-8")
        if not re.search(r"import \{[^}]*\bcall\b[^}]*\} from \"[./]*(?:session/)?python\.js\"", text):
            continue
        for found in re.finditer(r"(?<![.\w])(call|edit|take)\(\s*\"(\w+)\"", text):
            end = depth = 0
            for end in range(found.start(2), len(text)):
                depth += {"(": 1, ")": -1}.get(text[end], 0)
                if depth < 0:
                    break
            options = text[found.end() : end]
            named = re.search(r"namespace: \"(\w+)\"", options)
            namespace = named[1] if named else "demo" if "DEMO" in options else DEFAULTS[found[1]]
            yield path.relative_to(SITE).as_posix(), f"{namespace}/{found[2]}"


def test_what_the_page_calls_is_in_a_table_and_nothing_else_is():
    names, calls = {*METHODS, *DEMO, *FUNCTIONS, *WORKER}, set(asked())
    assert len(calls) > 30
    assert [each for each in sorted(calls) if each[1] not in names] == []
    quoted = {name for path in SITE.rglob("*.js") for name in QUOTED.findall(path.read_text(encoding="utf-8"))}
    assert [name for name in names if not {name, name.rpartition("/")[2]} & quoted] == []
