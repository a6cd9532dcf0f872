"""`licences.txt`: every part that `dist/` holds, with the text of its licence.

A text comes from the part's own package. Where a package ships none, or holds compiled libraries, the text is in
tooling/licence_texts, each with a head of four lines: part, licence, the packages it is shipped in, and its source.
"""

import base64
import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

from tooling.errors import BuildError

KEPT = Path(__file__).parent / "licence_texts"
COPIED_NPM = ("onnxruntime-common", "onnxruntime-web", "pyodide")
"""npm packages whose files are copied, or lie inside those; of others the bundler says whether they are in the page."""
LICENCE_FILE = re.compile(r"(^|/)(licen[cs]e|copying|notice)[^/]*$", re.IGNORECASE)
HEAD = ("Part", "Licence", "Shipped in", "Source")
LINE = "\n" + "-" * 72 + "\n\n"


@dataclass(frozen=True)
class Part:
    """A shipped part: `kind` is its packageurl type, `licence` an SPDX expression or the package's words."""

    kind: str
    name: str
    version: str
    licence: str
    home: str
    texts: tuple[str, ...]
    inside: tuple[str, ...] = ()
    """The parts whose files hold this one."""
    sha512: str = ""
    sha256: str = ""


def npm_parts(modules: Path, bundled: Iterable[str]) -> list[Part]:
    """The npm packages of the page: those in the bundles, by name, and those whose files are copied."""
    return [_npm_part(modules, name) for name in sorted({*bundled, *COPIED_NPM})]


def _npm_part(modules: Path, name: str) -> Part:
    try:
        package = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BuildError(f"{name} can't be read in node_modules ({error}): delete it and run it again") from error
    home = package.get("repository", "")
    texts = [
        path.read_text(encoding="utf-8").strip()
        for path in sorted((modules / name).iterdir())
        if path.is_file() and LICENCE_FILE.search(path.name)
    ]
    return Part(
        "npm",
        name,
        package["version"],
        package["license"],
        home if isinstance(home, str) else home["url"],
        (*texts, *_own_texts(name)),
        sha512=_locked_digest(modules, name),
    )


def _locked_digest(modules: Path, name: str) -> str:
    """The digest of a package in package-lock.json, in hexadecimal; empty where it has none."""
    locked = json.loads((modules.parent / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    kind, _, value = locked.get(f"node_modules/{name}", {}).get("integrity", "").partition("-")
    return base64.b64decode(value).hex() if kind == "sha512" else ""


def wheel_part(wheel: Path) -> Part:
    """The Python package in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(archive.namelist())
        (metadata,) = (name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        fields = HeaderParser().parsestr(archive.read(metadata).decode("utf-8"))
        files = [name for name in names if LICENCE_FILE.search(name) and not name.endswith((".py", ".pyc"))]
        texts = list(dict.fromkeys(archive.read(name).decode("utf-8").strip() for name in files))
    name = fields["Name"].lower()
    links = [link.lower().partition(", ") for link in fields.get_all("Project-URL", [])]
    home = fields["Home-page"] or next((url for label, _, url in links if label in ("homepage", "source")), "")
    return Part(
        "pypi", name, fields["Version"], _licence_of(fields), home, (*texts, *_own_texts(name)), sha256=sha256(wheel)
    )


def sha256(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _licence_of(fields: Message) -> str:
    """The licence that a wheel's metadata states, in one line."""
    classifiers = [
        line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License")
    ]
    stated = fields["License-Expression"] or ", ".join(classifiers) or fields["License"] or "see below"
    return stated.strip().splitlines()[0]


def libraries() -> list[Part]:
    """The compiled libraries inside shipped packages."""
    return [
        Part("generic", head["Part"], "", head["Licence"], "", (text,), inside=tuple(_names(head["Shipped in"])))
        for head, text in _kept()
        if head["Part"] != head["Shipped in"]
    ]


def _where(part: Part) -> str:
    return f"in {', '.join(part.inside)}" if part.inside else ""


def _own_texts(package: str) -> list[str]:
    """The texts that are kept for a package which ships none."""
    return [text for head, text in _kept() if head["Part"] == head["Shipped in"] and package in _names(head["Part"])]


def _names(field: str) -> list[str]:
    return field.split(", ")


def _kept() -> Iterator[tuple[dict[str, str], str]]:
    """(head, text) of each file of tooling/licence_texts."""
    for path in sorted(KEPT.glob("*.txt")):
        head, _, text = path.read_text(encoding="utf-8").partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        if tuple(fields) != HEAD or not text.strip():
            raise BuildError(
                f"tooling/licence_texts/{path.name} begins with {', '.join(HEAD)}, then the text: correct it"
            )
        yield fields, f"(text: {fields['Source']})\n\n{text.strip()}"


def write_licences(root: Path, parts: Iterable[Part], out: Path) -> None:
    """Write licences.txt: Readout's own, MobileNet's, and each part's. Raises BuildError for parts without a text."""
    parts = list(parts)
    if bare := [f"{part.name} {part.version}" for part in parts if not part.texts]:
        raise BuildError(
            f"every shipped part has the text of its licence, {', '.join(bare)} has none in its package: "
            "put it into tooling/licence_texts, with its source"
        )
    own = {"Readout": "LICENSE", "MobileNet v1": "models/LICENSE-mobilenet"}
    texts = [f"{name}\n\n{(root / file).read_text(encoding='utf-8').strip()}\n" for name, file in own.items()]
    seen: dict[str, str] = {}
    for part in parts:
        whole = "\n\n".join(part.texts)
        text = f"The text is that of {seen[whole]}." if whole in seen else whole
        seen.setdefault(whole, part.name)
        title = ", ".join(
            filter(None, (f"{part.name} {part.version}".strip(), part.licence, part.home or _where(part)))
        )
        texts.append(f"{title}\n\n{text}\n")
    (out / "licences.txt").write_text(LINE.join(texts), encoding="utf-8", newline="\n")
