"""What the tests of the page share beside their fixtures."""

import contextlib
import os
import re
import shutil
import time
from functools import cache
from pathlib import Path

from playwright.sync_api import BrowserContext, BrowserType, Page

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 300_000
"""How long everything is waited for: other work may load the machine, and what never comes fails all the same."""
CHROMIUM = {"executable_path": os.environ.get("READOUT_CHROMIUM") or None, "args": ["--no-sandbox", "--disable-gpu"]}
TRUTHS = dict(line.split(",") for line in (ROOT / "data" / "labels.csv").read_text(encoding="utf-8").split()[1:])
"""What the upper readout of each bundled frame shows."""


@cache
def shipped_policy() -> str:
    """The content security policy that dist/index.html states."""
    page = (ROOT / "dist" / "index.html").read_text(encoding="utf-8")
    return re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]


def open_profile(browser_type: BrowserType, folder: Path, *arguments: str) -> BrowserContext:
    """A Chromium of its own with a profile on the disk, as people have."""
    options = {**CHROMIUM, "args": [*CHROMIUM["args"], *arguments]}
    context = browser_type.launch_persistent_context(folder, viewport={"width": 1440, "height": 900}, **options)
    context.set_default_timeout(PATIENCE_MS)
    return context


def browser_of(profile: Path) -> int:
    """The process of the browser that has a profile, on a Linux: the leader of all of its processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            if str(profile) in command and "--type=" not in command and "crashpad" not in command:
                return int(folder.name)
    raise ProcessLookupError(f"no browser has the profile {profile}")


def renderers_of(browser: int) -> list[int]:
    """The processes in which a browser runs its pages and their workers, on a Linux."""
    parents, renderers = {}, []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            command = (folder / "cmdline").read_bytes().decode(errors="replace")
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if "--type=renderer" in command:
                renderers.append(int(folder.name))

    def is_below(process):
        while process in parents:
            process = parents[process]
            if process == browser:
                return True
        return False

    return [each for each in renderers if is_below(each)]


def wait_until(page: Page, function: str) -> None:
    """Wait until what a function of the page promises is true; `wait_for_function` takes any promise for true."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not page.evaluate(function):
        assert time.monotonic() < end, f"not in {PATIENCE_MS} ms: {function}"
        page.wait_for_timeout(100)


def wait_until_read(page: Page, sets: int = 4) -> None:
    """Wait until every readout of every frame has been read by a head that learned `sets` sets."""
    page.locator(f'#read[data-sets="{sets}"]').wait_for()
    page.get_by_text("read in 50 of 50 frames").wait_for()
    page.get_by_role("status").filter(has_text="Done").wait_for(state="attached")


def load_axe(page: Page) -> None:
    """Give the page axe-core, which finds what people with other means can't use."""
    page.evaluate((ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))


def without_snapshots(route) -> None:
    """Hand out a worker script in a browser that cannot unzip, so that Python boots plainly."""
    response = route.fetch()
    route.fulfill(response=response, body="delete self.DecompressionStream;" + response.text())


def write_folder(folder, paths):
    """A dataset's folder of these frames, with the demo's layout."""
    (folder / "frames").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "layout.json", folder)
    for path in paths:
        shutil.copy(path, folder / "frames")
    return folder
