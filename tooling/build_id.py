"""The id of a build: the same for every script and page of one build, another for any other.

A page, its workers and its service worker ask each other for it, and what they fetch has addresses that name it
or the content of the file; see site/runtime/build.js.
"""

import hashlib
import re
from pathlib import Path

PLACEHOLDER = "readout-build-id"
"""What stands in the page and its scripts until the id is known: as many letters as that has."""
VERSIONED = re.compile(r'\b(href|src)="([\w./-]+\.(?:js|css|json|png|svg|wasm|snapshot))"')
"""The page's links to parts of the site."""
PAGES = ("index.html", "classes.html")


def stamp(folder: Path) -> str:
    """Put the id into the page and the scripts of a finished site, and return it.

    It is made from the names and bytes of all files. The page's own links get addresses that name the content.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    whole = hashlib.sha256()
    for path in files:
        whole.update(f"{path.relative_to(folder).as_posix()} {_digest(path)}\n".encode())
    build = whole.hexdigest()[: len(PLACEHOLDER)]
    for path in files:
        if path.suffix in {".js", ".html"}:
            content = path.read_bytes()
            path.write_bytes(content.replace(PLACEHOLDER.encode(), build.encode()))
    for page in (path for path in files if path.relative_to(folder).as_posix() in PAGES):
        text = page.read_text(encoding="utf-8")
        page.write_text(
            VERSIONED.sub(lambda link: f'{link[1]}="{_versioned(link[2], folder, build)}"', text),
            encoding="utf-8",
            newline="\n",
        )
    return build


def _versioned(link: str, folder: Path, build: str) -> str:
    if link == "manifest.json":
        return f"{link}?v={build}"
    path = folder / link
    return f"{link}?v={_digest(path)[: len(build)]}" if path.is_file() else link


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
