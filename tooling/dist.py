"""`dist/`: made whole in a folder beside it, checked, and only then put in its place."""

import json
import os
import shutil
from pathlib import Path

from tooling import (
    build_id,
    bundle,
    licences,
    manifest,
    npm,
    page_wheels,
    pyodide_packages,
    sbom,
    snapshot,
    versions,
    wheel,
)
from tooling.steps import digest, say
from tooling.venv import Venv

INPUT_FOLDERS = ("site", "py", "models", "data", "tooling")
INPUT_FILES = (
    "build.py",
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
)
PASSED_OVER = {"__pycache__", ".pytest_cache"}


def build(root: Path, venv: Venv, mirror: str | None = None) -> Path:
    """Make `dist/` from the checkout, with all the set-up this needs; nothing where it is up to date.

    Raises BuildError, and leaves an older `dist/` as it was, when an input is missing, a part
    can't be had, or the result is over the budget.
    """
    bundle.check_inputs(root)
    dist = root / "dist"
    record = root / ".cache" / "dist.json"
    inputs = _inputs(root)
    known = _read(record)
    if known.get("inputs") == inputs and manifest.agrees(dist):
        say(f"dist is up to date\n{known['table']}")
        return dist

    venv.create()
    venv.install_build_tools()
    node = npm.install_packages(root, venv)
    packages = _python_packages(root, venv, mirror)
    staged = root / ".cache" / f"dist-{os.getpid()}"
    try:
        assemble(root, staged, venv, node, packages)
        say("Measuring …")
        groups = manifest.sizes(staged)
        manifest.check_budget(groups)
        _put_in_place(staged, dist)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    text = manifest.table(groups)
    record.write_text(json.dumps({"inputs": inputs, "table": text}), encoding="utf-8")
    say(f"dist is made\n{text}")
    return dist


def assemble(root: Path, out: Path, venv: Venv, node: npm.Node, packages: list[Path]) -> None:
    """Write every part of the site and its manifest into the folder `out`, which must not exist."""
    say("Bundling the page …")
    modules = root / "node_modules"
    bundled = bundle.write_page(root / "site", root, node, out)
    bundle.write_pyodide(modules / "pyodide", packages, out / "pyodide")
    bundle.write_ort(modules / "onnxruntime-web", out / "ort")
    bundle.write_models(root / "models", out / "models")
    bundle.write_embeddings(root / "models", out / "models")
    bundle.write_data(root / "data", out / "data")
    parts = [*licences.npm_parts(modules, bundled), *map(licences.wheel_part, packages), *licences.libraries()]
    licences.write_licences(root, parts, out)
    own = wheel.build_wheel(root, venv, out / "py", models=False)
    wheel.build_wheel(root, venv, out / "pip", models=True)
    scratch = root / ".cache" / f"snapshot-{os.getpid()}"
    snapshot.write_snapshot(modules / "pyodide", [*packages, own], node, scratch, out / "pyodide" / snapshot.NAME)
    version = wheel.project_version(root)
    sbom.write_sbom(root, venv, sbom.facts(version, parts, root / "models"), out)
    versions.write_versions(root, version, out)
    manifest.write_manifest(out, version, build_id.stamp(out))


def _python_packages(root: Path, venv: Venv, mirror: str | None) -> list[Path]:
    lock = pyodide_packages.read_lock(root / "node_modules" / "pyodide" / "pyodide-lock.json")
    cache = root / ".cache" / f"pyodide-{pyodide_packages.PYODIDE_VERSION}"
    scratch = root / ".cache" / f"pyodide-wheel-{os.getpid()}"
    try:
        pinned = pyodide_packages.pinned_files(lock)
        official = pyodide_packages.collect(pinned, cache, pyodide_packages.standard_sources(venv, scratch, mirror))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return official + page_wheels.collect(venv, root / ".cache" / "page-wheels")


def _put_in_place(staged: Path, dist: Path) -> None:
    old = staged.with_name(staged.name + "-old")
    if dist.exists():
        dist.rename(old)
    staged.rename(dist)
    shutil.rmtree(old, ignore_errors=True)


def _inputs(root: Path) -> str:
    paths = [root / name for name in INPUT_FILES]
    for folder in INPUT_FOLDERS:
        paths += sorted((root / folder).rglob("*"))
    files = [path for path in paths if path.is_file() and not PASSED_OVER.intersection(path.relative_to(root).parts)]
    return digest(*(part for path in files for part in (path.relative_to(root).as_posix(), path)))


def _read(record: Path) -> dict:
    try:
        return json.loads(record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
