"""The snapshot of Python: what it holds, and what happens when it can't be taken."""

import gzip
import json
import struct
import zipfile
from pathlib import Path

import pytest

from tooling import dist, npm, snapshot
from tooling.errors import BuildError
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]
PYODIDE = ROOT / "node_modules" / "pyodide"


@pytest.fixture(scope="module")
def node():
    return npm.find_node(Venv(ROOT))


def wheel_of(folder, source):
    """A wheel whose readout.web is `source`."""
    path = folder / "readout-0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readout/__init__.py", "")
        archive.writestr("readout/web.py", source)
    return path


def take(node, folder, source, wheels=()):
    out = folder / snapshot.NAME
    snapshot.write_snapshot(PYODIDE, [*wheels, wheel_of(folder, source)], node, folder / "scratch", out)
    return gzip.decompress(out.read_bytes())


def facts_of(content):
    length = struct.unpack_from("<6I", content)[1]
    return json.loads(content[24 : 24 + length])


def test_extension_modules_are_in_it_in_the_order_of_their_table_slots(node, tmp_path):
    numpy = [path for path in dist._python_packages(ROOT, Venv(ROOT), None) if path.name.startswith("numpy")]
    content = take(node, tmp_path, "import numpy", numpy)
    facts = facts_of(content)
    names = [library["path"].rpartition("/")[2].partition(".")[0] for library in facts["libraries"]]
    assert names[0] == "_multiarray_umath" and "_umath_linalg" in names
    slots = [library["tableBase"] for library in facts["libraries"]]
    assert slots == sorted(slots)
    with zipfile.ZipFile(numpy[0]) as wheel:
        library = wheel.read("numpy/_core/_multiarray_umath.cpython-312-wasm32-emscripten.so")
    assert content.count(library[1 << 20 :][:4096]) == 1  # and not once more in the memory of the C library
    assert not (tmp_path / "scratch").exists()


def test_it_tells_nothing_of_where_and_when_it_was_taken(node, tmp_path):
    source = "import os, random, time; NOW = time.time(); CHANCE = os.urandom(8), random.random()"
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    one, two = (take(node, folder, source) for folder in folders)
    assert one == two
    assert str(ROOT).encode() not in one and str(tmp_path).encode() not in one


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import nowhere", "No module named 'nowhere'"),
        ("from js import navigator_of_nobody", "navigator_of_nobody"),
        ("from pyodide.code import run_js; KEPT = run_js('({})')", "Can't serialize object"),
    ],
)
def test_what_can_not_be_in_it_stops_the_build(node, tmp_path, source, words):
    with pytest.raises(BuildError, match="Booting Python for its snapshot: the command ended with status 1") as failure:
        take(node, tmp_path, source)
    assert words in str(failure.value)
    assert len(str(failure.value)) < 5000
