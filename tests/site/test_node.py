"""The page's pure JavaScript, tested by Node: the files beside this one, which `node --test tests/site/` runs alone."""

import subprocess
from pathlib import Path

import pytest

from tooling.constants import write_constants
from tooling.npm import find_node
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.test.js")), ids=lambda path: path.name)
def test_node_agrees(path):
    write_constants(ROOT)
    node = find_node(Venv(ROOT)).node
    ran = subprocess.run(
        [node, "--test", path], cwd=ROOT, capture_output=True, text=True, timeout=120, encoding="utf-8"
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
