"""Each rule of docs/architecture.md, and each habit, breaks its check where it is violated."""

import shutil
import tomllib
from pathlib import Path

import pytest

from tooling import checks, npm
from tooling.errors import BuildError
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]
SETTINGS = ["pyproject.toml", "knip.json", "tsconfig.json", "tsconfig.workers.json", "eslint.config.js"]
SETTINGS += [".prettierrc", ".prettierignore", ".dependency-cruiser.cjs"]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = [
    name
    for contract in CONTRACTS
    if contract["type"] == "layers"
    for names in contract["layers"]
    for name in names.split(" | ")
]
WEB = 'import js\nimport pyodide\n\n__all__ = ["js", "pyodide"]\n'
TREE = {
    **{f"py/readout/{name}/__init__.py": "" for name in LAYERS if name not in ("__main__", "web", "errors")},
    "py/readout/__init__.py": "",
    "py/readout/__main__.py": "",
    "py/readout/errors.py": "",
    "py/readout/web.py": WEB,
    "py/readout/project/document.py": 'class Document:\n    name = ""\n',
    "py/readout/video/chunk.py": "FRAMES_PER_CHUNK = 128\n",
    "models/recipe.py": "",
    "tooling/__init__.py": "",
    "tooling/constants.py": "",
    "package.json": '{\n  "type": "module"\n}\n',
    "site/main.js": 'import "./app/App.js";\n',
    "site/app/App.js": 'import "../features/frames/View.js";\nimport "../features/labelling/View.js";\n',
    "site/features/frames/View.js": 'import "../../session/edits.js";\n',
    "site/features/labelling/View.js": 'import "../readings/table_state.js";\n',
    "site/features/readings/table_state.js": 'import "../../state/store.js";\n',
    "site/session/edits.js": 'import { names } from "../state/store.js";\n\nnames.push("text");\n',
    "site/state/store.js": "/** @type {string[]} */\nexport const names = [];\n",
    "site/workers/video/worker.js": 'import "../../media/pixels.js";\n\nself.postMessage({ done: true });\n',
    "site/media/pixels.js": 'import * as constants from "../shared/constants.js";\n\nconsole.info(constants);\n',
    "site/types.d.ts": "type Box = number[];\n",
    "site/shared/constants.js": 'export const FRAMES_PER_CHUNK = 128;\nexport const PROJECT_FILE = "project.json";\n',
}
"""A project that breaks no rule, file by file."""

VIOLATIONS = {
    # what is violated: check, file, what is added to it, what the check says
    "rule 1: the workbench is known below": (
        "imports",
        "py/readout/export/tables.py",
        "import readout.workbench\n",
        "readout.export is not allowed to import readout.workbench",
    ),
    "rule 1: Pyodide is known beside web.py": (
        "imports",
        "py/readout/rules/rules.py",
        "import js\n",
        "readout is not allowed to import js",
    ),
    "rule 2: a video knows the document": (
        "imports",
        "py/readout/video/chunk.py",
        "from readout.project.document import Document\n",
        "readout.video.chunk -> readout.project.document",
    ),
    "rule 3: another object's attribute is assigned": (
        "architecture",
        "py/readout/project/document.py",
        '\n\ndef rename(document: Document) -> None:\n    document.name = ""\n',
        "document.py:6: document.name is another object's attribute",
    ),
    "rule 3: it is set by setattr": (
        "architecture",
        "py/readout/project/document.py",
        '\n\ndef rename(document: Document) -> None:\n    setattr(document, "name", "")\n',
        "document.py:6: document.… is another object's attribute",
    ),
    "rule 4: a worker knows the store": (
        "dependencies",
        "site/workers/video/worker.js",
        'import "../../state/store.js";\n',
        "workers-knows-no-more: site/workers/video/worker.js → site/state/store.js",
    ),
    "rule 5: a feature imports another": (
        "dependencies",
        "site/features/frames/View.js",
        'import "../labelling/View.js";\n',
        "features-are-apart: site/features/frames/View.js → site/features/labelling/View.js",
    ),
    "rule 5: the session imports a feature": (
        "dependencies",
        "site/session/edits.js",
        'import "../features/readings/table_state.js";\n',
        "session-knows-no-more: site/session/edits.js → site/features/readings/table_state.js",
    ),
    "rule 6: a constant has its name in both languages": (
        "architecture",
        "site/media/pixels.js",
        "export const FRAMES_PER_CHUNK = 64 * 2;\n",
        "site/media/pixels.js: FRAMES_PER_CHUNK is also in py/readout/video/chunk.py",
    ),
    "rule 6: a constant's text is written again": (
        "architecture",
        "site/media/pixels.js",
        'export const isProject = (name) => name === "project.json";\n',
        "site/media/pixels.js: 'project.json' is PROJECT_FILE",
    ),
    "rule 7: a recipe imports the benchmarks": (
        "imports",
        "models/recipe.py",
        "import benchmarks.scores\n",
        "models.recipe -> benchmarks",
    ),
    "a circle in Python": (
        "imports",
        "py/readout/video/chunk.py",
        "from readout.video import decoder\n",
        "No cycles are allowed in readout.video",
    ),
    "a circle in JavaScript": ("dependencies", "site/state/store.js", 'import "../session/edits.js";\n', "no-circle"),
    "a module that nothing imports": ("dependencies", "site/media/alone.js", "export {};\n", "site/media/alone.js"),
    "an export that nothing imports": (
        "knip",
        "site/media/pixels.js",
        "export const alone = 1;\n",
        "alone  site/media/pixels.js",
    ),
    "a name that is not used": ("ruff", "tooling/alone.py", "import os\n", "F401"),
    "a line that is not laid out": ("format", "tooling/alone.py", "NAMES = [ 'a' ]\n", "tooling/alone.py"),
    "a function without types": (
        "mypy",
        "py/readout/errors.py",
        "def fail(why):\n    raise ValueError(why)\n",
        "no-untyped-def",
    ),
    "a variable that is not used": ("eslint", "site/media/pixels.js", "const unused = 1;\n", "no-unused-vars"),
    "a script that is not laid out": (
        "prettier",
        "site/media/pixels.js",
        "export const two = 'two'\n",
        "site/media/pixels.js",
    ),
    "a wrong type in the page": ("tsc", "site/state/store.js", "names.push(1);\n", "TS2345"),
    "a wrong type in a worker": ("tsc-workers", "site/workers/video/worker.js", "document.title;\n", "TS2584"),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """run(check, added, package): what a check says of TREE with texts added to files of it, None for nothing."""
    if not (ROOT / "node_modules").is_dir():
        pytest.skip("the checks of JavaScript need node_modules: run python build.py once")
    venv = Venv(ROOT)
    node = npm.find_node(venv)

    def one(name, added, package=TREE["package.json"]):
        tree = tmp_path_factory.mktemp("tree")
        for path, text in {
            **TREE,
            **{path: TREE.get(path, "") + more for path, more in added.items()},
            "package.json": package,
        }.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
        for name_of in SETTINGS:
            shutil.copy(ROOT / name_of, tree / name_of)
        for path in ("architecture", "constants", "errors"):
            shutil.copy(ROOT / f"tooling/{path}.py", tree / f"tooling/{path}.py")
        (tree / "node_modules").symlink_to(ROOT / "node_modules")
        [check] = checks.named([name])
        return checks.result(check, tree, venv, node)

    return one


@pytest.mark.parametrize("name", [check.name for check in checks.CHECKS])
def test_a_project_in_order_passes(run, name):
    assert run(name, {}) is None


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_violation_is_caught(run, what):
    name, path, text, said = VIOLATIONS[what]
    added = {path: text}
    if what == "a circle in Python":
        added["py/readout/video/decoder.py"] = "from readout.video import chunk\n"
    found = run(name, added)
    assert found is not None and said in found


def test_a_package_that_nothing_uses_is_caught(run):
    found = run("knip", {}, package='{ "type": "module", "devDependencies": { "idb": "8.0.4" } }\n')
    assert found is not None and "Unused devDependencies (1)\nidb  package.json" in found


def test_an_object_that_was_just_made_may_be_filled(run):
    text = '\n\ndef made() -> Document:\n    document = Document()\n    document.name = "new"\n    return document\n'
    assert run("architecture", {"py/readout/project/document.py": text}) is None


def test_a_constant_of_another_value_is_another_thing(run):
    assert run("architecture", {"site/media/pixels.js": "export const FRAMES_PER_CHUNK = 8;\n"}) is None


NODE = npm.Node(Path("node"), ("npm",))


class Programs:
    """Checks whose programs are Python's own: one that fails and one that doesn't."""

    good = checks.Check("good", "passes", "-m this")
    bad = checks.Check("bad", "fails", "-m no_such_module")


def test_each_check_is_one_line_and_what_fails_is_shown(capsys):
    assert checks.run(ROOT, Venv(ROOT), NODE, [Programs.good, Programs.bad]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("ok     good ") and lines[0].endswith(" s  passes")
    assert lines[1].startswith("FAILED bad ") and "no_such_module" in lines[2]
    assert lines[-1] == "1 of 2 failed. To run them alone: python build.py --check bad"
    assert checks.run(ROOT, Venv(ROOT), NODE, [Programs.good]) == 0


def test_checks_run_in_their_order_and_an_unknown_one_is_an_error():
    assert checks.named([]) == list(checks.CHECKS)
    assert [check.name for check in checks.named(["eslint", "ruff"])] == ["ruff", "eslint"]
    with pytest.raises(BuildError, match="no such check: lint; there are: ruff, format, mypy"):
        checks.named(["lint"])
