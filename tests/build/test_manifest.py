"""The manifest describes every file, the table adds up, the budget holds."""

import gzip
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from tooling import manifest
from tooling.errors import BuildError

ROOT = Path(__file__).parents[2]
FILES = {
    "index.html": b"<!doctype html>" * 50,
    "app.js": b"let a;" * 100,
    "ort/a.wasm": os.urandom(2000),
    "pyodide/python_stdlib.zip": os.urandom(1000),
    "py/readout.whl": os.urandom(100),
    f"models/{manifest.DEFAULT_MODEL}.onnx": os.urandom(1000),
    "models/other.onnx": os.urandom(4000),
    "data/demo.zip": os.urandom(1000),
    "data/clip.csv": b"time_s,reading",
    "data/clip.webm": os.urandom(3000),
    "data/frames/a.png": os.urandom(5000),
    "data/frames/b.png": os.urandom(5000),
}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    manifest.write_manifest(tmp_path, "1.2.3", "00112233aabbccdd")
    return tmp_path


def test_every_file_is_in_the_manifest_with_size_and_hash(folder):
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert (written["version"], written["build"]) == ("1.2.3", "00112233aabbccdd")
    assert list(written["files"]) == sorted(FILES)
    for name, content in FILES.items():
        assert written["files"][name] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_what_works_offline_is_a_first_visit_the_frames_and_what_own_pictures_need(folder):
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert written["first"] == [
        "app.js",
        "data/demo.zip",
        "data/frames/a.png",
        "data/frames/b.png",
        "index.html",
        f"models/{manifest.DEFAULT_MODEL}.onnx",
        "ort/a.wasm",
        "py/readout.whl",
        "pyodide/python_stdlib.zip",
    ]


def test_a_folder_agrees_with_its_manifest_until_a_file_changes(folder):
    assert manifest.agrees(folder)
    (folder / "app.js").write_bytes(b"other")
    assert not manifest.agrees(folder)


@pytest.mark.parametrize("change", ["add", "remove", "spoil", "no manifest", "no folder"])
def test_other_disagreements_are_seen(folder, change):
    if change == "add":
        (folder / "new.js").write_bytes(b"")
    elif change == "remove":
        (folder / "app.js").unlink()
    elif change == "spoil":
        (folder / "manifest.json").write_text("[]", encoding="utf-8")
    elif change == "no manifest":
        (folder / "manifest.json").unlink()
    else:
        folder = folder / "nowhere"
    assert not manifest.agrees(folder)


def test_sizes_by_group_and_total(folder):
    groups = manifest.sizes(folder)
    assert {name: size.files for name, size in groups.items()} == {
        "page": 3,
        "ort": 1,
        "models": 1,
        "data": 1,
        "data/frames": 2,
        "on request: data": 2,
        "on request: models": 1,
        "on request: py": 1,
        "on request: pyodide": 1,
    }
    assert groups["ort"].raw == 2000
    assert groups["data"].gzip == len(gzip.compress(FILES["data/demo.zip"], 9))
    text = manifest.table(groups)
    raw = sum(map(len, FILES.values())) + (folder / "manifest.json").stat().st_size
    assert f"{raw:,}" in text and f"{manifest.BUDGET:,}" in text


def test_the_budget_is_for_a_first_visit_without_the_frames(folder):
    groups = manifest.sizes(folder)
    counted = sum(groups[name].gzip for name in ("page", "ort", "models", "data"))
    manifest.check_budget(groups, budget=counted)
    with pytest.raises(BuildError) as failure:
        manifest.check_budget(groups, budget=counted - 1)
    message = f"may take {counted - 1:,} bytes by gzip, this one takes {counted:,}: make a part smaller"
    assert message in str(failure.value)
    assert "data/frames" in str(failure.value)


def test_page_and_core_mean_the_same_default_model():
    core = (ROOT / "py/readout/model/backbone.py").read_text(encoding="utf-8")
    page = (ROOT / "site/state/settings.js").read_text(encoding="utf-8")
    assert re.search(r'^DEFAULT = "(.+)"', core, re.MULTILINE)[1] == manifest.DEFAULT_MODEL
    name = re.search(r'backbone: \{\s+usual: .* : "(.+?)"\),', page)[1]
    backbones = (ROOT / "site/shared/backbones.js").read_text(encoding="utf-8")
    assert re.search(rf'{name}: \{{ model: "(.+?)"', backbones)[1] == manifest.DEFAULT_MODEL
