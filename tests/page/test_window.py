"""A window around a number, in a real browser: read while drawn, kept, corrected, turned, widened, constrained."""

import csv
import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from readout.layout.layout import Layout
from tests.core.displays import drawn
from tests.page.placing import bring
from tests.page.scripts import Scripts

JS = Scripts("views.js")

SIZE = 1024, 768
TEXTS = ["98", "99", "200", "-3", "9", "2046"]
PLACE = 432, 360
"""Where the picture of a number begins in a frame; it is 160 x 48 pixels."""
WINDOW = [432, 360, 160, 48]
CLOSED = re.compile(r"^[234]\d(\.\d+)?$")
"""The height of a window that was drawn 60 pixels high around digits of 14."""


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """Numbers of one to four digits, right in the middle of large frames."""
    folder = tmp_path_factory.mktemp("growing")
    return [save(folder / f"{k}.png", drawn(text, k)) for k, text in enumerate(TEXTS)]


def save(path, number, turn=0):
    frame = np.full((SIZE[1], SIZE[0], 3), 30, np.uint8)
    x, y = PLACE
    frame[y : y + number.shape[0], x : x + number.shape[1]] = number
    image = Image.fromarray(frame)
    if turn:
        middle = x + number.shape[1] / 2, y + number.shape[0] / 2
        image = image.rotate(-turn, Image.Resampling.BICUBIC, center=middle, fillcolor=(30, 30, 30))
    image.save(path)
    return path


def draw(place, box=WINDOW):
    x, y, w, h = box
    place.draw(x, y, x + w, y + h, window=True)


@pytest.fixture
def windowed(tab, frames):
    """A project with a window around the numbers of its frames."""
    page, place = tab, bring(tab, frames)
    draw(place)
    expect(page.locator("#drawn-news")).to_contain_text("Reads 98")
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_count(1)
    return place


def read_as(page, count):
    """What the page reads in all frames, once it has read them."""
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    page.get_by_role("button", name="Export", exact=True).click()
    page.get_by_text(f"{count} of {count} frames").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV", exact=True).click()
    return [row["text"] for row in csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines())]


def test_a_drawn_window_is_read_before_anything_is_typed_and_every_number_with_it(windowed):
    expect(windowed.page.locator(".overlay .box")).to_have_attribute(
        "aria-label", re.compile(r"main, window, x 43[12].*, y 3(59|60).*, 1(59|60).* by 4[78]")
    )
    assert read_as(windowed.page, len(TEXTS)) == TEXTS


def test_what_it_reads_follows_the_pointer(tab, frames):
    page, place = tab, bring(tab, frames)
    page.get_by_role("button", name="Fit", exact=True).click()
    page.mouse.move(*place.at(432, 360))
    page.mouse.down()
    page.mouse.move(*place.at(500, 390), steps=3)
    page.mouse.move(*place.at(592, 408), steps=3)
    expect(place.reading()).to_have_text("98")
    expect(page.locator(".overlay .drawn")).to_have_count(1)
    page.mouse.up()
    page.keyboard.press("Escape")
    expect(page.locator(".overlay .drawn")).to_have_count(0)


def test_a_loosely_drawn_window_closes_around_its_number_but_where_alt_is_held(tab, tmp_path):
    texts = ["27.35", "80.14", "9.62", "46.05"]
    page = tab
    place = bring(tab, [save(tmp_path / f"{k}.png", drawn(text, k, height=14)) for k, text in enumerate(texts)])
    loose = [452, 354, 120, 60]
    page.keyboard.down("Alt")
    draw(place, loose)
    page.keyboard.up("Alt")
    expect(page.locator("#drawn-news")).to_contain_text(re.compile("Reads|No number"))
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_attribute("aria-label", re.compile(r" by (59|60)"))
    page.keyboard.press("ControlOrMeta+Z")
    expect(page.locator(".overlay .box")).to_have_count(0)
    draw(place, loose)
    expect(page.get_by_label("height", exact=True)).to_have_value(CLOSED)
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_attribute("aria-label", re.compile(r" by (2\d|3\d|4\d)\b"))
    assert read_as(page, len(texts)) == texts


def test_a_window_that_is_kept_before_it_has_closed_around_its_number_closes_then(tab, tmp_path):
    page = tab
    place = bring(tab, [save(tmp_path / f"{k}.png", drawn("27.35", k, height=14)) for k in range(2)])
    python = [worker for worker in page.workers if "python.js" in worker.url][-1]
    with page.expect_console_message(lambda message: message.text == "held"):
        python.evaluate(JS.holdWorkerAt, ["workbench/fit_window", 15_000])
        draw(place, [452, 354, 120, 60])
    page.keyboard.press("Enter")
    box = page.locator(".overlay .box")
    expect(box).to_have_attribute("aria-label", re.compile(r" by (59|60)"))
    expect(box).to_have_attribute("aria-label", re.compile(r" by (2\d|3\d|4\d)\b"))
    expect(place.reading()).to_have_text("27.35")
    page.keyboard.press("ControlOrMeta+Z")
    expect(box).to_have_attribute("aria-label", re.compile(r" by (59|60)"))


def test_a_window_that_is_turned_before_it_has_closed_stays_as_high_as_it_was_drawn(tab, tmp_path):
    page = tab
    place = bring(tab, [save(tmp_path / f"{k}.png", drawn(text), turn=20) for k, text in enumerate(("98", "99"))])
    python = [worker for worker in page.workers if "python.js" in worker.url][-1]
    with page.expect_console_message(lambda message: message.text == "held"):
        python.evaluate(JS.holdWorkerAt, ["workbench/fit_window", 15_000])
        draw(place)
    page.keyboard.press("Enter")
    place.box(0).focus()
    page.get_by_label("turn, °").fill("20")
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name=re.compile("^Undo: turn"))
    undo.wait_for()
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    expect(place.box(0)).to_have_attribute("aria-label", re.compile(r" by 48, turned by 20°"))
    undo.click()
    expect(place.box(0)).to_have_attribute("aria-label", re.compile(r" by 48$"))


def test_fixed_boxes_are_looked_for_in_the_box_as_it_was_drawn(tab, tmp_path):
    page = tab
    place = bring(tab, [save(tmp_path / f"{k}.png", drawn("27.35", k, height=14)) for k in range(2)])
    draw(place, [452, 354, 120, 60])
    height = page.get_by_label("height", exact=True)
    expect(height).to_have_value(CLOSED)
    page.get_by_role("button", name="Fixed boxes").click()
    expect(height).to_have_value(re.compile(r"^(59|60)"))
    page.get_by_role("button", name="One window").click()
    page.keyboard.press("Escape")


def test_the_keyboard_stays_where_someone_types_while_a_window_is_kept(tab, frames):
    page, place = tab, bring(tab, frames)
    draw(place)
    expect(page.locator("#drawn-news")).to_contain_text("Reads 98")
    page.evaluate(JS.keepAndType)
    page.keyboard.type("12345.678")
    expect(place.reading()).to_have_text("98")
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    expect(page.locator("#shows")).to_be_focused()
    expect(page.locator("#shows")).to_have_value("12345.678")


def test_what_is_seen_can_be_typed_whatever_its_length(windowed):
    page = windowed.page
    for typed in ("12345.678", "5", "-"):
        page.locator("#shows").fill(typed)
        page.keyboard.press("Enter")
        expect(page.locator("#shows-news")).to_contain_text(f"You typed {typed}")
    expect(page.locator("#shows-news.error")).to_have_count(0)


def test_a_text_that_is_refused_is_told_of_and_nobody_is_taken_from_what_they_type_next(windowed):
    page = windowed.page
    page.locator(".views").get_by_role("button", name="Label", exact=True).click()
    field, name = page.get_by_label("It shows"), page.locator(".entry .name")
    expect(name).to_have_text("0.png")
    field.fill("1" * 99)
    field.press("Enter")
    expect(name).not_to_have_text("0.png")
    following = name.inner_text()
    field.fill("99")
    expect(page.locator(".notice.error")).to_contain_text("0.png: readout 'main' shows at most")
    expect(name).to_have_text(following)
    expect(field).to_have_value("99")
    page.locator(".notice").get_by_role("button", name="Go back to it").click()
    expect(name).to_have_text("0.png")
    expect(page.locator("#entry-hint")).to_contain_text("shows at most")


def test_nothing_is_confirmed_of_a_window_that_has_not_been_read_yet(tab, tmp_path):
    page = tab
    gap = np.full((48, 160, 3), 30, np.uint8)
    lines = [np.concatenate([drawn(upper), gap, drawn(lower)]) for upper, lower in (("98", "12"), ("99", "13"))]
    place = bring(tab, [save(tmp_path / f"{k}.png", line) for k, line in enumerate(lines)])
    x, y, w, h = WINDOW
    for k, read in enumerate(("Reads 98", "Reads 12")):
        draw(place, [x, y + 2 * k * h, w, h])
        expect(page.locator("#drawn-news")).to_contain_text(read)
        page.keyboard.press("Enter")
        expect(page.locator(".overlay .box")).to_have_count(k + 1)
    expect(place.reading()).to_have_text("12")
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    python = [worker for worker in page.workers if "python.js" in worker.url][-1]
    python.evaluate(JS.holdWorkerAt, "workbench/probe")
    place.box(0).focus()
    page.locator("#shows").press("Enter")
    expect(place.reading()).to_have_text("98")
    expect(page.locator("#shows-news")).to_contain_text("Enter with an empty field says that 98 is right")
    page.locator("#shows").press("Enter")
    expect(page.locator("#shows-news")).to_contain_text("You typed 98")


def test_typed_windows_are_shown_where_they_teach_and_lead_to_their_frames(windowed):
    page = windowed.page
    page.locator("#shows").fill("98")
    page.keyboard.press("Enter")
    expect(page.locator("#shows-news")).to_contain_text("You typed 98")
    page.get_by_role("navigation", name="Workbench").get_by_role("button", name="Label").click()
    example = page.get_by_role("list", name="Typed windows").get_by_role("button")
    expect(example).to_have_text("98")
    page.get_by_role("button", name="Next frame", exact=True).click()
    example.click()
    expect(page.locator(".entry-frame .name")).to_contain_text("0.png")


def test_a_number_that_has_grown_out_of_its_window_is_flagged_and_one_click_widens_it(tab, frames):
    page, place = tab, bring(tab, frames)
    page.get_by_role("button", name="Next frame").click()
    page.get_by_role("button", name="Next frame").click()
    draw(place, [495, 360, 60, 48])
    expect(page.locator("#drawn-news")).to_contain_text("touches the edge")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Widen the window").click()
    expect(page.locator(".overlay .box")).to_have_attribute(
        "aria-label", re.compile(r"main, window, x 4[3-7]\d.*, 1\d\d")
    )
    expect(place.reading()).to_have_text("200")
    expect(page.get_by_role("button", name="Widen the window")).to_have_count(0)


def test_a_window_is_turned_by_its_handle_and_by_figures(tab, tmp_path):
    turned = [save(tmp_path / f"{k}.png", drawn(text), turn=20) for k, text in enumerate(("98", "99"))]
    page, place = tab, bring(tab, turned)
    draw(place)
    page.keyboard.press("Enter")
    place.box(0).focus()
    page.get_by_label("turn, °").fill("20")
    page.keyboard.press("Enter")
    expect(place.box(0)).to_have_attribute("aria-label", re.compile("turned by 20°"))
    expect(place.reading()).to_have_text("98")
    handle = page.locator(".overlay circle.turn").bounding_box()
    start = handle["x"] + handle["width"] / 2, handle["y"] + handle["height"] / 2
    place.drag(start, (-6, 3))
    expect(place.box(0)).not_to_have_attribute("aria-label", re.compile("turned by 20°"))
    page.keyboard.press("Control+z")
    expect(place.box(0)).to_have_attribute("aria-label", re.compile("turned by 20°"))


@pytest.mark.parametrize(("turns", "mirrored"), [(1, False), (2, False), (0, True)])
def test_a_picture_on_its_side_upside_down_or_mirrored_is_read_once_that_is_said(tab, tmp_path, turns, mirrored):
    paths = []
    for k, text in enumerate(("69", "92")):
        number = np.rot90(drawn(text, k), -turns)
        paths.append(save(tmp_path / f"{k}.png", number[:, ::-1] if mirrored else number))
    page, place = tab, bring(tab, paths)
    draw(place, [*PLACE, *(WINDOW[3], WINDOW[2])] if turns == 1 else WINDOW)
    page.keyboard.press("Enter")
    place.box(0).focus()
    for _ in range(turns):
        page.get_by_role("button", name="Quarter turn").click()
    if mirrored:
        page.get_by_label("Mirrored").check()
    expect(place.reading()).to_have_text("69")
    assert read_as(page, 2) == ["69", "92"]


def test_a_stated_form_is_obeyed_and_a_wrong_one_is_refused_with_words(windowed):
    page = windowed.page
    page.get_by_label("Form of main").fill("three digits")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("a constraint is a mask such as ##.##")
    page.get_by_label("Form of main").fill("#.##")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(windowed.reading()).to_have_text(re.compile(r"^(\d\.\d\d)?$"))


def test_its_layout_is_saved_as_version_2_and_comes_back(windowed):
    page = windowed.page
    with page.expect_download() as download:
        page.get_by_role("button", name="Save layout").click()
    saved = Layout.from_json(download.value.path().read_text(encoding="utf-8"))
    assert saved.readouts[0].name == "main"
    assert saved.readouts[0].window == pytest.approx(WINDOW, abs=1)
    page.reload()
    expect(page.locator(".overlay .box")).to_have_count(1)
    expect(windowed.reading()).to_have_text("98")


def test_fixed_boxes_are_the_second_choice_and_stay_chosen(tab, frames):
    page, place = tab, bring(tab, frames)
    draw(place)
    page.get_by_role("button", name="Fixed boxes").click()
    expect(page.get_by_role("button", name="Find digits")).to_be_visible()
    page.keyboard.press("Escape")
    draw(place)
    expect(page.get_by_role("button", name="Find digits")).to_be_visible()
    page.get_by_role("button", name="One window").click()
    expect(page.get_by_role("button", name="Keep", exact=True)).to_be_visible()
