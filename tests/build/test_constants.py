"""constants.js: the values are those that the core's modules have when they are imported."""

import importlib
import json
import re
from pathlib import Path

import pytest

from tooling import constants
from tooling.constants import CONSTANTS, TARGET, constants_js, module_constants, write_constants
from tooling.errors import BuildError

ROOT = Path(__file__).parents[2]
LINES = re.compile(r"^export const (\w+) = (.+);$", re.MULTILINE)


def test_every_constant_is_what_python_knows():
    written = {name: json.loads(value) for name, value in LINES.findall(constants_js(ROOT))}
    assert list(written) == list(CONSTANTS)
    for name, (module, there) in CONSTANTS.items():
        value = getattr(importlib.import_module(f"readout.{module.removesuffix('.py').replace('/', '.')}"), there)
        assert written[name] == (sorted(value) if isinstance(value, set) else json.loads(json.dumps(value)))


def test_a_constant_that_is_gone_is_told(monkeypatch):
    monkeypatch.setitem(constants.CONSTANTS, "NEW", ("errors.py", "NOT_THERE"))
    with pytest.raises(BuildError, match=r"errors.py states NOT_THERE, .* got none"):
        constants_js(ROOT)


def test_literals_and_what_is_made_of_them_are_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("import os\nA, B = 3, 'b'\nC = A << 20\nD = (B, 'd')\nE = os.sep\nF = sorted(D)\n")
    assert module_constants(path) == {"A": 3, "B": "b", "C": 3 << 20, "D": ("b", "d")}


def test_a_file_that_is_up_to_date_is_left_alone(tmp_path):
    for name in {module for module, _ in CONSTANTS.values()}:
        copy = tmp_path / constants.SOURCE / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text((ROOT / constants.SOURCE / name).read_text(encoding="utf-8"), encoding="utf-8")
    target = tmp_path / TARGET
    target.parent.mkdir(parents=True)
    write_constants(tmp_path)
    before = target.stat().st_mtime_ns
    write_constants(tmp_path)
    assert target.stat().st_mtime_ns == before
    assert target.read_text(encoding="utf-8") == constants_js(ROOT)
