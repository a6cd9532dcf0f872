"""The Read view with a hundred thousand rows, over a store that is filled by hand."""

import pytest
from playwright.sync_api import expect

from tests.page.helpers import ROOT
from tests.page.modules import served
from tests.page.scripts import Scripts
from tooling import bundle, npm
from tooling.venv import Venv

JS = Scripts("many_rows.js")
COUNT = 100_000


@pytest.fixture(scope="module")
def crowd(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crowd")
    modules = ["state/store.js", "features/readings/ReadingsView.js", "../node_modules/htm/preact/index.module.js"]
    with served(folder, modules) as url:
        npm.esbuild(
            npm.find_node(Venv(ROOT)),
            ROOT,
            [str(ROOT / "site/style.css"), *bundle.STYLE_OPTIONS, f"--outfile={folder / 'style.css'}"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.evaluate(JS.fill, COUNT)
        yield page
        page.close()


@pytest.mark.parametrize("top", [0, 31, 12_345, 1_500_000, -1])
def test_only_the_rows_on_screen_are_drawn(crowd, top):
    found = crowd.evaluate(JS.scroll, top)
    assert 10 < found["shown"] <= found["drawn"] < 80
    assert found["bare"] <= 1  # no gap below the last row
    first = max(top, 0) // 30 if top >= 0 else COUNT - found["shown"]
    assert found["first"] == first + 3
    assert found["names"] == [f"image-{first + k}.png" for k in range(found["shown"])]


def test_keys_reach_both_ends_of_a_hundred_thousand_rows(crowd):
    grid = crowd.get_by_role("grid")
    for key, name in (("End", f"image-{COUNT - 1}.png"), ("Home", "image-0.png")):
        grid.press(key)
        expect(crowd.locator("tr[aria-selected=true] th")).to_have_text(name)
        expect(crowd.locator("tr[aria-selected=true]")).to_be_in_viewport()


def test_a_hundred_thousand_rows_are_sorted(crowd):
    crowd.get_by_role("button", name="conf. %").first.click()
    found = crowd.evaluate(JS.scroll, -1)
    assert found["drawn"] < 80
    assert all((int(name[6:-4]) * 7919) % 10_000 == 9999 for name in found["names"][-10:])


def test_what_is_left_to_read_can_go_on(crowd):
    crowd.evaluate(JS.unreadFrom, 40_000)
    expect(crowd.get_by_text("40,000 of 100,000 frames read.")).to_be_visible()
    expect(crowd.get_by_role("button", name="Go on")).to_be_visible()
    expect(crowd.get_by_role("button", name="Not read 60,000")).to_be_visible()


EMPTY = {
    "no frames": (JS.withoutFrames, "Add a video", "frames"),
    "no layout": (JS.withoutLayout, "Mark the number", "mark"),
}


@pytest.mark.parametrize(("state", "button", "view"), EMPTY.values(), ids=EMPTY)
def test_an_empty_view_says_where_to_begin(crowd, state, button, view):
    crowd.evaluate(state)
    crowd.get_by_role("button", name=button).click()
    assert crowd.evaluate("window.m.store.view.value") == view
