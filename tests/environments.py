"""A new environment of Python, where no checkout is: Readout comes into it as a wheel, or not at all."""

import os
import subprocess
import sysconfig
import venv
from pathlib import Path


def create_environment(folder: Path) -> Path:
    """Make an environment that has the packages of the tests but Readout; returns the folder of its commands."""
    venv.create(folder, symlinks=os.name != "nt")
    commands = folder / ("Scripts" if os.name == "nt" else "bin")
    ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = Path(run(commands / "python", "-c", ask, cwd=folder).strip())
    shared = folder / "shared"
    shared.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "readout" not in entry.name:
            (shared / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    (packages / "shared.pth").write_text(f"{shared}\n", encoding="utf-8")
    return commands


def run(*command, cwd: Path, **variables: str) -> str:
    """Run a command that knows no checkout, and give what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HATCH"))}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=kept | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
