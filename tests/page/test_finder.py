"""From a dropped file to its numbers: marked and read in one screen, taken by a click, read all, and the CSV."""

import csv
import re

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import expect

from readout.layout.layout import Layout, Readout
from readout.layout.link import to_link
from tests.core.displays import drawn
from tests.page.helpers import ROOT
from tests.page.placing import begin

CLIP = ROOT / "data" / "clip.webm"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Six frames: a number that counts, another that jumps, and a year."""
    folder = tmp_path_factory.mktemp("counting")
    rng = np.random.default_rng(4)
    paths = []
    for k in range(6):
        image = Image.new("RGB", (640, 360), (24, 28, 34))
        draw = ImageDraw.Draw(image)
        for x, y, height, text in (
            (60, 120, 40, f"{118 + k}"),
            (380, 130, 32, f"{37 * k % 90 + 10}.5"),
            (400, 320, 18, "2024"),
        ):
            draw.text((x, y), text, font=ImageFont.load_default(height / 0.72), fill=(240, 240, 240), anchor="ls")
        pixels = np.asarray(image, float) + rng.normal(0, 2, (360, 640, 1))
        paths.append(folder / f"count-{k}.png")
        Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(paths[-1])
    return paths


def drop(page, site, files):
    """Bring files from an empty workbench."""
    page.goto(f"{site}#bench/frames")
    page.locator("input[type=file][multiple]").first.set_input_files(files)


def offered(page):
    """The buttons of the numbers that are offered first, once the search is over."""
    page.locator(".suggestions-state progress").wait_for()
    page.locator(".suggestions-state progress").wait_for(state="detached")
    return page.locator(".suggestions > ul .suggestion")


def rows(download):
    return list(csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines()))


def test_from_the_drop_of_a_clip_to_its_csv_it_takes_three_interactions(page, site):
    page.add_init_script("window.clicks = 0; addEventListener('click', (event) => event.isTrusted && clicks++, true)")
    drop(page, site, CLIP)
    expect(page.locator(".view-tab.here")).to_have_text("Mark")

    expect(offered(page)).to_have_count(2)
    page.get_by_role("button", name="Read all 2").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").click()
    read = rows(download)
    assert page.evaluate("clicks") == 2
    assert {row["readout"] for row in read} == {"Top number", "Bottom number"}
    assert len(read) == 2 * 550 and all(row["text"] for row in read[:20])


def test_numbers_are_looked_for_in_the_first_files_of_a_project_that_is_there_and_not_in_later_ones(
    page, site, pictures
):
    page.goto(f"{site}#bench/frames")
    begin(page)
    page.locator("input[type=file][multiple]").first.set_input_files(pictures[:4])
    expect(page.locator(".view-tab.here")).to_have_text("Mark")
    expect(offered(page)).to_have_count(2)
    page.locator(".views").get_by_role("button", name="Frames", exact=True).click()
    page.locator("input[type=file][multiple]").first.set_input_files(pictures[4:])
    page.get_by_text("6 frames are here").wait_for()
    expect(page.locator(".view-tab.here")).to_have_text("Frames")


def test_a_click_in_the_picture_or_in_the_list_takes_a_number_undo_leaves_it_and_the_table_has_begun(
    page, site, pictures
):
    drop(page, site, pictures)
    buttons = offered(page)
    expect(buttons).to_have_count(2)
    expect(page.locator(".suggested .first text")).to_have_text(["118", "10.5"])
    around = page.locator(".suggested .first .line").nth(1).bounding_box()
    page.mouse.click(around["x"] + around["width"] / 2, around["y"] + around["height"] / 2)
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".overlay .box")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "false")
    expect(page.locator(".overlay .box")).to_have_count(0)

    buttons.first.click()
    expect(buttons.first).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".overlay .box")).to_have_count(1)
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator("table.readings td.text").first).to_have_text("118")


def test_on_a_phone_it_takes_taps_alone_and_read_all_stays_on_screen(browser, site, pictures):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    drop(page, site, pictures)
    buttons, read_all = offered(page), page.get_by_role("button", name=re.compile("^Read all"))
    expect(buttons).to_have_count(2)
    expect(read_all).to_be_in_viewport(ratio=1)
    buttons.nth(1).tap()
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(read_all).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name="Undo: take").tap()
    expect(buttons.nth(1)).to_have_attribute("aria-pressed", "false")
    read_all.tap()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").tap()
    assert [row["text"] for row in rows(download) if row["readout"] == "Counter"] == [f"{118 + k}" for k in range(6)]
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    context.close()


def test_it_works_with_keys_alone_and_what_stays_the_same_is_one_step_away(page, site, pictures):
    drop(page, site, pictures)
    expect(offered(page)).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Read all")).focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("Counter"), pressed=True).first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".suggestions .rest .suggestion")).to_contain_text("2024")
    page.get_by_role("button", name="Read all").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".view-tab.here")).to_have_text("Read")


def test_a_box_is_drawn_by_hand_on_the_same_screen_while_numbers_are_looked_for(page, site, pictures):
    drop(page, site, pictures)
    page.locator(".suggestions-state progress").wait_for()
    stage = page.locator(".stage").bounding_box()
    page.wait_for_timeout(300)
    page.mouse.move(stage["x"] + 0.3 * stage["width"], stage["y"] + 0.15 * stage["height"])
    page.mouse.down()
    page.mouse.move(stage["x"] + 0.5 * stage["width"], stage["y"] + 0.5 * stage["height"], steps=4)
    page.mouse.up()
    expect(page.locator(".overlay .drawn")).to_have_count(1)


def test_a_layout_is_moved_to_where_its_numbers_are_now(page, site, pictures):
    windows = (20, 102, 110, 56), (342, 118, 110, 46)  # 30 px lower and further left than they are
    readouts = tuple(Readout(name, window=tuple(map(float, box))) for name, box in zip("ab", windows, strict=True))
    page.goto(f"{site}#layout={to_link(Layout((640, 360), readouts))}")
    page.locator("input[type=file][multiple]").first.set_input_files(pictures)
    page.get_by_text("frames are here").first.wait_for()
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.locator(".views").get_by_role("button", name="Mark", exact=True).click()
    page.get_by_role("button", name="Find numbers").click()
    page.get_by_role("button", name="Move the layout there").click()
    expect(page.get_by_role("button", name="Undo: move the layout")).to_be_visible()
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator("table.readings td.text").first).to_have_text("118")


def test_a_click_near_a_number_that_was_not_found_takes_it_and_reads_it(page, site, tmp_path):
    paths = [tmp_path / f"{k}.png" for k in range(4)]
    for grey, path in enumerate(paths, 40):  # the number is in the first frame alone: too seldom to be offered
        pixels = np.full((400, 640, 3), grey, np.uint8)
        if path == paths[0]:
            pixels[200:248, 300:460] = drawn("27.35", 3)
        Image.fromarray(pixels).save(path)
    drop(page, site, paths)
    page.locator(".suggestions-state").get_by_text("No number was found").wait_for()
    stage = page.locator(".stage canvas").bounding_box()
    scale = min(stage["width"] / 640, stage["height"] / 400)
    at = [stage["x"] + stage["width"] / 2 + scale * 80, stage["y"] + stage["height"] / 2 + scale * 30]
    page.mouse.click(*at)
    expect(page.locator(".overlay .box")).to_have_count(1)
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator("table.readings td.text").first).to_have_text("27.35")


def test_where_no_number_is_a_click_takes_nothing_and_says_so_and_a_box_can_be_drawn(page, site, tmp_path):
    path = tmp_path / "even.png"
    Image.fromarray(np.full((400, 640, 3), 40, np.uint8)).save(path)
    drop(page, site, path)
    expect(page.locator(".suggestions")).to_contain_text("No number was found")
    page.locator(".suggestions-state").get_by_text("No number was found").wait_for()
    page.locator(".stage").click(position={"x": 60, "y": 60})
    expect(page.get_by_text("No number is read there")).to_be_visible()
    expect(page.locator(".overlay .box")).to_have_count(0)
    page.locator(".suggestions").get_by_role("button", name="Draw a box").click()
    expect(page.locator(".overlay .drawn")).to_have_count(1)
