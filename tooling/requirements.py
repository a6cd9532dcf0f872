"""The hash files of tooling/requirements: every Python package that the build installs, with the hashes of its release.

    python -m tooling.requirements [--upgrade]

resolves pyproject.toml again, for Linux, macOS and Windows and every Python from 3.11 on, and writes them. Versions
stay what they are unless pyproject.toml asks for others, or `--upgrade` is given.
"""

import re
import sys
import tomllib
from pathlib import Path

from tooling.npm import NODE_REQUIREMENT
from tooling.venv import FOLDER, Venv

ROOT = Path(__file__).resolve().parents[1]
OLDEST_PYTHON = "3.11"
HEAD = "# {} Made by `python -m tooling.requirements`.\n"
TEXTS = {
    "test": "What the tests run with.",
    "check": "What the checks run with.",
    "build": "What packs the wheel and writes the parts list.",
    "supply": "What looks for known vulnerabilities, and what writes these files.",
    "node": "Node.js, where the machine has none.",
    "cuda": "What the CUDA build of PyTorch asks for, which pip chooses on Linux where no other build is offered.",
}
CUDA = re.compile(r"^(nvidia-|cuda-|triton)")
BUILDS_ELSEWHERE = {
    # CPU builds for Linux, which an index of PyTorch's own or a folder of wheels may offer beside the default one.
    "torch==2.13.0": ("6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",),
}


def groups(root: Path) -> dict[str, list[str]]:
    """The requirements of each hash file, as pyproject.toml states them."""
    file = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    project = file["project"]
    extras = project["optional-dependencies"]
    return {
        "test": [*project["dependencies"], *extras["test"]],
        "check": [*project["dependencies"], *extras["video"], *extras["mqtt"], *extras["check"]],
        "build": [*file["build-system"]["requires"], *extras["build"]],
        "supply": extras["supply"],
        "node": [NODE_REQUIREMENT],
    }


def entries(text: str) -> dict[str, str]:
    """{name: its lines} of a hash file."""
    blocks = re.findall(r"(?m)^[A-Za-z0-9].*(?:\n .*)*\n", text)
    return {re.split(r"[=\s]", block, maxsplit=1)[0]: block for block in blocks}


def with_other_builds(block: str) -> str:
    """An entry with the hashes of BUILDS_ELSEWHERE."""
    requirement = re.split(r"[\s;]", block, maxsplit=1)[0]
    hashes = [value for value in BUILDS_ELSEWHERE.get(requirement, ()) if value not in block]
    return block.rstrip("\n") + "".join(f" \\\n    --hash=sha256:{value}" for value in hashes) + "\n"


def main(arguments: list[str]) -> int:
    """Write the hash files. Returns the exit status."""
    venv = Venv(ROOT)
    venv.create()
    venv.install("supply", title="Installing uv")
    folder = ROOT / FOLDER
    cuda: dict[str, str] = {}
    for name, requirements in groups(ROOT).items():
        target = folder / f"{name}.txt"
        asked = venv.logs / f"{name}.in"
        asked.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        options = [
            "--universal",
            "--python-version",
            OLDEST_PYTHON,
            "--generate-hashes",
            "--no-header",
            "--no-annotate",
        ]
        if name != "test":
            options += ["-c", folder / "test.txt"]
        venv.module(
            ["uv", "pip", "compile", *options, *arguments, asked, "-o", target],
            title=f"Resolving {target.name}",
            log=f"uv-{name}.log",
        )
        found = entries(target.read_text(encoding="utf-8"))
        cuda |= {package: block for package, block in found.items() if CUDA.match(package)}
        _write(target, [with_other_builds(block) for package, block in found.items() if package not in cuda])
    _write(folder / "cuda.txt", [cuda[package] for package in sorted(cuda)])
    return 0


def _write(target: Path, blocks: list[str]) -> None:
    target.write_text(HEAD.format(TEXTS[target.stem]) + "".join(blocks), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
