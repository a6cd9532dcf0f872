"""Known vulnerabilities of every pinned part, asked of the registries by their own clients: npm audit and pip-audit."""

import json
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tooling import pyodide_packages
from tooling.npm import Node
from tooling.steps import say
from tooling.venv import FOLDER, Venv

FOUND, UNKNOWN = 1, 2
"""Exit statuses: something is known to be vulnerable; a registry did not answer, so that nobody knows."""
TIME_LIMIT_S = 300
LAST_WORDS = 300
"""Characters of a client's own words that are repeated."""


@dataclass(frozen=True)
class Answer:
    """What a client found: lines of vulnerabilities, or why it could not ask."""

    client: str
    parts: int
    found: tuple[str, ...] = ()
    failure: str = ""


def audit(root: Path, venv: Venv, node: Node) -> int:
    """Ask and print. Returns 0 where nothing is known, FOUND, or UNKNOWN."""
    shipped = venv.logs / "shipped-wheels.txt"
    pins = [f"{name}=={version}\n" for name, version in pyodide_packages.PACKAGES.items()]
    shipped.write_text("".join(pins), encoding="utf-8")
    lists = {"Python in the page": shipped}
    lists |= {f"Python, {path.stem}": path for path in sorted((root / FOLDER).glob("*.txt"))}
    answers = [npm_answer(root, node)]
    answers += [pip_answer(venv, title, path) for title, path in lists.items()]
    return report(answers)


def report(answers: Iterable[Answer]) -> int:
    """Print what was found. Returns the exit status."""
    status = 0
    for answer in answers:
        if answer.failure:
            say(f"unknown  {answer.client}: no full answer for {answer.parts} packages. {answer.failure}")
            status = UNKNOWN
        if answer.found:
            say(f"found    {answer.client}: {len(answer.found)} in {answer.parts} packages")
            say("\n".join(f"  - {line}" for line in answer.found))
            status = status or FOUND
        if not answer.failure and not answer.found:
            say(f"none     {answer.client}: {answer.parts} packages")
    if status == UNKNOWN:
        say(
            "Nothing is said of the parts marked unknown: connect to the network, or name a registry to pip or npm that"
        )
        say("answers audits, and run it again.")
    return status


def npm_answer(root: Path, node: Node) -> Answer:
    """What `npm audit` says of package-lock.json."""
    locked = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    parts = len(locked) - 1
    output, failure = _run([*node.npm, "audit", "--json"], root)
    try:
        answer = json.loads(output)
        packages = answer["vulnerabilities"]
    except (ValueError, KeyError, TypeError):
        return Answer("npm audit", parts, failure=failure or _end(output) or "npm said nothing.")
    return Answer("npm audit", parts, tuple(_npm_line(name, entry) for name, entry in sorted(packages.items())))


def _npm_line(name: str, entry: dict) -> str:
    titles = [via["title"] for via in entry.get("via", []) if isinstance(via, dict) and "title" in via]
    reason = "; ".join(titles) or "by what it needs"
    return f"{name} {entry.get('range', '')}, {entry.get('severity', 'unknown')}: {reason}"


def pip_answer(venv: Venv, title: str, requirements: Path) -> Answer:
    """What pip-audit says of a list of pinned packages."""
    client = f"pip-audit ({title})"
    parts = sum(line[:1].isalnum() for line in requirements.read_text(encoding="utf-8").splitlines())
    options = ["--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    output, failure = _run([venv.python, "-m", "pip_audit", *options, "-r", requirements], venv.root)
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Answer(client, parts, failure=failure or _end(output) or "pip-audit said nothing.")
    lines = [
        f"{package['name']} {package['version']}: {entry['id']}, {_mended(entry['fix_versions'])}"
        for package in packages
        for entry in package.get("vulns", [])
    ]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    names = ", ".join([*skipped[:3], "…"] if len(skipped) > 3 else skipped)
    return Answer(client, parts, tuple(lines), f"It does not know {len(skipped)}: {names}." if skipped else "")


def _mended(versions: list[str]) -> str:
    return f"mended in {', '.join(versions) or 'no version'}"


def _run(command: list, folder: Path) -> tuple[str, str]:
    """(standard output, the end of the errors) of a client; its exit status says only that it found something."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=TIME_LIMIT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "", _end(str(error))
    return done.stdout, _end(done.stderr)


def _end(text: str) -> str:
    return text.strip()[-LAST_WORDS:]
