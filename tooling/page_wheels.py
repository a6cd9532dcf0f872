"""The pure Python packages of the page that Pyodide does not bring; tooling/page_wheels.txt pins them."""

import hashlib
import re
from pathlib import Path

from tooling.errors import BuildError
from tooling.venv import Venv

PINS = Path(__file__).with_suffix(".txt")


def collect(venv: Venv, cache: Path) -> list[Path]:
    """Their wheels in the folder `cache`, each with the sha256 that is pinned; pip fetches what is missing there."""
    pinned = re.findall(r"--hash=sha256:([0-9a-f]{64})", PINS.read_text(encoding="utf-8"))
    if found := _complete(cache, pinned):
        return found
    cache.mkdir(parents=True, exist_ok=True)
    for wheel in cache.glob("*.whl"):
        wheel.unlink()
    venv.pip(
        ["download", "--no-deps", "--only-binary=:all:", "--require-hashes", "--dest", cache, "-r", PINS],
        title="Downloading the page's pure Python packages",
        log="pip-page-wheels.log",
    )
    if not (found := _complete(cache, pinned)):
        names = ", ".join(sorted(wheel.name for wheel in cache.glob("*.whl"))) or "nothing"
        raise BuildError(f"{PINS.name} pins {len(pinned)} wheels by their hashes, pip gave {names}: delete {cache}")
    return found


def _complete(cache: Path, pinned: list[str]) -> list[Path]:
    """The wheels in their order of hashes, none at all where one is missing."""
    found = {hashlib.sha256(wheel.read_bytes()).hexdigest(): wheel for wheel in cache.glob("*.whl")}
    return [found[sha] for sha in pinned] if set(pinned) <= found.keys() else []
