"""What `dist/` holds: the manifest, the size table and the budget."""

import gzip
import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from tooling.errors import BuildError

NAME = "manifest.json"
BUDGET = 15_000_000
"""Bytes by gzip that a first visit may take, the demo's frames aside."""
DEFAULT_MODEL = "glyphs"
"""The one model of a first visit."""
FRAMES = "data/frames"
ON_REQUEST = "on request: "
"""Begins the names of groups whose files a first visit does without."""
LATER: tuple[str, ...] = (
    "classes.html",
    "classes.js",
    "editor.js",
    "features/*",
    "sw.js",
    "workers/live.js",
    "workers/video.js",
    "py/*",
    "pip/*",
    "source/*",
    "pyodide/*.whl",
    "pyodide/python_stdlib.zip",
    "models/*",
    "data/clip.*",
    "data/leds/*",
    "apple-touch-icon.png",
    "icon-*.png",
    "robots.txt",
    "social.png",
    "versions.html",
    "licences.txt",
    "sbom.cdx.json",
)
"""Files fetched only when something asks for them; of the models the default one is not."""
OFFLINE = ("workers/*", "py/*", "pyodide/python_stdlib.zip", "models/lines.*", f"{FRAMES}/*", "sw.js")
"""What is kept for offline use beside a first visit's files: without these own pictures are not read."""


@dataclass(frozen=True)
class Size:
    """Bytes of a group of files, as they are and by gzip -9."""

    files: int = 0
    raw: int = 0
    gzip: int = 0


def manifest(folder: Path, version: str, build: str) -> dict:
    """`{"version", "build", "files": {path: {"bytes", "sha256"}}, "first": [path]}` of every file but itself.

    build: see tooling/build_id.py. first: what the page keeps after its first visit, to work offline.
    """
    entries = {}
    for name in _names(folder):
        content = (folder / name).read_bytes()
        entries[name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    first = [name for name in entries if not _group(name).startswith(ON_REQUEST) or _matches(name, OFFLINE)]
    return {"version": version, "build": build, "files": entries, "first": first}


def write_manifest(folder: Path, version: str, build: str) -> None:
    """Write manifest.json into the folder, sorted."""
    text = json.dumps(manifest(folder, version, build), indent=1, sort_keys=True) + "\n"
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")


def agrees(folder: Path) -> bool:
    """Whether the folder's files are exactly those of its manifest.json."""
    try:
        written = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return manifest(folder, written["version"], written["build"]) == written
    except (OSError, ValueError, KeyError, TypeError):
        return False


def sizes(folder: Path) -> dict[str, Size]:
    """Sizes by group: FRAMES, ON_REQUEST and the top folder, the top folder, or "page" for files at the top."""
    groups: dict[str, Size] = {}
    for name in [*_names(folder), NAME]:
        content = (folder / name).read_bytes()
        size = Size(1, len(content), len(gzip.compress(content, compresslevel=9, mtime=0)))
        groups[_group(name)] = _total([groups.get(_group(name), Size()), size])
    return dict(sorted(groups.items()))


def table(groups: dict[str, Size], budget: int = BUDGET) -> str:
    """The sizes as text: of a first visit with the total that the budget is for, and of the rest."""
    first = _first_visit(groups)
    rest = {name: size for name, size in groups.items() if name not in first}
    lines = [f"{'':<22}{'files':>7}{'bytes':>13}{'gzip':>13}"]
    lines += [_row(name, size) for name, size in first.items()]
    lines += [_row("first visit", _total(first.values())), f"{'budget':<22}{'':>20}{budget:>13,}"]
    lines += [_row(name, size) for name, size in sorted(rest.items())]
    lines.append(_row("total", _total(groups.values())))
    return "\n".join(lines)


def check_budget(groups: dict[str, Size], budget: int = BUDGET) -> None:
    """Raise BuildError when a first visit, without the demo's frames, is more than the budget."""
    counted = _total(_first_visit(groups).values()).gzip
    if counted > budget:
        raise BuildError(
            f"a first visit may take {budget:,} bytes by gzip, this one takes {counted:,}: make a part smaller, "
            f"or argue for another BUDGET in tooling/manifest.py\n{table(groups, budget)}"
        )


def _first_visit(groups: dict[str, Size]) -> dict[str, Size]:
    return {name: size for name, size in groups.items() if name != FRAMES and not name.startswith(ON_REQUEST)}


def _row(name: str, size: Size) -> str:
    return f"{name:<22}{size.files:>7}{size.raw:>13,}{size.gzip:>13,}"


def _total(parts: Collection[Size]) -> Size:
    return Size(sum(p.files for p in parts), sum(p.raw for p in parts), sum(p.gzip for p in parts))


def _names(folder: Path) -> list[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return sorted(name for path in paths if (name := path.relative_to(folder).as_posix()) != NAME)


def _group(name: str) -> str:
    if name.startswith(FRAMES + "/"):
        return FRAMES
    top, slash, _ = name.partition("/")
    top = top if slash else "page"
    later = _matches(name, LATER) and not name.startswith(f"models/{DEFAULT_MODEL}.")
    return ON_REQUEST + top if later else top


def _matches(name: str, patterns: Collection[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
