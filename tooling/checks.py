"""The checks of `python build.py --check`: programs that read the checkout and change nothing."""

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import BuildError
from tooling.npm import Node
from tooling.steps import say
from tooling.venv import Venv

LONGEST_S = 600


@dataclass(frozen=True)
class Check:
    """One program, what it looks at, and what it is called with.

    `program` is `-m MODULE`, a module of the environment; `bin NAME`, one of the environment's
    scripts; or `npm PATH`, a file in `node_modules`.
    """

    name: str
    what: str
    program: str
    arguments: tuple[str, ...] = ()


CHECKS = (
    Check("ruff", "Python: mistakes and habits", "-m ruff", ("check", "--quiet")),
    Check("format", "Python: layout", "-m ruff", ("format", "--check", "--quiet")),
    Check("mypy", "Python: types", "-m mypy", ("--no-error-summary",)),
    Check("imports", "Python: what may import what", "bin lint-imports", ("--no-logo", "--no-cache")),
    Check("architecture", "attributes of other objects, constants in both languages", "-m tooling.architecture"),
    Check("eslint", "JavaScript: mistakes and habits", "npm eslint/bin/eslint.js", (".",)),
    Check("prettier", "JavaScript: layout", "npm prettier/bin/prettier.cjs", ("--check", "--log-level=warn", ".")),
    Check("tsc", "JavaScript of the page: types", "npm typescript/bin/tsc", ("-p", ".")),
    Check("tsc-workers", "JavaScript of the workers: types", "npm typescript/bin/tsc", ("-p", "tsconfig.workers.json")),
    Check(
        "dependencies",
        "JavaScript: what may import what",
        "npm dependency-cruiser/bin/dependency-cruise.mjs",
        ("--config", ".dependency-cruiser.cjs", "site", "tooling"),
    ),
    Check(
        "knip",
        "JavaScript: exports, files and packages that nothing uses",
        "npm knip/bin/knip.js",
        ("--no-progress", "--no-config-hints"),
    ),
)


def named(names: list[str]) -> list[Check]:
    """The checks of these names, in the order they run; all of them for none. Raises BuildError for an unknown name."""
    known = [check.name for check in CHECKS]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BuildError(f"no such check: {', '.join(unknown)}; there are: {', '.join(known)}")
    return [check for check in CHECKS if not names or check.name in names]


def run(root: Path, venv: Venv, node: Node, checks: list[Check]) -> int:
    """Run the checks one after the other, one line each; below it the output of one that fails.

    Returns 1 when any failed, or 0.
    """
    failed = []
    for check in checks:
        started = time.monotonic()
        output = result(check, root, venv, node)
        verdict = "ok" if output is None else "FAILED"
        say(f"{verdict:<7}{check.name:<13}{time.monotonic() - started:5.1f} s  {check.what}")
        if output is not None:
            say(output)
            failed.append(check.name)
    if failed:
        say(f"{len(failed)} of {len(checks)} failed. To run them alone: python build.py --check {' '.join(failed)}")
    return 1 if failed else 0


def result(check: Check, root: Path, venv: Venv, node: Node) -> str | None:
    """None when the check finds nothing in the checkout at `root`, or else what it says."""
    done = subprocess.run(
        command(check, root, venv, node),
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=LONGEST_S,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "py"), str(root)])},
    )
    if done.returncode == 0:
        return None
    return done.stdout.strip() or f"{check.program} ended with status {done.returncode} and said nothing"


def command(check: Check, root: Path, venv: Venv, node: Node) -> list[str | Path]:
    """The command line of a check."""
    match check.program.split():
        case ["-m", module]:
            return [venv.python, "-m", module, *check.arguments]
        case ["bin", script]:
            return [venv.python.parent / script, *check.arguments]
        case [_, path]:
            return [node.node, root / "node_modules" / path, *check.arguments]
    raise ValueError(check.program)
