"""Every Python package that the build installs has its version and the hashes of its release in a hash file."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tooling import requirements
from tooling.venv import FOLDER

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / FOLDER).glob("*.txt"))
ENTRY = re.compile(r"[a-z0-9][a-z0-9-]*==[^\s;]+( ; [^\\]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+\n")


def text(path):
    return path.read_text(encoding="utf-8")


def pinned(path):
    """{name: (version, hashes)}"""
    return {
        name: (re.match(r"[^=]+==([^\s;]+)", block)[1], re.findall("sha256:([0-9a-f]+)", block))
        for name, block in requirements.entries(text(path)).items()
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_entry_is_a_version_with_hashes_and_no_address(path):
    head, _, rest = text(path).partition("\n")
    assert head.startswith("# ")
    assert not ENTRY.sub("", rest)
    assert "://" not in rest


@pytest.mark.parametrize("name", requirements.groups(ROOT))
def test_what_pyproject_asks_for_is_pinned(name):
    found = pinned(ROOT / FOLDER / f"{name}.txt")
    for asked in map(Requirement, requirements.groups(ROOT)[name]):
        version, hashes = found[canonicalize_name(asked.name)]
        assert version in asked.specifier, f"{asked}: run python -m tooling.requirements"
        assert hashes


def test_a_package_has_one_version_in_all_of_them():
    versions = {}
    for path in FILES:
        for name, entry in pinned(path).items():
            assert versions.setdefault(name, entry) == entry, f"{name} in {path.name}"


@pytest.mark.parametrize("name", ["numpy", "pillow", "onnxruntime", "av"])
def test_a_release_s_files_for_every_system_are_allowed(name):
    _, hashes = pinned(ROOT / FOLDER / "test.txt")[name]
    assert len(hashes) >= 15  # Linux, macOS and Windows for several Pythons


def test_the_lists_are_of_what_the_build_installs():
    assert {path.stem for path in FILES} == {*requirements.groups(ROOT), "cuda"}
    assert not [name for name in pinned(ROOT / FOLDER / "test.txt") if requirements.CUDA.match(name)]


def test_other_builds_are_added_to_the_entry_that_they_are_builds_of(monkeypatch):
    monkeypatch.setattr(requirements, "BUILDS_ELSEWHERE", {"a==1": ("ff", "ee")})
    block = "a==1 \\\n    --hash=sha256:00\n"
    expected = "a==1 \\\n    --hash=sha256:00 \\\n    --hash=sha256:ff \\\n    --hash=sha256:ee\n"
    assert requirements.with_other_builds(block) == expected
    assert requirements.with_other_builds("a==2 \\\n    --hash=sha256:00\n") == "a==2 \\\n    --hash=sha256:00\n"
