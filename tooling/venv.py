"""The virtual environment in the checkout, and what pip puts into it."""

import os
import subprocess
import sys
from pathlib import Path

from tooling.errors import BuildError
from tooling.steps import Stamp, digest, run

FOLDER = "tooling/requirements"
"""Where the hash files are, in the checkout."""
PIP_NEXT_STEP = "Check that this machine reaches its Python package index (see `pip config list`), then run it again."


class Venv:
    """`.venv` in the checkout. `python` is its interpreter; nothing outside it is installed into."""

    def __init__(self, root: Path, folder: Path | None = None):
        self.root = root
        self.folder = folder or root / ".venv"
        self.logs = root / ".cache" / "logs"
        self.requirements = root / FOLDER
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

    def install(self, name: str, *, title: str, inputs: str = "") -> None:
        """Install what tooling/requirements/NAME.txt lists, by its hashes, unless this was done before.

        `inputs` is anything else that should cause a new installation.
        """
        stamp = self._stamp(name, inputs)
        if stamp.is_fresh():
            return
        # The files are whole: every package that another one needs is in them, with its hash.
        self.pip(
            ["install", "--no-deps", "--require-hashes", "-r", self.requirements / f"{name}.txt"],
            title=title,
            log=f"pip-{name}.log",
        )
        stamp.write()

    def install_build_tools(self) -> None:
        """Install what packs `py/` as a wheel, and what writes the list of parts."""
        self.install("build", title="Installing the wheel builder")

    def install_tests(self) -> None:
        """Install what the tests need, and the project itself, editable."""
        version = self.root / "py" / "readout" / "__init__.py"
        inputs = digest(self.root / "pyproject.toml", version)
        stamp = self._stamp("test", inputs)
        if stamp.is_fresh():
            return
        self.install_build_tools()
        self.install("test", title="Installing the test packages", inputs=inputs)
        if self._asks_for_cuda():
            self.install("cuda", title="Installing what this build of PyTorch needs")
        self.pip(
            ["install", "--no-deps", "--no-build-isolation", "--editable", self.root],
            title="Installing Readout itself",
            log="pip-readout.log",
        )

    def install_checks(self) -> None:
        """Install what the checks run, and what the core imports, whose types are checked."""
        self.install("check", title="Installing the checks")

    def packages(self) -> Path:
        """The environment's site-packages folder."""
        ask = "import sysconfig; print(sysconfig.get_path('purelib'))"
        answer = subprocess.run([self.python, "-c", ask], capture_output=True, text=True, check=True)
        return Path(answer.stdout.strip())

    def pip(self, arguments: list[str | Path], *, title: str, log: str) -> None:
        """Run pip in the environment."""
        self.module(["pip", "--disable-pip-version-check", "--no-input", *arguments], title=title, log=log)

    def module(self, arguments: list[str | Path], *, title: str, log: str) -> None:
        """Run a module that reaches the package index, `arguments[0]`, in the environment."""
        run(
            title,
            [self.python, "-m", *arguments],
            log=self.logs / log,
            next_step=PIP_NEXT_STEP,
            cwd=self.root,
        )

    def _stamp(self, name: str, inputs: str = "") -> Stamp:
        path = self.requirements / f"{name}.txt"
        if not path.is_file():
            raise BuildError(f"{FOLDER}/{path.name} is missing: restore it from the repository")
        return Stamp(self.folder / f"readout-{name}.stamp", digest(path, inputs))

    def _asks_for_cuda(self) -> bool:
        """Whether the build of PyTorch that pip has chosen needs CUDA's packages."""
        ask = "from importlib.metadata import requires; print(*(requires('torch') or []), sep='\\n')"
        answer = subprocess.run([self.python, "-c", ask], capture_output=True, text=True)
        return "nvidia-" in answer.stdout

    def _works(self) -> bool:
        try:
            check = subprocess.run([self.python, "-m", "pip", "--version"], capture_output=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return check.returncode == 0
