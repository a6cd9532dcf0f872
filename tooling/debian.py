"""Programs of Debian's packages, where this is root on Debian."""

import os
import shutil
from pathlib import Path

from tooling.steps import run
from tooling.venv import Venv


def is_root() -> bool:
    """Whether packages can be installed: this is root, and on Debian."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    try:
        return "ID=debian" in Path("/etc/os-release").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False


def install(package: str, venv: Venv) -> None:
    """Install a package of Debian. Raises BuildError with the end of what apt-get said."""
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "--yes", "-o", "DPkg::Lock::Timeout=300"]
    next_step = f"Run `apt-get update && apt-get install {package}` by hand to see why."
    for title, command in (
        ("Updating Debian's package list", ["update"]),
        (f"Installing Debian's {package}", ["install", "--no-install-recommends", package]),
    ):
        log = venv.logs / f"apt-{command[0]}.log"
        run(title, [*apt, *command], log=log, next_step=next_step, env=quiet)
