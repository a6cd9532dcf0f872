"""Fonts out of Debian's packages, unpacked into a folder: nothing is installed, root is not needed."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tooling.errors import BuildError
from tooling.steps import run

SUFFIXES = (".ttf", ".otf")


def debian_fonts(packages: Iterable[str], folder: Path) -> list[Path]:
    """The font files of Debian packages, sorted; each package is unpacked into `folder`/package once.

    apt checks the packages' signatures. Raises BuildError where a package can't be fetched or
    unpacked, or holds no TrueType or OpenType font.
    """
    packages = sorted(set(packages))
    folder = Path(folder)
    missing = [package for package in packages if not (folder / package).is_dir()]
    if missing:
        _fetch(missing, folder)
    fonts = []
    for package in packages:
        found = [path for path in (folder / package).rglob("*") if path.suffix.lower() in SUFFIXES]
        if not found:
            raise BuildError(
                f"a font package holds {' or '.join(SUFFIXES)} files, {package} holds none: "
                f"delete {folder / package} to fetch it again, or name another package"
            )
        fonts += found
    return sorted(fonts)


def _fetch(packages: list[str], folder: Path) -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if not shutil.which(tool):
            raise BuildError(
                f"the fonts {', '.join(packages)} come from Debian packages and need {tool}, which is not there: "
                f"run this on Debian, or unpack each package into {folder}/PACKAGE by hand"
            )
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=folder) as scratch:
        scratch = Path(scratch)
        _download(packages, scratch, folder / "logs")
        for package in packages:
            _unpack(package, scratch, folder)


def _download(packages: list[str], scratch: Path, logs: Path) -> None:
    title = f"Fetching {len(packages)} font packages"
    command = ["apt-get", "download", *packages]
    next_step = (
        f"Check the network, run `apt-get update` as root, then `apt-get download {' '.join(packages)}` to see why."
    )
    try:
        run(title, command, log=logs / "download.log", next_step=next_step, cwd=scratch)
    except BuildError:
        if os.geteuid() != 0:
            raise
        # A fresh container has no package list, an old one a list of files that are gone.
        run("Updating Debian's package list", ["apt-get", "update"], log=logs / "update.log", next_step=next_step)
        run(title, command, log=logs / "download.log", next_step=next_step, cwd=scratch)


def _unpack(package: str, scratch: Path, folder: Path) -> None:
    archives = sorted(scratch.glob(f"{package}_*.deb"))
    if len(archives) != 1:
        raise BuildError(f"apt-get download leaves one archive of {package}, it left {len(archives)}: run this again")
    run(
        f"Unpacking {package}",
        ["dpkg-deb", "-x", archives[0], scratch / package],
        log=folder / "logs" / "unpack.log",
        next_step="Check that the disk has room, then run this again.",
    )
    try:
        (scratch / package).rename(folder / package)
    except OSError as error:
        if not (folder / package).is_dir():  # another process may have put the same files there
            raise BuildError(f"{folder / package} can't be written ({error}): check the folder") from error
