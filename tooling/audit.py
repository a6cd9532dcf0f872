"""Known vulnerabilities of every pinned part, asked of the registries by their own clients: npm audit and pip-audit.

They say themselves what they find, and for what their registry has no answer.
"""

import subprocess
from pathlib import Path

from tooling import pyodide_packages
from tooling.npm import Node
from tooling.steps import say
from tooling.venv import FOLDER, Venv

PIP_AUDIT = ("-m", "pip_audit", "--strict", "--disable-pip", "--no-deps", "--progress-spinner", "off")
"""strict: a package that the index does not know counts as one that is vulnerable."""


def audit(root: Path, venv: Venv, node: Node) -> int:
    """Ask. Returns 0 where nothing is known of any part; 1 where something is, or no registry has an answer for one."""
    shipped = venv.logs / "shipped-wheels.txt"
    pins = [f"{name}=={version}\n" for name, version in pyodide_packages.PACKAGES.items()]
    shipped.write_text("".join(pins), encoding="utf-8")
    commands: dict[str, list] = {"npm audit": [*node.npm, "audit"]}
    for path in (shipped, *sorted((root / FOLDER).glob("*.txt"))):
        commands[f"pip-audit of {path.name}"] = [venv.python, *PIP_AUDIT, "-r", path]
    failed = []
    for title, command in commands.items():
        say(f"{title} …")
        if subprocess.run(command, cwd=root).returncode:
            failed.append(title)
    if failed:
        say(f"Vulnerable, or unknown where a registry did not answer, as said above: {', '.join(failed)}")
    return 1 if failed else 0
