"""A real Chromium, looking at dist/ on a plain static server at a sub-path."""

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.page.helpers import CHROMIUM, PATIENCE_MS, ROOT, shipped_policy
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


@pytest.fixture(scope="module")
def browser():
    """One for a module: while it runs, Playwright's event loop does, and `asyncio.run` of core tests fails."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        chromium = playwright.chromium.launch(**CHROMIUM)
        chromium.on("context", lambda context: context.set_default_timeout(PATIENCE_MS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser):
    """A page of its own in a fresh profile, closed afterwards."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def tab(browser, site):
    """A page for all tests of a module, on the demo; no error may pass unseen in it."""
    problems = []
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site)
    page.locator(".bench-bar").wait_for()
    yield page
    context.close()
    assert problems == []
