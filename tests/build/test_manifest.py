"""The manifest describes every file, the table adds up, the budget holds."""

import gzip
import hashlib
import json
import os

import pytest

from tooling import manifest
from tooling.errors import BuildError

FILES = {
    "index.html": b"<!doctype html>" * 50,
    "app.js": b"let a;" * 100,
    "ort/a.wasm": os.urandom(2000),
    "data/demo.zip": os.urandom(1000),
    "data/frames/a.png": os.urandom(5000),
    "data/frames/b.png": os.urandom(5000),
}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    manifest.write_manifest(tmp_path, "1.2.3")
    return tmp_path


def test_every_file_is_in_the_manifest_with_size_and_hash(folder):
    written = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert written["version"] == "1.2.3"
    assert list(written["files"]) == sorted(FILES)
    for name, content in FILES.items():
        assert written["files"][name] == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


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
    assert {name: size.files for name, size in groups.items()} == {"page": 3, "ort": 1, "data": 1, "data/frames": 2}
    assert groups["ort"].raw == 2000
    assert groups["data"].gzip == len(gzip.compress(FILES["data/demo.zip"], 9))
    text = manifest.table(groups)
    raw = sum(map(len, FILES.values())) + (folder / "manifest.json").stat().st_size
    assert f"{raw:,}" in text and "17,000,000" in text


def test_the_budget_leaves_the_frames_out(folder):
    groups = manifest.sizes(folder)
    counted = sum(size.gzip for name, size in groups.items() if name != "data/frames")
    manifest.check_budget(groups, budget=counted)
    with pytest.raises(BuildError) as failure:
        manifest.check_budget(groups, budget=counted - 1)
    message = f"may take {counted - 1:,} bytes by gzip, this one takes {counted:,}: make a part smaller"
    assert message in str(failure.value)
    assert "data/frames" in str(failure.value)
