"""An anchor in the Place view: drawn, moved, removed; pictures that somebody shook are read by it."""

import csv
import io
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from readout.layout.layout import Layout
from tests.page.helpers import ROOT, TRUTHS, load_axe
from tests.page.placing import bring
from tests.page.scripts import Scripts
from tests.shaken import MOVES, covered, moved

JS = Scripts("views.js")

NAMES = [path.name for path in sorted((ROOT / "data" / "frames").glob("*.png"))[:6]]
LAYOUT = ROOT / "data" / "layout.json"
TRUTH = [list(box) for box in Layout.load(LAYOUT).readouts[0].boxes]
PLACE = (22, 17, 140, 41)
"""Left, top, right and bottom of what is drawn around the word LIVE."""


@pytest.fixture(scope="module")
def shaken(tmp_path_factory):
    """Six frames, all but the first one moved; in the last one the anchor is covered."""
    folder = tmp_path_factory.mktemp("shaken")
    for name, (dx, dy) in zip(NAMES, MOVES, strict=False):
        picture = Image.open(ROOT / "data" / "frames" / name).convert("RGB")
        picture = moved(picture, dx, dy)
        (covered(picture) if name == NAMES[-1] else picture).save(folder / name)
    return [folder / name for name in NAMES]


@pytest.fixture
def placed(tab, shaken):
    """The shaken frames with the demo's layout, which fits the first one."""
    place = bring(tab, shaken)
    tab.locator("input[accept*=json]").set_input_files(LAYOUT)
    place.shows(TRUTH)
    return place


def draw(place):
    page = place.page
    page.get_by_role("button", name="Fit", exact=True).click()
    page.get_by_role("button", name="Draw an anchor").click()
    place.drag(place.at(*PLACE[:2]), [b - a for a, b in zip(place.at(*PLACE[:2]), place.at(*PLACE[2:]), strict=True)])


def label(x, y, width, height):
    return re.compile(f"^Anchor, x {x}, y {y}, {width} by {height}")


def test_shaken_pictures_are_read_by_an_anchor(placed, shaken):
    page = placed.page
    draw(placed)
    anchor = page.locator("#anchor-box")
    expect(anchor).to_have_attribute("aria-label", label(22, 17, 118, 24))
    words = page.locator(".layout-anchor [role=status]")
    expect(words).to_have_text("Moved up to 6.3 px. Lost in 1 frame, where boxes stay as drawn.")
    expect(page.locator(".motion")).to_be_visible()
    for name in NAMES[:-1]:
        expect(placed.reading()).to_have_text(TRUTHS[name])
        page.keyboard.press("PageDown")
    expect(anchor).to_have_attribute("aria-label", re.compile("lost in this frame$"))
    placed.shows(TRUTH)

    load_axe(page)
    assert page.evaluate(JS.violations, ".layout-view") == []
    page.get_by_role("button", name="Export", exact=True).click()
    with page.expect_download() as wanted:
        page.get_by_role("button", name=re.compile("CSV")).first.click()
    rows = list(csv.DictReader(io.StringIO(wanted.value.path().read_text(encoding="utf-8"))))
    top = [row for row in rows if row["readout"] == "top"]
    assert [row["text"] for row in top[:-1]] == [TRUTHS[name] for name in NAMES[:-1]]
    found = np.array([[float(row["shift_x"]), float(row["shift_y"])] for row in top[:-1]])
    assert np.abs(found - MOVES[: len(NAMES) - 1]).max() < 0.2
    assert "anchor-lost" in top[-1]["flags"] and top[-1]["shift_x"] == ""


def test_an_anchor_is_moved_resized_and_removed_by_keys_and_mouse(placed):
    page = placed.page
    draw(placed)
    anchor = page.locator("#anchor-box")
    expect(anchor).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".layout-anchor [role=status]")).to_contain_text("Moved up to")
    page.keyboard.press("ArrowRight")
    expect(anchor).to_have_attribute("aria-label", label(23, 17, 118, 24))
    page.keyboard.press("Alt+ArrowDown")
    expect(anchor).to_have_attribute("aria-label", label(23, 17, 118, 25))
    start = placed.at(100, 29)
    placed.drag(start, [b - a for a, b in zip(start, placed.at(88, 21), strict=True)])
    expect(anchor).to_have_attribute("aria-label", label(11, 9, 118, 25))
    placed.shows(TRUTH)
    page.keyboard.press("Delete")
    expect(anchor).to_have_count(0)
    expect(page.get_by_role("button", name="Draw an anchor")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(anchor).to_have_attribute("aria-label", label(11, 9, 118, 25))
    page.keyboard.press("Control+z")
    expect(anchor).to_have_attribute("aria-label", label(23, 17, 118, 25))


def test_nothing_to_hold_on_to_is_refused_with_words(placed):
    page = placed.page
    page.get_by_role("button", name="Fit", exact=True).click()
    page.locator(".stage").focus()
    page.keyboard.press("a")
    start = placed.at(500, 660)
    placed.drag(start, [b - a for a, b in zip(start, placed.at(540, 690), strict=True)])
    expect(page.locator(".layout-anchor .error")).to_contain_text("draw it around a corner, a mark or a logo")
    expect(page.locator("#anchor-box")).to_have_count(0)


def test_a_layout_brings_its_anchor_and_the_frame_its_looks(placed, tmp_path):
    page = placed.page
    text = LAYOUT.read_text(encoding="utf-8").replace('"version": 1,', '"version": 1, "anchor": [22, 17, 118, 24],')
    (tmp_path / "layout.json").write_text(text, encoding="utf-8")
    page.locator("input[accept*=json]").set_input_files(tmp_path / "layout.json")
    expect(page.locator("#anchor-box")).to_have_attribute("aria-label", label(22, 17, 118, 24))
    expect(page.locator(".layout-anchor [role=status]")).to_contain_text("Moved up to 6.3 px")
