"""The whole dist/ from the real rooms: the same bytes twice, swapped in whole, made once."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tooling import dist, manifest, npm
from tooling.errors import BuildError
from tooling.venv import Venv

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Two builds of the checkout, at different times, in folders of different depth: dist/ and another one."""
    venv, deeper = Venv(ROOT), tmp_path_factory.mktemp("two") / "a/deeper/dist"
    first = dist.build(ROOT, venv)
    dist.assemble(ROOT, deeper, venv, npm.find_node(venv), dist._python_packages(ROOT, venv, None))
    return first, deeper


def test_two_builds_have_the_same_bytes(built):
    one, two = (json.loads((folder / manifest.NAME).read_text(encoding="utf-8")) for folder in built)
    assert one == two
    assert manifest.agrees(built[0])


def test_the_files_that_the_page_asks_for_are_there(built):
    names = set(json.loads((built[0] / manifest.NAME).read_text(encoding="utf-8"))["files"])
    assert names >= {
        "index.html",
        "style.css",
        "app.js",
        "workers/python.js",
        "workers/embedder.js",
        "workers/live.js",
        "workers/pictures.js",
        "workers/video.js",
        "pyodide/pyodide.mjs",
        "pyodide/pyodide.asm.js",
        "pyodide/pyodide.asm.wasm",
        "pyodide/python.snapshot",
        "pyodide/python_stdlib.zip",
        "pyodide/pyodide-lock.json",
        "ort/ort-wasm-simd-threaded.wasm",
        "models/mobilenet_v1_imagenet.onnx",
        "models/mobilenet_v1_imagenet.json",
        "data/demo.zip",
        "data/clip.webm",
        "data/clip.csv",
        "licences.txt",
        "robots.txt",
        "sbom.cdx.json",
        "versions.html",
    }
    assert len([name for name in names if name.startswith("pip/readout_numbers-") and name.endswith(".whl")]) == 1
    assert len([name for name in names if name.startswith("pyodide/") and name.endswith(".whl")]) == 5
    assert len([name for name in names if name.startswith("data/frames/")]) == 50


def test_the_wheel_has_the_package_and_no_model(built):
    (path,) = (built[0] / "py").iterdir()
    version = json.loads((built[0] / manifest.NAME).read_text(encoding="utf-8"))["version"]
    assert path.name == f"readout_numbers-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert "readout/__init__.py" in names
    others = {name for name in names if not name.endswith(".py") and ".dist-info/" not in name}
    watch = {f"readout/watch/page.{kind}" for kind in ("css", "html", "js")}
    assert others == {"readout/export/report.css", "readout/py.typed"} | watch


def test_it_is_within_the_budget(built):
    manifest.check_budget(manifest.sizes(built[0]))


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A checkout whose parts are stand-ins, so that only the order of the steps is real."""
    for folder in (*dist.INPUT_FOLDERS, ".cache"):
        (tmp_path / folder).mkdir()
    (tmp_path / "site/main.js").write_text("1", encoding="utf-8")
    made = []

    def assemble(root, out, venv, node, packages):
        made.append(out)
        out.mkdir()
        (out / "app.js").write_text((root / "site/main.js").read_text(encoding="utf-8"), encoding="utf-8")
        manifest.write_manifest(out, "1", "build")

    monkeypatch.setattr(dist, "assemble", assemble)
    monkeypatch.setattr(dist.bundle, "check_inputs", lambda root: None)
    monkeypatch.setattr(dist.npm, "install_packages", lambda root, venv: None)
    monkeypatch.setattr(dist, "_python_packages", lambda root, venv, mirror: [])
    monkeypatch.setattr(Venv, "create", lambda self: None)
    monkeypatch.setattr(Venv, "install_build_tools", lambda self: None)
    return tmp_path, made


def app(root):
    return (root / "dist/app.js").read_text(encoding="utf-8")


def test_a_second_build_of_the_same_inputs_does_nothing(checkout, capsys):
    root, made = checkout
    dist.build(root, Venv(root))
    dist.build(root, Venv(root))
    assert len(made) == 1
    assert capsys.readouterr().out.count("first visit") == 2
    (root / "site/main.js").write_text("2", encoding="utf-8")
    dist.build(root, Venv(root))
    assert (len(made), app(root)) == (2, "2")


@pytest.mark.parametrize("damage", ["change a file", "delete the folder"])
def test_a_damaged_dist_is_made_again(checkout, damage):
    root, made = checkout
    dist.build(root, Venv(root))
    if damage == "change a file":
        (root / "dist/app.js").write_text("x", encoding="utf-8")
    else:
        shutil.rmtree(root / "dist")
    dist.build(root, Venv(root))
    assert (len(made), app(root)) == (2, "1")


def test_a_build_over_the_budget_leaves_the_old_dist(checkout, monkeypatch):
    root, _ = checkout
    dist.build(root, Venv(root))
    (root / "site/main.js").write_text("2", encoding="utf-8")

    def refuse(groups):
        raise BuildError("over the budget")

    monkeypatch.setattr(manifest, "check_budget", refuse)
    with pytest.raises(BuildError, match="over the budget"):
        dist.build(root, Venv(root))
    assert app(root) == "1"
    assert sorted(path.name for path in (root / ".cache").iterdir()) == ["dist.json"]
