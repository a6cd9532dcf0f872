"""The parts of `dist/`, each written by one function from one room of the repository."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from tooling import lessons, pyodide_packages
from tooling.errors import BuildError
from tooling.npm import Node, esbuild
from tooling.wheel import write_zip

SCRIPTS = {
    "start.js": "start.js",
    "main.js": "app.js",
    "classes.js": "classes.js",
    "features/demo/editor.js": "editor.js",
    "workers/python/worker.js": "workers/python.js",
    "workers/embedder/worker.js": "workers/embedder.js",
    "workers/images/worker.js": "workers/pictures.js",
    "workers/camera/worker.js": "workers/live.js",
    "workers/video/worker.js": "workers/video.js",
    "workers/offline/worker.js": "sw.js",
}
CLIP = ("clip.webm", "clip.csv")
DATASET = ("layout.json", "labels.csv", "training", "testing", "frames")
BUNDLED = {".js", ".ts", ".css", ".html", ".md"}
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
ORT_FILE = "ort-wasm-simd-threaded.wasm"
# `onnxruntime-web/wasm` resolves by default to the variant that holds its .mjs glue, so that the
# 14 MB .wasm is the only file it needs beside the bundle. Pyodide's loader is imported at run time.
SCRIPT_OPTIONS = (
    "--bundle",
    "--format=esm",
    "--platform=browser",
    "--target=es2022",
    "--minify",
    "--charset=utf8",
    "--legal-comments=eof",
    "--external:*/pyodide/pyodide.mjs",
)
STYLE_OPTIONS = ("--bundle", "--minify", "--charset=utf8", "--external:*.svg", "--external:*.png", "--external:*.woff2")

REQUIRED = {
    "CHANGELOG.md": "restore it from the repository",
    "README.md": "restore it from the repository",
    "pyproject.toml": "restore it from the repository",
    "py/readout/__init__.py": "restore it from the repository",
    "site/index.html": "restore it from the repository",
    "site/classes.html": "restore it from the repository",
    "site/style.css": "restore it from the repository",
    **{f"site/{name}": "restore it from the repository" for name in SCRIPTS},
    "models/glyphs.onnx": "restore it from the repository, or run python -m models.glyphs, which makes it",
    "models/glyphs.json": "restore it from the repository, or run python -m models.glyphs, which makes it",
    "models/glyphs.npz": "restore it from the repository, or run python -m models.glyphs, which makes it",
    "models/mobilenet_v1_imagenet.onnx": "run python -m models.mobilenet, which makes it",
    "models/mobilenet_v1_imagenet.json": "run python -m models.mobilenet, which makes it",
    "LICENSE": "restore it from the repository",
    "models/LICENSE-mobilenet": "restore it from the repository",
    **{f"data/{name}": "run data/generate.py, which makes it" for name in DATASET},
    **{
        f"models/mobilenet/embeddings_{name}.npz": "run python -m models.mobilenet.embeddings, which makes it"
        for name in ("thermal", "leds")
    },
    **{f"data/leds/{name}": "run python -m data.leds.generate, which makes it" for name in DATASET},
    **{f"data/{name}": "run data/generate.py, which makes it" for name in CLIP},
}


def check_inputs(root: Path) -> None:
    """Raise BuildError that lists every missing input and what brings it back."""
    missing = [f"  - {name} is missing: {remedy}" for name, remedy in REQUIRED.items() if not (root / name).exists()]
    if missing:
        raise BuildError("the build needs all of its inputs:\n" + "\n".join(missing))


def write_page(site: Path, root: Path, node: Node, out: Path) -> set[str]:
    """index.html with the lesson's sources in it, modules that it links to, classes.html, scripts, style, other files.

    Returns the names of the npm packages that are in the bundles.
    """
    out.mkdir(parents=True, exist_ok=True)
    page = lessons.fill((site / "index.html").read_text(encoding="utf-8"), root)
    (out / "index.html").write_text(page, encoding="utf-8", newline="\n")
    _copy(site / "classes.html", out / "classes.html")
    for name, path in lessons.modules(page, root).items():
        _copy(path, out / name)
    packages: set[str] = set()
    for source, target in SCRIPTS.items():
        packages |= esbuild(node, root, [str(site / source), *SCRIPT_OPTIONS, f"--outfile={out / target}"])
    packages |= esbuild(node, root, [str(site / "style.css"), *STYLE_OPTIONS, f"--outfile={out / 'style.css'}"])
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site)
        if path.is_file() and path.suffix not in BUNDLED and not path.name.startswith("."):
            _copy(path, out / name)
    return packages


def write_pyodide(package: Path, wheels: Iterable[Path], out: Path) -> None:
    """Pyodide's own files, a lock of only the packages shipped, and those packages."""
    for name in PYODIDE_FILES:
        _copy(package / name, out / name)
    for wheel in wheels:
        _copy(wheel, out / wheel.name)
    lock = pyodide_packages.read_lock(package / "pyodide-lock.json")
    (out / "pyodide-lock.json").write_text(pyodide_packages.trimmed_lock(lock), encoding="utf-8", newline="\n")


def write_ort(package: Path, out: Path) -> None:
    """The one WebAssembly file of onnxruntime-web."""
    _copy(package / "dist" / ORT_FILE, out / ORT_FILE)


def write_models(models: Path, out: Path) -> None:
    """Every ONNX file with the card that stands beside it, and the prior head if it has one."""
    for path in sorted(models.glob("*.onnx")):
        card = path.with_suffix(".json")
        if not card.is_file():
            raise BuildError(f"models/{path.name} must have its card beside it, {card.name} is missing: run its recipe")
        _copy(path, out / path.name)
        _copy(card, out / card.name)
        prior = path.with_suffix(".npz")
        if prior.is_file():
            _copy(prior, out / prior.name)


def write_embeddings(models: Path, out: Path) -> None:
    """Precomputed embeddings of each display's crops, under the names of the model and the display."""
    for path in sorted((models / "mobilenet").glob("embeddings_*.npz")):
        display = path.stem.removeprefix("embeddings_")
        _copy(path, out / "embeddings" / f"mobilenet_v1_imagenet-{display}.npz")


def write_data(data: Path, out: Path) -> None:
    """The datasets of both displays, see `_write_dataset`, and the clip of the first."""
    _write_dataset(data, out / "frames", out / "demo.zip")
    _write_dataset(data / "leds", out / "leds" / "frames", out / "leds" / "dataset.zip")
    for name in CLIP:
        _copy(data / name, out / name)


def _write_dataset(folder: Path, frames: Path, archive: Path) -> None:
    """A dataset's frames as they are; training and testing crops, layout and labels as one archive."""
    found = sorted((folder / "frames").glob("*.png"))
    if not found:
        raise BuildError(f"{folder / 'frames'} must hold PNG files, it has none: run its generate.py, which makes them")
    for frame in found:
        _copy(frame, frames / frame.name)
    members = [path for name in ("training", "testing") for path in (folder / name).rglob("*.png")]
    members += [folder / "layout.json", folder / "labels.csv"]
    write_zip(archive, [(path.relative_to(folder).as_posix(), path) for path in members])


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise BuildError(
            f"{source} can't be copied into dist ({error.strerror}): if it is in node_modules, delete that folder "
            "and run it again"
        ) from error
