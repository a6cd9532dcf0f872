"""The Place view in a real browser: boxes drawn, found, moved, split, read live, undone, and shared."""

import json
import re

import pytest
from playwright.sync_api import expect

from readout.layout.layout import Layout
from readout.layout.link import to_link
from tests.page.helpers import ROOT, TRUTHS, load_axe
from tests.page.placing import Place, add, bring
from tests.page.scripts import Scripts

JS = Scripts("views.js")

FRAMES = sorted((ROOT / "data" / "frames").glob("*.png"))[:5]
LAYOUT = ROOT / "data" / "layout.json"
TRUTH = [list(box) for box in Layout.load(LAYOUT).readouts[0].boxes]


BURST = """() => {
  for (let k = 0; k < 3; k++)
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
}"""


@pytest.fixture
def empty(tab):
    """Five frames, no layout."""
    place = bring(tab, FRAMES)
    tab.get_by_text("Draw one box").wait_for()
    return place


@pytest.fixture
def placed(empty):
    """Five frames with the demo's layout, seen from near."""
    empty.page.locator("input[accept*=json]").set_input_files(LAYOUT)
    empty.shows(TRUTH)
    empty.page.get_by_role("button", name="To number").click()
    empty.zoom()
    return empty


def moved(boxes, k, *by):
    return [
        [value + change for value, change in zip(box, by, strict=True)] if i in k else box
        for i, box in enumerate(boxes)
    ]


def test_one_drawn_box_and_one_typed_value_find_the_digits(empty):
    page = empty.page
    empty.draw(922, 31, 966, 53)
    page.keyboard.type(TRUTHS[FRAMES[0].name])
    page.keyboard.press("Enter")
    expect(page.locator("#drawn-news")).to_contain_text("Found 4 boxes")
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_count(4)
    found = empty.boxes("main")
    for box, true in zip(found, TRUTH, strict=True):
        assert box == pytest.approx(true, abs=1.0)
    expect(empty.reading()).to_have_text(TRUTHS[FRAMES[0].name])
    expect(page.locator("#shows")).to_have_value(TRUTHS[FRAMES[0].name])

    page.keyboard.press("PageDown")
    page.locator("#shows").fill(TRUTHS[FRAMES[1].name])
    page.keyboard.press("Enter")
    expect(page.locator("#shows-news")).to_contain_text("2 frames are typed")
    for box, true in zip(empty.boxes("main"), TRUTH, strict=True):
        assert box == pytest.approx(true, abs=1.0)


def test_before_the_first_box_no_field_is_there_that_cannot_be_used_and_a_slider_goes_to_any_frame(empty):
    page = empty.page
    expect(page.locator(".layout-side input:disabled")).to_have_count(0)
    slider = page.get_by_role("slider", name="Frame shown")
    slider.fill("3")
    expect(page.locator(".frame-name")).to_contain_text(f"{FRAMES[3].name} 4 of 5")
    slider.press("ArrowRight")
    expect(page.locator(".frame-name")).to_contain_text("5 of 5")
    empty.draw(922, 31, 966, 53)
    expect(page.get_by_label("width", exact=True)).to_have_value(re.compile("[0-9]"))


def test_a_value_that_cannot_be_found_says_why_beside_it(empty):
    page = empty.page
    empty.draw(922, 31, 966, 53)
    page.keyboard.type("...")
    page.keyboard.press("Enter")
    expect(page.locator("#drawn-news.error")).to_be_visible()
    expect(page.locator(".overlay .box")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".drawn-form")).to_have_count(0)


def test_boxes_by_hand_share_out_what_was_drawn(empty):
    page = empty.page
    empty.draw(920, 30, 964, 50)
    page.keyboard.type("89.68")
    page.get_by_role("button", name="By hand").click()
    page.get_by_role("button", name="Keep these").click()
    expect(page.locator(".overlay .box")).to_have_count(4)
    boxes = empty.boxes("main")
    widths = {round(box[2], 1) for box in boxes}
    assert len(widths) == 1
    assert boxes[2][0] - boxes[1][0] > 1.3 * boxes[1][2]
    expect(page.get_by_label("Format of main")).to_have_value("##.##")


def test_arrow_keys_nudge_and_resize_and_one_undo_takes_a_burst_back(placed):
    page = placed.page
    placed.box(1).focus()
    expect(placed.box(1)).to_have_attribute("aria-pressed", "true")
    page.evaluate(BURST)  # at once: keys that a loaded machine takes a second for are steps of their own
    placed.shows(moved(TRUTH, [1], 1.5, 0, 0, 0))
    page.keyboard.press("Control+z")
    placed.shows(TRUTH)
    page.keyboard.press("Control+Shift+z")
    placed.shows(moved(TRUTH, [1], 1.5, 0, 0, 0))
    page.keyboard.press("Shift+ArrowDown")
    placed.shows(moved(TRUTH, [1], 1.5, 5, 0, 0))
    page.keyboard.press("Alt+ArrowRight")
    page.keyboard.press("Alt+ArrowUp")
    placed.shows(moved(TRUTH, [1], 1.5, 5, 0.5, -0.5))
    page.keyboard.press("Control+a")
    page.keyboard.press("ArrowLeft")
    placed.shows(moved(moved(TRUTH, [1], 1.5, 5, 0.5, -0.5), range(4), -0.5, 0, 0, 0))


def test_the_live_strip_follows_a_drag_and_the_layout_only_its_end(placed):
    page = placed.page
    scale = placed.zoom()
    expect(placed.reading()).to_have_text(TRUTHS[FRAMES[0].name])
    before = page.locator(".history button").first.get_attribute("aria-label")
    placed.drag(placed.middle(3), (5 * scale, 8 * scale), drop=False)
    expect(placed.reading()).not_to_have_text(TRUTHS[FRAMES[0].name])
    assert page.locator(".history button").first.get_attribute("aria-label") == before
    page.mouse.up()
    expect(page.locator(".history button").first).to_have_attribute("aria-label", "Undo: move boxes")
    x, y, w, h = placed.boxes()[3]
    assert [x - 951, y - 37, w, h] == pytest.approx([5, 8, 8, 10], abs=1.6)
    page.keyboard.press("Control+z")
    placed.shows(TRUTH)


def test_escape_during_a_drag_leaves_all_as_it_was(placed):
    placed.drag(placed.middle(2), (60, 40), drop=False)
    placed.page.keyboard.press("Escape")
    placed.page.mouse.up()
    placed.shows(TRUTH)


def test_a_dragged_box_snaps_to_its_neighbours_unless_alt_is_held(placed):
    page = placed.page
    scale = placed.zoom()
    placed.drag(placed.middle(1), (0, 0.28 * scale), drop=False)
    assert page.locator(".overlay .guide").count() > 0
    page.mouse.up()
    placed.shows(TRUTH)
    page.keyboard.down("Alt")
    placed.drag(placed.middle(1), (0, 0.28 * scale))
    page.keyboard.up("Alt")
    placed.shows(moved(TRUTH, [1], 0, 0.3, 0, 0))


def test_a_handle_resizes_a_box_and_two_clicks_take_the_whole_readout(placed):
    page = placed.page
    scale = placed.zoom()
    page.mouse.click(*placed.middle(3))
    handle = page.locator(".handle.e").bounding_box()
    placed.drag((handle["x"] + 4, handle["y"] + 4), (3 * scale, 0))
    x, y, w, h = placed.boxes()[3]
    assert [x, y, h] == [951, 37, 10]
    assert w == pytest.approx(11, abs=0.6)
    page.keyboard.press("Control+z")
    placed.shows(TRUTH)
    page.mouse.dblclick(*placed.middle(0))
    expect(page.locator('.box[aria-pressed="true"]')).to_have_count(4)
    placed.drag(placed.middle(0), (0, 20 * scale))
    placed.shows(moved(TRUTH, range(4), 0, 20, 0, 0))


def test_split_add_and_remove_keep_the_format_in_step(placed):
    page = placed.page
    form = page.get_by_label("Format of top")
    placed.box(3).focus()
    page.get_by_role("button", name="Split into").click()
    placed.shows([*TRUTH[:3], [951, 37, 4, 10], [955, 37, 4, 10]])
    expect(form).to_have_value("##.###")
    page.keyboard.press("Control+z")
    placed.shows(TRUTH)
    placed.box(3).focus()
    page.get_by_role("button", name="Add a box").click()
    placed.shows([*TRUTH, [957.5, 37, 8, 10]])
    expect(form).to_have_value("##.###")
    page.keyboard.press("Delete")
    placed.shows(TRUTH)
    placed.box(0).focus()
    page.keyboard.press("Delete")
    placed.shows(TRUTH[1:])
    expect(form).to_have_value("#.##")


def test_figures_place_what_is_selected(placed):
    page = placed.page
    placed.box(0).focus()
    page.get_by_label("x", exact=True).fill("928.5")
    page.keyboard.press("Enter")
    placed.shows(moved(TRUTH, [0], -0.5, 0, 0, 0))
    page.get_by_role("button", name="Select all").click()
    page.get_by_label("height", exact=True).fill("12")
    page.keyboard.press("Enter")
    placed.shows(moved(moved(TRUTH, [0], -0.5, 0, 0, 0), range(4), 0, 0, 0, 2))


def test_readouts_are_renamed_reformatted_copied_and_removed(placed):
    page = placed.page
    page.get_by_label("Format of top").fill("#.##")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text(
        "Each # takes one box: “#.##” has 3 of them, there are 4 boxes. Add or remove a #, or a box."
    )
    page.get_by_label("Format of top").fill("#:#.##")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(placed.reading()).to_have_text(re.compile(r"\d:\d\.\d\d"))
    page.get_by_label("Name of top").fill("hottest")
    page.keyboard.press("Enter")
    placed.shows(TRUTH, "hottest")
    page.get_by_label("Name of bottom").fill("hottest")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is a readout “hottest” already")
    page.get_by_role("button", name="Copy “hottest”").click()
    placed.shows(moved(TRUTH, range(4), 0, 15, 0, 0), "main")
    page.get_by_role("button", name="Remove bottom").click()
    expect(page.locator(".overlay .box")).to_have_count(8)
    page.get_by_role("button", name="Remove main").click()
    page.get_by_role("button", name="Remove hottest").click()
    page.get_by_text("Draw one box").wait_for()
    page.keyboard.press("Control+z")
    placed.shows(TRUTH, "hottest")


def test_what_was_being_read_is_not_shown_when_its_readout_has_gone(placed):
    page = placed.page
    for _ in range(6):
        page.evaluate(JS.removeBoth)
        page.get_by_text("Draw one box").wait_for()
        page.keyboard.press("Control+z")
        page.keyboard.press("Control+z")
        placed.shows(TRUTH)


def test_edits_that_still_wait_when_another_project_begins_stay_with_their_own(placed):
    page = placed.page
    placed.box(0).click()
    page.locator(".project > summary").click()
    page.locator(".project .tools").get_by_role("button", name="New project").evaluate(JS.moveThenPress)
    page.get_by_text("Pictures or a video of one display").wait_for()
    place = add(page, FRAMES)
    page.get_by_text("Draw one box").wait_for()
    assert place.boxes() == []
    page.locator(".project > summary").click()
    page.locator(".project li button:not([aria-current])", has_text="New project").first.click()
    placed.shows(moved(TRUTH, [0], 60 * 0.5, 0, 0, 0))


def test_all_of_it_by_keyboard(page, site):
    page.goto(site)  # a page of its own, in which fixed boxes were not chosen yet
    empty = bring(page, FRAMES)
    empty.stage.focus()
    page.keyboard.press("b")
    for name, value in {"x": 922, "y": 31, "width": 44, "height": 22}.items():
        page.get_by_label(name, exact=True).fill(str(value))
        page.keyboard.press("Enter")
    empty.stage.focus()
    page.keyboard.press("Tab")
    expect(page.locator("#drawn-text")).to_be_focused()
    page.get_by_role("button", name="Fixed boxes").press("Enter")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#drawn-text")).to_be_focused()
    page.keyboard.type(TRUTHS[FRAMES[0].name])
    page.keyboard.press("Enter")
    expect(page.locator("#drawn-news")).to_contain_text("Found 4 boxes")
    page.keyboard.press("Enter")
    expect(empty.stage).to_be_focused()
    expect(page.locator(".overlay .box")).to_have_count(4)
    page.keyboard.press("Tab")
    expect(empty.box(0)).to_be_focused()
    before = empty.boxes("main")
    page.keyboard.press("ArrowRight")
    expect(empty.box(0)).to_have_attribute("aria-label", re.compile(re.escape(f"x {before[0][0] + 0.5:g},")))
    expect(empty.box(0)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Escape")
    expect(page.locator('.box[aria-pressed="true"]')).to_have_count(0)


def test_a_layout_is_saved_and_shared_as_a_link_that_brings_it_back(placed):
    page = placed.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with page.expect_download() as download:
        page.get_by_role("button", name="Save layout").click()
    saved = Layout.from_json(download.value.path().read_text(encoding="utf-8"))
    assert saved == Layout.load(LAYOUT)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_text("Copied.").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(r"http://[\w.:/]+#layout=[\w-]+", link)
    placed.box(0).focus()
    page.keyboard.press("Shift+ArrowDown")
    placed.shows(moved(TRUTH, [0], 0, 5, 0, 0))
    page.get_by_label("Link of a layout").fill(link)
    page.get_by_role("button", name="Use it").click()
    placed.shows(TRUTH)
    page.get_by_label("Link of a layout").fill("nonsense!")
    page.get_by_role("button", name="Use it").click()
    expect(page.locator(".layout-file .error")).to_contain_text("a link holds one layout")


def test_a_link_opened_in_a_new_page_places_the_boxes_of_the_frames_to_come(page, site):
    page.goto(f"{site}#layout={to_link(Layout.load(LAYOUT))}")
    page.get_by_text("The boxes of this link are here.").wait_for()
    page.locator("input[type=file][multiple]").first.set_input_files(FRAMES[:2])
    page.get_by_text("2 frames are here").wait_for()
    page.get_by_role("button", name="Mark", exact=True).click()
    Place(page).shows(TRUTH)


def test_a_layout_for_another_size_is_scaled(empty, tmp_path):
    larger = json.loads(LAYOUT.read_text(encoding="utf-8"))
    larger["frame_size"] = [2048, 1536]
    for readout in larger["readouts"]:
        readout["boxes"] = [[2 * value for value in box] for box in readout["boxes"]]
    file = tmp_path / "layout.json"
    file.write_text(json.dumps(larger), encoding="utf-8")
    empty.page.locator("input[accept*=json]").set_input_files(file)
    empty.shows(TRUTH)


def test_wheel_keys_and_buttons_zoom_and_space_or_the_middle_button_move_the_picture(placed):
    page = placed.page
    anchor = placed.middle(2)
    page.mouse.move(*anchor)
    scale = placed.zoom()
    page.mouse.wheel(0, -200)
    assert placed.zoom() > 1.2 * scale
    assert placed.middle(2) == pytest.approx(anchor, abs=1.5)
    page.mouse.down(button="middle")
    page.mouse.move(anchor[0] + 60, anchor[1] - 30, steps=3)
    page.mouse.up(button="middle")
    assert placed.middle(2) == pytest.approx((anchor[0] + 60, anchor[1] - 30), abs=1.5)
    placed.stage.focus()
    page.keyboard.down(" ")
    placed.drag((anchor[0] + 60, anchor[1] - 30), (-60, 30))
    page.keyboard.up(" ")
    assert placed.middle(2) == pytest.approx(anchor, abs=1.5)
    placed.shows(TRUTH)
    page.keyboard.press("0")
    whole = placed.zoom()
    page.keyboard.press("+")
    assert placed.zoom() == pytest.approx(1.25 * whole, rel=0.02)
    page.keyboard.press("-")
    page.keyboard.press("z")
    assert placed.zoom() > 5 * whole


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(tab, scheme):
    page, place = tab, bring(tab, FRAMES[:2])
    page.emulate_media(color_scheme=scheme)
    load_axe(page)
    violations = page.evaluate(JS.violations, ".layout-view")
    page.locator("input[accept*=json]").set_input_files(LAYOUT)
    place.shows(TRUTH)
    place.box(0).focus()
    place.reading().wait_for()
    violations += page.evaluate(JS.violations, ".layout-view")
    page.keyboard.press("b")
    page.locator(".drawn-form").wait_for()
    violations += page.evaluate(JS.violations, ".layout-view")
    assert violations == []


@pytest.mark.parametrize("width", [320, 390, 768, 1440])
def test_nothing_sticks_out_at_any_width(tab, width):
    page, place = tab, bring(tab, FRAMES[:2])
    page.set_viewport_size({"width": width, "height": 844})
    page.locator("input[accept*=json]").set_input_files(LAYOUT)
    place.shows(TRUTH)
    place.reading().wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
