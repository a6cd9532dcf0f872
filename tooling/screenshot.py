"""Takes the README's pictures from the real page, after `python build.py --test` has set everything up.

    .venv/bin/python -m tooling.screenshot

Frames that the page has never seen are drawn for it, and it is worked as a person would.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tooling.chromium import provide
from tooling.serve import serve
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
SEED, FRAMES = 5, 60


def main() -> None:
    """Drop unseen frames, take the numbers that are found, and write docs/place.png and docs/read.png."""
    with tempfile.TemporaryDirectory() as folder, serve(ROOT / "dist") as server, sync_playwright() as playwright:
        drawer = [sys.executable, str(ROOT / "data" / "generate.py")]
        subprocess.run(
            [*drawer, "--seed", str(SEED), "--out", folder, "--frames", str(FRAMES)], check=True, capture_output=True
        )
        browser = playwright.chromium.launch(
            executable_path=provide(Venv(ROOT)), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}#bench/frames")
        work(page, Path(folder))
        page = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light").new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}#bench/frames")
        read_clip(page)
        browser.close()


def work(page: Page, folder: Path) -> None:
    """From the drop of frames to the numbers in them."""
    page.locator("input[type=file][multiple]").set_input_files(sorted(map(str, (folder / "frames").glob("*.png"))))
    page.get_by_text(f"{FRAMES} frames are here").wait_for()
    room(page, "Mark")
    page.locator(".suggestions-state progress").wait_for(state="detached")
    numbers = page.locator(".suggestions > ul .suggestion")
    numbers.first.wait_for()
    for number in numbers.all():
        number.click()
    settle(page)
    page.screenshot(path=DOCS / "place.png")


def read_clip(page: Page) -> None:
    """From the drop of the bundled clip to its readings."""
    page.locator("input[type=file][multiple]").first.set_input_files(ROOT / "data" / "clip.webm")
    page.get_by_role("button", name="Read all 2").click()
    settle(page)
    page.screenshot(path=DOCS / "read.png")


def room(page: Page, name: str) -> None:
    page.locator(".views").get_by_role("button", name=name, exact=True).click()


def settle(page: Page) -> None:
    """Wait until everything is read."""
    page.wait_for_timeout(1000)
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.wait_for_timeout(1000)


if __name__ == "__main__":
    main()
