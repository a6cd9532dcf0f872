"""Takes the README's picture from the real page, after `python build.py --test` has set everything up.

    .venv/bin/python -m tooling.screenshot

The page is worked as a person would: the bundled clip is dropped, and the numbers that are found are read.
"""

from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tooling.chromium import provide
from tooling.serve import serve
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    """Write docs/read.png."""
    with serve(ROOT / "dist") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=provide(Venv(ROOT)), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
        page.set_default_timeout(60_000)
        page.goto(f"{server.url}#bench/frames")
        page.locator("input[type=file][multiple]").first.set_input_files(ROOT / "data" / "clip.webm")
        page.get_by_role("button", name="Read all 2").click()
        settle(page)
        page.screenshot(path=ROOT / "docs" / "read.png")
        browser.close()


def settle(page: Page) -> None:
    """Wait until everything is read."""
    page.wait_for_timeout(1000)
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.wait_for_timeout(1000)


if __name__ == "__main__":
    main()
