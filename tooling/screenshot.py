"""Takes the README's picture from the real page, after `python build.py --test` has set everything up.

    .venv/bin/python -m tooling.screenshot
"""

from pathlib import Path

from playwright.sync_api import sync_playwright

from tooling.chromium import provide
from tooling.serve import serve
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "page.png"


def main() -> None:
    """Open dist/, wait for the whole job, and write docs/page.png."""
    with serve(ROOT / "dist") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=provide(Venv(ROOT)), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 2080}, color_scheme="light")
        page.goto(f"{server.url}?sets=1")
        page.get_by_role("status").filter(has_text="Done").wait_for(timeout=180_000, state="attached")
        TARGET.parent.mkdir(exist_ok=True)
        page.screenshot(path=TARGET)
        browser.close()


if __name__ == "__main__":
    main()
