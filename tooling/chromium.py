"""A Chromium for the page's tests: one that is there, or one that this module installs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tooling import debian
from tooling.errors import BuildError
from tooling.steps import run, say
from tooling.venv import Venv

VARIABLE = "READOUT_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
APPLICATIONS = {
    "darwin": (
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ),
    "win32": (
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    ),
}
ASK_PLAYWRIGHT = (
    "from playwright.sync_api import sync_playwright as start\n"
    "with start() as playwright: print(playwright.chromium.executable_path)"
)


def provide(venv: Venv) -> Path:
    """The path of a Chromium that starts.

    Tried in order: $READOUT_CHROMIUM, the PATH and the usual places, Debian's package when this is
    root on Debian, Playwright's own build. Raises BuildError when none of them works.
    """
    asked = os.environ.get(VARIABLE)
    if asked:
        if not _starts(Path(asked)):
            raise BuildError(
                f"{VARIABLE} must name a Chromium that starts, it names {asked}: correct it, or unset it "
                "to have one looked for"
            )
        return Path(asked)
    failures: list[str] = []
    for way in (_installed, _from_debian, _from_playwright):
        try:
            for path in way(venv):
                if _starts(path):
                    return path
                failures.append(f"{path} is there but doesn't start")
        except BuildError as error:
            say(f"  {error}")
            failures.append(str(error).splitlines()[0])
    tried = "".join(f"\n  - {failure}" for failure in failures)
    raise BuildError(
        "the page's tests need Chromium or Chrome, and none was found. Next: install one so that "
        f"`chromium` or `google-chrome` is on the PATH, or set {VARIABLE} to its path.{tried}"
    )


def _installed(venv: Venv) -> Iterator[Path]:
    found = [shutil.which(name) for name in NAMES]
    for path in (*filter(None, found), *APPLICATIONS.get(sys.platform, ())):
        if Path(path).is_file():
            yield Path(path)


def _from_debian(venv: Venv) -> Iterator[Path]:
    if not debian.is_root():
        return
    debian.install("chromium", venv)
    path = shutil.which("chromium")
    if path:
        yield Path(path)


def _from_playwright(venv: Venv) -> Iterator[Path]:
    browsers = {"PLAYWRIGHT_BROWSERS_PATH": str(venv.root / ".cache" / "playwright")}
    asked = subprocess.run(
        [venv.python, "-c", ASK_PLAYWRIGHT],
        capture_output=True,
        text=True,
        env={**os.environ, **browsers},
    )
    if asked.returncode != 0:
        raise BuildError(f"Playwright doesn't start ({asked.stderr.strip().splitlines()[-1:]}): delete .venv")
    path = Path(asked.stdout.strip())
    if not path.is_file():
        run(
            "Downloading Playwright's Chromium",
            [venv.python, "-m", "playwright", "install", "chromium"],
            log=venv.logs / "playwright.log",
            next_step="Install Chromium by hand if this machine can't reach Playwright's server.",
            env=browsers,
        )
    yield path


def _starts(path: Path) -> bool:
    if sys.platform == "win32":
        return path.is_file()  # there `--version` opens a window
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
