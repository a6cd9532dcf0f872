"""What the tests of the page share beside their fixtures."""

from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000


def wait_until_read(page: Page, sets: int = 4) -> None:
    """Wait until the frames have all been read after training on `sets` sets, the second readout too."""
    page.get_by_text(f"Learned {10 * sets} pictures").wait_for(timeout=PATIENCE_MS)
    page.get_by_text("of 50 frames").wait_for(timeout=PATIENCE_MS)
