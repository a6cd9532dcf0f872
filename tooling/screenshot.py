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
AROUND = (925, 33, 963, 51)
"""The box that is drawn around the number, in frame pixels: left, top, right, bottom."""


def main() -> None:
    """Drop unseen frames, draw a box, type two values, and write docs/place.png and docs/read.png."""
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
        browser.close()


def work(page: Page, folder: Path) -> None:
    """From the drop to the table, with a picture on the way."""
    truths = [line.split(",")[1] for line in (folder / "labels.csv").read_text(encoding="utf-8").split()[1:]]
    page.locator("input[type=file][multiple]").set_input_files(sorted(map(str, (folder / "frames").glob("*.png"))))
    page.get_by_text(f"{FRAMES} frames are here").wait_for()
    room(page, "Place")
    draw(page, *AROUND)
    page.keyboard.type(truths[0])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep these").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Next frame").click()
    page.get_by_label("What does this frame show?").fill(truths[1])
    page.keyboard.press("Enter")
    settle(page)
    page.get_by_role("button", name="To number").click()
    page.wait_for_timeout(1000)
    page.screenshot(path=DOCS / "place.png")
    room(page, "Read")
    settle(page)
    page.screenshot(path=DOCS / "read.png")


def room(page: Page, name: str) -> None:
    page.locator(".views").get_by_role("button", name=name, exact=True).click()


def settle(page: Page) -> None:
    """Wait until everything is read."""
    page.wait_for_timeout(1000)
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.wait_for_timeout(1000)


def draw(page: Page, left: float, top: float, right: float, bottom: float) -> None:
    """Draw a box with the mouse on a frame of 1024 x 768 that is shown whole."""
    page.get_by_role("button", name="Fit", exact=True).click()
    x, y, scale = page.evaluate("""() => {
      const stage = document.querySelector(".stage").getBoundingClientRect();
      const scale = Math.min(stage.width / 1024, stage.height / 768);
      return [stage.left + stage.width / 2 - 512 * scale, stage.top + stage.height / 2 - 384 * scale, scale];
    }""")
    page.mouse.move(x + left * scale, y + top * scale)
    page.mouse.down()
    page.mouse.move(x + right * scale, y + bottom * scale, steps=4)
    page.mouse.up()


if __name__ == "__main__":
    main()
