"""Each part of dist/ from fixtures, with the real esbuild."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from tooling import bundle, npm
from tooling.build_id import PAGES
from tooling.errors import BuildError
from tooling.venv import Venv
from tooling.wheel import project_version

ROOT = Path(__file__).parents[2]
SITE = Path(__file__).parent / "fixture_site"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def node():
    return npm.find_node(Venv(ROOT))


@pytest.fixture(scope="module")
def page(node, tmp_path_factory):
    out = tmp_path_factory.mktemp("page")
    bundle.write_page(SITE, ROOT, node, out)
    return out


def text(path):
    return path.read_text(encoding="utf-8")


def test_the_page_is_these_files(page):
    names = sorted(path.relative_to(page).as_posix() for path in page.rglob("*") if path.is_file())
    scripts = ["workers/embedder.js", "workers/live.js", "workers/pictures.js", "workers/python.js", "workers/video.js"]
    pages = ["app.js", "classes.html", "classes.js", "editor.js", "index.html"]
    assert names == [*pages, "mark.svg", "start.js", "style.css", "sw.js", *scripts]


def test_scripts_are_bundled_whole(page):
    assert not re.search(r'\b(from|import)\s*"', text(page / "app.js"))
    assert "workers/python.js" in text(page / "app.js")


def test_pyodide_is_imported_at_run_time_from_beside_the_workers(page):
    assert 'from"../pyodide/pyodide.mjs"' in text(page / "workers/python.js")


def test_the_embedder_needs_one_wasm_file_beside_it_and_no_glue(page):
    script = text(page / "workers/embedder.js")
    assert len(script) < 120_000
    assert "_OrtCreateSession" in script
    assert "jsep" not in re.findall(r"ort-wasm[\w.-]*", script)
    assert not list(page.rglob("*.wasm")) and not list(page.rglob("*.mjs"))


def test_the_style_has_the_chart_s_rules_and_relative_addresses(page):
    style = text(page / "style.css")
    assert ".uplot" in style and "url(mark.svg)" in style and "@import" not in style


def test_the_lesson_s_code_is_in_the_page(page):
    assert ">class ReadoutError(ValueError):" in text(page / "index.html")


def test_nothing_in_the_page_tells_where_it_was_built(page):
    for path in page.rglob("*"):
        assert not path.is_file() or str(ROOT).encode() not in path.read_bytes()


def test_the_same_site_gives_the_same_bytes_wherever_it_lies(page, node, tmp_path):
    shutil.copytree(SITE, tmp_path / "a/deeper/site")
    bundle.write_page(tmp_path / "a/deeper/site", ROOT, node, tmp_path / "out")
    for path in page.rglob("*"):
        if path.is_file():
            assert (tmp_path / "out" / path.relative_to(page)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("main.js", "import { x } from './nowhere.js';", "main.js:1"),
        ("workers/python/worker.js", "let a = ;", "workers/python/worker.js:1"),
        ("main.js", "if (x === -0) typeof y === 'strng';", "main.js:1"),
        ("style.css", '@import "nowhere/style.css";', "style.css:1"),
    ],
)
def test_what_esbuild_finds_wrong_stops_the_build(node, tmp_path, name, content, message):
    shutil.copytree(SITE, tmp_path / "site")
    (tmp_path / "site" / name).write_text(content, encoding="utf-8")
    with pytest.raises(BuildError, match=f"correct the file it names:(.|\n)*{message}"):
        bundle.write_page(tmp_path / "site", ROOT, node, tmp_path / "out")


def test_without_esbuild_the_next_step_is_said(node, tmp_path):
    with pytest.raises(BuildError, match="is missing: delete node_modules and run it again"):
        npm.esbuild(node, tmp_path, [])


def test_pyodide_s_folder_has_its_files_the_wheels_and_a_short_lock(tmp_path):
    wheel = tmp_path / "numpy-2.0.2.whl"
    wheel.write_bytes(b"wheel")
    bundle.write_pyodide(ROOT / "node_modules/pyodide", [wheel], tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == sorted([*bundle.PYODIDE_FILES, "numpy-2.0.2.whl", "pyodide-lock.json"])
    assert len(json.loads(text(tmp_path / "out/pyodide-lock.json"))["packages"]) == 4
    original = (ROOT / "node_modules/pyodide/pyodide.asm.wasm").read_bytes()
    assert (tmp_path / "out/pyodide.asm.wasm").read_bytes() == original


def test_a_file_missing_in_node_modules_is_named(tmp_path):
    with pytest.raises(BuildError, match="ort-wasm-simd-threaded.wasm can't be copied .* delete that folder"):
        bundle.write_ort(tmp_path, tmp_path / "out")


def test_every_model_comes_with_its_card(tmp_path):
    for name in ("a.onnx", "a.json", "b.onnx", "recipe.py"):
        (tmp_path / name).write_bytes(name.encode())
    with pytest.raises(BuildError, match="models/b.onnx must have its card beside it, b.json is missing"):
        bundle.write_models(tmp_path, tmp_path / "out")
    (tmp_path / "b.json").write_bytes(b"{}")
    bundle.write_models(tmp_path, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.json", "a.onnx", "b.json", "b.onnx"]


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "data"
    for name in ("training/1/0.png", "training/10/9.png", "testing/9/3.png", "frames/a.png"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG + name.encode())
    (folder / "training/1/notes.txt").write_text("not shipped", encoding="utf-8")
    (folder / "layout.json").write_text("{}", encoding="utf-8")
    (folder / "labels.csv").write_text("frame,reading\n", encoding="utf-8")
    (folder / "clip.csv").write_text("time_s,reading\n", encoding="utf-8")
    (folder / "clip.webm").write_bytes(b"\x1aE\xdf\xa3")
    for name in ("training/1/0.png", "testing/8/0.png", "frames/b.png", "layout.json", "labels.csv"):
        path = folder / "leds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PNG)
    return folder


def test_the_digits_are_one_archive_and_frames_and_clip_are_files(data, tmp_path):
    bundle.write_data(data, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "out/demo.zip") as archive:
        assert archive.namelist() == [
            "labels.csv",
            "layout.json",
            "testing/9/3.png",
            "training/1/0.png",
            "training/10/9.png",
        ]
        assert archive.read("training/1/0.png") == PNG + b"training/1/0.png"
    assert [path.name for path in (tmp_path / "out/frames").iterdir()] == ["a.png"]
    with zipfile.ZipFile(tmp_path / "out/leds/dataset.zip") as archive:
        assert archive.namelist() == ["labels.csv", "layout.json", "testing/8/0.png", "training/1/0.png"]
    assert [path.name for path in (tmp_path / "out/leds/frames").iterdir()] == ["b.png"]
    for name in ("clip.csv", "clip.webm"):
        assert (tmp_path / "out" / name).read_bytes() == (data / name).read_bytes()


def test_the_archive_has_the_same_bytes_whenever_it_is_made(data, tmp_path):
    bundle.write_data(data, tmp_path / "one")
    for path in data.rglob("*"):
        path.touch()
    shutil.copytree(data, tmp_path / "copy")
    bundle.write_data(tmp_path / "copy", tmp_path / "two")
    assert (tmp_path / "one/demo.zip").read_bytes() == (tmp_path / "two/demo.zip").read_bytes()


def test_no_frames_is_an_error(data, tmp_path):
    (data / "frames/a.png").unlink()
    with pytest.raises(BuildError, match="data/frames must hold PNG files, it has none: run its generate.py"):
        bundle.write_data(data, tmp_path / "out")


def test_missing_inputs_are_listed_with_what_brings_them_back(tmp_path):
    for name in bundle.REQUIRED:
        if name not in ("site/main.js", "models/mobilenet_v1_imagenet.onnx"):
            (tmp_path / name).mkdir(parents=True)
    with pytest.raises(BuildError) as failure:
        bundle.check_inputs(tmp_path)
    assert str(failure.value) == (
        "the build needs all of its inputs:\n"
        "  - site/main.js is missing: restore it from the repository\n"
        "  - models/mobilenet_v1_imagenet.onnx is missing: run python -m models.mobilenet, which makes it"
    )


@pytest.mark.parametrize("content", [None, "version = 1\n", "def f(:\n"])
def test_a_version_that_can_not_be_read_is_an_error(tmp_path, content):
    path = tmp_path / "py/readout/__init__.py"
    path.parent.mkdir(parents=True)
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(BuildError, match="__init__.py (can't be read|must have a line)"):
        project_version(tmp_path)


def test_both_pages_keep_one_policy_and_begin_alike():
    """They are files of their own, so that each works as it lies there: only title, description and script differ."""
    heads = [(ROOT / "site" / page).read_text(encoding="utf-8").partition("<body>")[0] for page in PAGES]
    own = re.compile(r'.*(name="description"|<title>|og:title|src="(app|classes)\.js").*')
    one, other = ([line for line in head.splitlines() if not own.fullmatch(line)] for head in heads)
    assert one == other and sum("Content-Security-Policy" in line for line in one) == 1
