"""Every shipped part has the text of its licence, or there is no build."""

import json
import zipfile
from pathlib import Path

import pytest

from tooling import licences
from tooling.errors import BuildError

ROOT = Path(__file__).parents[2]


@pytest.fixture
def modules(tmp_path):
    """A node_modules with one package that has a licence, beside the copied ones without."""
    tmp_path = tmp_path / "node_modules"
    for name in ("with-licence", "bare", *licences.COPIED_NPM):
        folder = tmp_path / name
        folder.mkdir(parents=True)
        facts = {"name": name, "version": "1.2", "license": "MIT", "repository": {"url": f"https://home/{name}"}}
        (folder / "package.json").write_text(json.dumps(facts), encoding="utf-8")
    (tmp_path / "with-licence/LICENSE.md").write_text("Do as you like.", encoding="utf-8")
    locked = {"packages": {"node_modules/with-licence": {"integrity": "sha512-AP8="}}}
    (tmp_path.parent / "package-lock.json").write_text(json.dumps(locked), encoding="utf-8")
    return tmp_path


def wheel(folder, files):
    path = folder / "thing-1.0-py3-none-any.whl"
    metadata = (
        "Name: Thing\nVersion: 1.0\nClassifier: License :: OSI Approved :: BSD License\nHome-page: https://thing\n"
    )
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {"thing-1.0.dist-info/METADATA": metadata, **files}.items():
            archive.writestr(name, text)
    return path


def written(parts, out):
    licences.write_licences(ROOT, parts, out)
    return (out / "licences.txt").read_text(encoding="utf-8")


def test_an_npm_package_brings_its_text_and_a_copied_one_has_it_kept(modules, tmp_path):
    text = written(licences.npm_parts(modules, ["with-licence"]), tmp_path)
    assert "with-licence 1.2, MIT, https://home/with-licence\n\nDo as you like.\n" in text
    assert "Mozilla Public License Version 2.0" in text.partition("pyodide 1.2")[2]
    assert "Eigen" in text.partition("onnxruntime-common 1.2")[2]


def test_an_npm_package_has_the_digest_of_the_lock(modules):
    assert {part.name: part.sha512 for part in licences.npm_parts(modules, ["with-licence"])} == {
        "with-licence": "00ff",
        **dict.fromkeys(licences.COPIED_NPM, ""),
    }


def test_a_text_that_two_parts_share_is_written_once(modules, tmp_path):
    text = written(licences.npm_parts(modules, []), tmp_path)
    assert "onnxruntime-web 1.2, MIT, https://home/onnxruntime-web\n\nThe text is that of onnxruntime-common.\n" in text


def test_a_wheel_brings_all_of_its_texts(tmp_path):
    files = {"thing-1.0.dist-info/licenses/LICENSE": "Mine.", "thing/inner/COPYING": "Theirs.", "thing/licence.py": "x"}
    part = licences.wheel_part(wheel(tmp_path, files))
    assert (part.name, part.version, part.licence, part.home) == ("thing", "1.0", "BSD License", "https://thing")
    assert sorted(part.texts) == ["Mine.", "Theirs."]


def test_a_part_without_a_text_stops_the_build(modules, tmp_path):
    parts = [*licences.npm_parts(modules, ["bare"]), licences.wheel_part(wheel(tmp_path, {}))]
    with pytest.raises(BuildError, match=r"bare 1.2, thing 1.0 has none in its package: put it into tooling/licence_"):
        licences.write_licences(ROOT, parts, tmp_path)
    assert not (tmp_path / "licences.txt").exists()


def test_a_package_that_is_missing_is_an_error(tmp_path):
    with pytest.raises(BuildError, match="onnxruntime-common can't be read in node_modules .*: delete it"):
        licences.npm_parts(tmp_path, [])


def test_the_compiled_libraries_are_named_with_where_they_are():
    found = {part.name: part for part in licences.libraries()}
    assert {"CPython", "zlib", "FreeType", "libjpeg", "libtiff", "libwebp"} <= set(found)
    assert found["zlib"].inside == ("pyodide", "pillow")
    assert all(text.startswith("(text: ") and len(text) > 500 for part in found.values() for text in part.texts)


@pytest.mark.parametrize(
    "text", ["Part: x\nLicence: y\n\ntext", "text alone", "Part: a\nLicence: b\nShipped in: c\nSource: d\n\n"]
)
def test_a_kept_text_without_its_head_is_an_error(tmp_path, monkeypatch, text):
    (tmp_path / "x.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(licences, "KEPT", tmp_path)
    with pytest.raises(BuildError, match="x.txt begins with Part, Licence, Shipped in, Source, then the text"):
        licences.libraries()
