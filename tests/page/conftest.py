"""A real Chromium, looking at dist/ on a plain static server at a sub-path."""

import os

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.page.helpers import PATIENCE_MS, ROOT, shipped_policy
from tooling.serve import SiteHandler, serve


class StrictHandler(SiteHandler):
    """Sends the page's own content security policy with every answer, so that it binds the workers too."""

    def end_headers(self):
        self.send_header("Content-Security-Policy", shipped_policy())
        super().end_headers()


@pytest.fixture(scope="session")
def site():
    """The address of dist/, built by build.py before the tests."""
    with serve(ROOT / "dist", prefix="/some/sub/path/", handler=StrictHandler) as server:
        yield server.url


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=os.environ.get("READOUT_CHROMIUM") or None, args=["--no-sandbox", "--disable-gpu"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser):
    """A page of its own in a fresh profile, closed afterwards."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


@pytest.fixture(scope="module")
def tab(browser, site):
    """A page for all tests of a module, on the demo; no error may pass unseen in it."""
    problems = []
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(30_000)
    expect.set_options(timeout=40_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site)
    page.locator(".bench-bar").wait_for()
    yield page
    context.close()
    assert problems == []
