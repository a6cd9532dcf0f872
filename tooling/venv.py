"""The virtual environment in the checkout, and what pip puts into it."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

from tooling.errors import BuildError
from tooling.steps import Stamp, digest, run

PIP_NEXT_STEP = "Check that this machine reaches its Python package index (see `pip config list`), then run it again."


class Venv:
    """`.venv` in the checkout. `python` is its interpreter; nothing outside it is installed into."""

    def __init__(self, root: Path, folder: Path | None = None):
        self.root = root
        self.folder = folder or root / ".venv"
        self.logs = root / ".cache" / "logs"
        self.constraints = root / "tooling" / "constraints.txt"
        scripts = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        self.python = self.folder / scripts

    def create(self) -> None:
        """Make the environment unless a working one is there."""
        if self._works():
            return
        run(
            f"Making {self.folder.name} with Python {sys.version.split()[0]}",
            [sys.executable, "-m", "venv", "--clear", self.folder],
            log=self.logs / "venv.log",
            next_step="On Debian and Ubuntu the module comes with `apt-get install python3-venv`.",
        )

    def install(self, name: str, requirements: list[str], *, title: str, inputs: str = "") -> None:
        """Install requirements, unless this was done for the same ones before.

        `name` names the stamp; `inputs` is anything else that should cause a new installation.
        """
        stamp = Stamp(
            self.folder / f"readout-{name}.stamp",
            digest(requirements, self.constraints, inputs),
        )
        if stamp.is_fresh():
            return
        self.pip(["install", "-c", self.constraints, *requirements], title=title, log=f"pip-{name}.log")
        stamp.write()

    def install_build_tools(self) -> None:
        """Install what packs `py/` as a wheel: the build requirements of pyproject.toml."""
        requirements = self._project()["build-system"]["requires"]
        self.install("build", requirements, title="Installing the wheel builder")

    def install_tests(self) -> None:
        """Install the project itself, editable, with its `test` extra."""
        project = self._project()
        version = self.root / "py" / "readout" / "__init__.py"
        self.install(
            "test",
            ["--editable", f"{self.root}[test]"],
            title="Installing the test packages",
            inputs=digest(project, version),
        )

    def install_checks(self) -> None:
        """Install what the checks run, and what the core imports, whose types are checked."""
        project = self._project()["project"]
        requirements = [
            *project["dependencies"],
            *(r for name in ("video", "check") for r in project["optional-dependencies"][name]),
        ]
        self.install("check", requirements, title="Installing the checks")

    def packages(self) -> Path:
        """The environment's site-packages folder."""
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        answer = subprocess.run([self.python, "-c", ask], capture_output=True, text=True, check=True)
        return Path(answer.stdout.strip())

    def pip(self, arguments: list[str | Path], *, title: str, log: str) -> None:
        """Run pip in the environment."""
        run(
            title,
            [self.python, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments],
            log=self.logs / log,
            next_step=PIP_NEXT_STEP,
            cwd=self.root,
        )

    def _project(self) -> dict:
        path = self.root / "pyproject.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise BuildError(f"pyproject.toml can't be read ({error}): restore it from the repository") from error

    def _works(self) -> bool:
        try:
            check = subprocess.run([self.python, "-m", "pip", "--version"], capture_output=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return check.returncode == 0
