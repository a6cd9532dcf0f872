"""The wheels of `py/`, for the page and for pip, and the archive of the bundled digits."""

import zipfile
from pathlib import Path

from tooling import constants
from tooling.errors import BuildError
from tooling.steps import run
from tooling.venv import Venv

# 2020-01-01: wheels can't hold a date before 1980, and a fixed one keeps the bytes the same.
SOURCE_DATE_EPOCH = "1577836800"
ZIP_DATE = (2020, 1, 1, 0, 0, 0)


def project_version(root: Path) -> str:
    """`__version__` in py/readout/__init__.py, read without importing it."""
    path = root / "py" / "readout" / "__init__.py"
    if version := constants.module_constants(path).get("__version__"):
        return str(version)
    raise BuildError(f'{path} must have a line like __version__ = "1.0.0", it has none: add it')


def build_wheel(root: Path, venv: Venv, folder: Path, *, models: bool) -> Path:
    """Pack `py/` as a pure wheel, with or without models, into `folder`: same sources, same bytes."""
    hooks = {} if models else {"HATCH_BUILD_NO_HOOKS": "true"}
    run(
        "Packing py/ and the models as a wheel" if models else "Packing py/ as a wheel",
        [venv.python, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        log=venv.logs / "wheel.log",
        next_step="Correct what the last lines say; py/ and pyproject.toml are what is packed.",
        cwd=root,
        env={**hooks, "SOURCE_DATE_EPOCH": SOURCE_DATE_EPOCH},
    )
    expected = folder / f"readout_numbers-{project_version(root)}-py3-none-any.whl"
    if not expected.is_file():
        found = ", ".join(path.name for path in folder.iterdir()) or "nothing"
        raise BuildError(f"hatchling must make {expected.name}, it made {found}: see [tool.hatch] in pyproject.toml")
    return expected


def write_zip(target: Path, files: list[tuple[str, Path]]) -> None:
    """Write (name in the archive, file) pairs uncompressed, with fixed dates and modes.

    PNG doesn't shrink, and stored bytes don't depend on the zlib of the machine that builds.
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in sorted(files):
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
