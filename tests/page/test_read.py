"""The Read view in a real browser: a table and a chart of all readings, corrected in place and checked by rules."""

import csv
import io
import re
import shutil

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from readout.layout.layout import Layout
from tests.page.helpers import ROOT, TRUTHS, load_axe
from tests.page.scripts import Scripts

JS = Scripts("views.js")

PATHS = sorted((ROOT / "data" / "frames").glob("*.png"))[:30]
NAMES = [path.name for path in PATHS]
BOTH = {"top": TRUTHS, "bottom": {name: f"{float(top) - 10:.2f}" for name, top in TRUTHS.items()}}
LAST = Layout.load(ROOT / "data" / "layout.json").readouts[1].boxes[-1]
SPOILED = {
    "image-0006.png": ("6", 0.35),
    "image-0018.png": ("6", 0.3),
    "image-0022.png": ("0", 0.35),
    "image-0026.png": ("8", 0.35),
}
"""Frames whose bottom's last digit is mixed with another one: which, and the share of the own."""


def draw_frames(folder):
    """The bundled layout, training pictures and frames, some with a digit that is half another one."""
    (folder / "frames").mkdir(parents=True)
    shutil.copy(ROOT / "data" / "layout.json", folder)
    shutil.copytree(ROOT / "data" / "training", folder / "training")
    pixels = {path.name: np.asarray(Image.open(path).convert("RGB"), float) for path in PATHS}
    x, y, w, h = (round(number) for number in LAST)
    for name, own in pixels.items():
        frame = own.copy()
        if name in SPOILED:
            digit, share = SPOILED[name]
            donor = pixels[next(each for each in NAMES if BOTH["bottom"][each][-1] == digit)]
            place = np.s_[y - 2 : y + h + 2, x : x + w + 1]
            frame[place] = share * own[place] + (1 - share) * donor[place]
        Image.fromarray(np.rint(frame).astype(np.uint8)).save(folder / "frames" / name)


class Read:
    """What a person sees and does in the Read view."""

    def __init__(self, page):
        self.page = page
        self.grid = page.get_by_role("grid", name="Readings")
        self.field = page.get_by_role("region", name="bottom", exact=True).get_by_label("It shows")

    def plain(self):
        """All frames in their order, from the first."""
        self.page.get_by_role("searchbox").fill("")
        self.page.get_by_role("button", name=re.compile(r"^All \d")).click()
        if self.page.locator("th.name[aria-sort=ascending]").count() == 0:
            self.grid.get_by_role("button", name="frame", exact=True).click()
        self.grid.press("Home")
        expect(self.row(NAMES[0])).to_have_attribute("aria-selected", "true")

    def row(self, name):
        return self.grid.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=name))

    def cell(self, name, readout, part):
        return self.row(name).locator(f'td[data-readout="{readout}"].{part}')

    def rows(self):
        """All rows of the list by scrolling through it: [{frame, (readout, part): text}]."""
        found = {}
        box = self.page.locator(".readings-scroll")
        for top in (*range(0, 1000, 300), 0):
            box.evaluate(JS.scrollTo, top)
            self.page.wait_for_timeout(50)
            found |= self.page.evaluate(JS.drawnRows)
        return [{"frame": found[k]["frame"], **dict(found[k]["cells"])} for k in sorted(found, key=int)]

    def undo(self):
        """Take back the last edit and wait until everything is read by it."""
        self.page.get_by_role("button", name=re.compile("^Undo")).click()
        expect(self.page.get_by_role("button", name="Typed 0")).to_be_visible()

    def csv(self):
        """The readings as the page writes them."""
        self.page.get_by_role("button", name="Export", exact=True).click()
        with self.page.expect_download() as download:
            self.page.get_by_role("button", name="Download CSV", exact=True).click()
        self.page.get_by_role("button", name="Read", exact=True).click()
        return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8"))))


@pytest.fixture(scope="module")
def project(browser, site, tmp_path_factory):
    """A page with a project of spoiled frames, all of them read."""
    folder = tmp_path_factory.mktemp("frames") / "spoiled"
    draw_frames(folder)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{site}#bench/frames")
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.get_by_text("30 frames are here")).to_be_visible()
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.get_by_role("button", name="Not read 0")).to_be_visible()
    yield page
    context.close()


@pytest.fixture
def read(project):
    view = Read(project)
    view.plain()
    return view


def test_the_table_holds_what_the_csv_holds(read):
    written = read.csv()
    rows = read.rows()
    assert [row["frame"] for row in rows] == NAMES
    for line in written:
        row = rows[NAMES.index(line["frame"])]
        name = line["readout"]
        assert row[f"{name} text"] == line["text"]
        assert (float(row[f"{name} value"]) if row[f"{name} value"] else None) == (
            float(line["value"]) if line["value"] else None
        )
        assert float(row[f"{name} confidence"]) == pytest.approx(float(line["confidence"]) * 100, abs=0.11)
        assert row[f"{name} flags"].replace(", ", " ") == line["flags"]
    assert len(written) == 60


def test_what_was_spoiled_is_misread_or_doubtful(read):
    """Or the tests below show nothing."""
    rows = {row["frame"]: row for row in read.rows()}
    wrong = {name for name in NAMES if rows[name]["bottom text"] != BOTH["bottom"][name]}
    assert wrong == set(SPOILED)
    assert all(row["top text"] == BOTH["top"][name] for name, row in rows.items())


@pytest.mark.parametrize("part", ["confidence", "value"])
def test_headers_sort(read, part):
    header = read.page.locator(f"th.{part}").nth(1)
    keys = []
    for order in ("ascending", "descending"):
        header.get_by_role("button").click()
        expect(header).to_have_attribute("aria-sort", order)
        keys.append([float(row[f"bottom {part}"]) for row in read.rows()])
    assert keys[0] == sorted(keys[0])
    assert keys[1] == sorted(keys[1], reverse=True)
    assert len(keys[0]) == 30
    expect(read.grid.locator("tbody tr[aria-rowindex='3']")).to_have_attribute("aria-selected", "true")


def test_filters_and_search_narrow_the_list(read):
    doubtful = [row["frame"] for row in read.rows() if "doubtful" in row["bottom flags"] + row["top flags"]]
    assert doubtful
    read.page.get_by_role("button", name=f"Doubtful {len(doubtful)}").click()
    expect(read.grid).to_have_attribute("aria-rowcount", str(len(doubtful) + 2))
    assert [row["frame"] for row in read.rows()] == doubtful
    read.page.get_by_role("button", name="All 30").click()
    for search, count in [
        ("image-002", 10),
        ("> 90", sum(float(TRUTHS[name]) > 90 for name in NAMES)),
        ("no such thing", 0),
    ]:
        read.page.get_by_role("searchbox").fill(search)
        expect(read.grid).to_have_attribute("aria-rowcount", str(count + 2))
    expect(read.page.get_by_text("No frame by that name")).to_be_visible()
    read.page.get_by_role("button", name="Show all").click()
    expect(read.grid).to_have_attribute("aria-rowcount", "32")


KEYS = [("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", 29), ("ArrowDown", 29), ("Home", 0), ("ArrowUp", 0)]


def test_keys_move_the_row(read):
    for key, row in KEYS:
        read.grid.press(key)
        expect(read.row(NAMES[row])).to_have_attribute("aria-selected", "true")
        expect(read.grid).to_have_attribute("aria-activedescendant", f"reading-{row}-{0}")
    read.grid.press("PageDown")
    expect(read.row(NAMES[0])).to_have_attribute("aria-selected", "false")
    read.grid.press("ArrowRight")
    expect(read.grid).to_have_attribute("aria-activedescendant", re.compile(r"reading-\d+-1"))
    read.grid.press("ArrowLeft")
    read.grid.press("Enter")
    top = read.page.get_by_role("region", name="top", exact=True).get_by_label("It shows")
    expect(top).to_be_focused()
    top.press("Escape")
    expect(read.grid).to_be_focused()
    read.grid.press("8")
    expect(top).to_be_focused()
    expect(top).to_have_value("8")
    top.press("Escape")


def test_a_reading_is_corrected_in_place(read):
    name = "image-0006.png"
    was = read.cell(name, "bottom", "text").inner_text()
    read.cell(name, "bottom", "text").click()
    read.grid.press("7")
    read.field.press_sequentially("8.65")
    read.field.press("Enter")
    expect(read.cell(name, "bottom", "typed")).to_have_text("78.65")
    expect(read.row("image-0007.png")).to_have_attribute("aria-selected", "true")
    expect(read.field).to_be_focused()
    expect(read.cell(name, "bottom", "text")).to_have_text("78.65")  # it has learned
    expect(read.page.get_by_text(re.compile("The last edit changed"))).to_be_visible()
    read.page.get_by_role("button", name=re.compile(r"^Changed by the last edit [1-9]")).click()
    expect(read.row(name)).to_have_attribute("aria-selected", "true")
    said = read.page.get_by_role("region", name="bottom", exact=True).locator(".said")
    expect(said).to_contain_text("typed")
    expect(said).to_contain_text("78.65")
    read.undo()
    read.plain()
    expect(read.cell(name, "bottom", "text")).to_have_text(was)
    expect(read.cell(name, "bottom", "typed")).to_have_text("")


def test_the_list_stays_while_someone_works_through_it(read):
    header = read.page.locator("th.confidence").nth(1)
    header.get_by_role("button").click()
    before = [row["frame"] for row in read.rows()]
    first, second = before[:2]
    read.cell(first, "bottom", "text").click()
    read.grid.press("Enter")
    read.field.fill(BOTH["bottom"][first])
    read.field.press("Enter")
    expect(read.row(second)).to_have_attribute("aria-selected", "true")
    again = read.page.get_by_role("button", name="Readings have changed")
    expect(again).to_be_visible()
    assert [row["frame"] for row in read.rows()] == before
    again.click()
    rows = read.rows()
    assert rows[0]["frame"] != first
    assert sorted(float(row["bottom confidence"]) for row in rows) == [float(row["bottom confidence"]) for row in rows]
    read.undo()


def test_what_does_not_follow_the_format_is_refused_at_the_field(read):
    read.cell("image-0003.png", "bottom", "text").click()
    read.grid.press("5")
    read.field.press("Enter")
    alert = read.page.get_by_role("region", name="bottom", exact=True).get_by_role("alert")
    expect(alert).to_contain_text("'##.##'")
    expect(alert).to_contain_text("'5'")
    expect(read.field).to_have_attribute("aria-invalid", "true")
    expect(read.row("image-0003.png")).to_have_attribute("aria-selected", "true")
    expect(read.page.get_by_role("button", name="Typed 0")).to_be_visible()
    read.field.press("Escape")


def test_not_readable_is_said_goes_on_to_the_next_row_and_is_forgotten(read):
    name = "image-0004.png"
    read.cell(name, "bottom", "text").click()
    bottom = read.page.get_by_role("region", name="bottom", exact=True)
    bottom.get_by_role("button", name="Not readable").click()
    expect(read.cell(name, "bottom", "typed")).to_contain_text("not readable")
    expect(read.row("image-0005.png")).to_have_attribute("aria-selected", "true")
    read.cell(name, "bottom", "text").click()
    expect(bottom.locator(".said")).to_contain_text("not readable")
    bottom.get_by_role("button", name="Forget").click()
    expect(read.cell(name, "bottom", "typed")).to_have_text("")


def test_details_show_every_box_with_its_best_classes(read):
    read.cell("image-0006.png", "bottom", "text").click()
    bottom = read.page.get_by_role("region", name="bottom", exact=True)
    expect(bottom.locator("figure canvas")).to_have_count(4)
    for k in range(4):
        bars = bottom.locator("figure").nth(k).locator("tr")
        expect(bars).to_have_count(3)
        shares = [float(bars.nth(rank).locator("td.number").inner_text()) for rank in range(3)]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 100.2
    classes = bottom.locator("figure").nth(3).locator("th").all_inner_texts()
    assert {"5", "6"} <= set(classes)


def series_pixel(page, row, of):
    """Where on the page the chart has painted the line of series `of` at a row, from the colours of its canvas."""
    return page.evaluate(JS.seriesPixel, [row, len(NAMES), of])


@pytest.mark.parametrize(("of", "name"), [(1, "top"), (2, "bottom")])
def test_a_click_on_a_point_goes_to_its_frame(read, of, name):
    read.page.locator(".plot").scroll_into_view_if_needed()
    x, y = series_pixel(read.page, 16, of)
    read.page.mouse.click(x, y)
    expect(read.row(NAMES[16])).to_have_attribute("aria-selected", "true")
    expect(read.row(NAMES[16])).to_be_visible()
    expect(read.page.locator(".one.chosen h4")).to_have_text(name)


def test_the_chart_says_what_it_shows_and_steps_by_key(read):
    values = {
        name: [float(line["value"]) for line in read.csv() if line["readout"] == name and line["value"]]
        for name in BOTH
    }
    summary = read.page.locator("#values-summary")
    for name, numbers in values.items():
        expect(summary).to_contain_text(
            f"{name}: {min(numbers):.2f} to {max(numbers):.2f}, mean {np.mean(numbers):.2f}, {len(numbers)} values"
        )
    chart = read.page.get_by_role("slider", name="Values over frames")
    chart.press("End")
    chart.press("ArrowLeft")
    expect(chart).to_have_attribute("aria-valuenow", "29")
    expect(chart).to_have_attribute("aria-valuetext", re.compile(rf"^{NAMES[28]}: top {TRUTHS[NAMES[28]]}"))
    expect(read.row(NAMES[28])).to_have_attribute("aria-selected", "true")


def test_dragging_looks_closer_and_a_double_click_shows_all(read):
    read.page.locator(".plot").scroll_into_view_if_needed()
    over = read.page.locator(".u-over").bounding_box()
    at = [over["x"] + share * over["width"] for share in (0.51, 0.75)]
    middle = over["y"] + over["height"] / 2
    read.page.mouse.move(at[0], middle)
    read.page.mouse.down()
    read.page.mouse.move(at[1], middle, steps=4)
    read.page.mouse.up()
    read.page.wait_for_timeout(300)
    expect(read.row(NAMES[0])).to_have_attribute("aria-selected", "true")  # a drag is no click
    read.page.mouse.click(over["x"] + 2, middle)
    expect(read.row(NAMES[15])).to_have_attribute("aria-selected", "true")
    read.page.mouse.dblclick(at[0], middle)
    read.page.mouse.click(over["x"] + over["width"] - 2, middle)
    expect(read.row(NAMES[29])).to_have_attribute("aria-selected", "true")


def test_a_link_flags_and_repairs_and_is_undone(read):
    page = read.page
    if page.locator("details.rules[open]").count() == 0:
        page.locator("details.rules summary").click()
    misread = {name: read.cell(name, "bottom", "text").inner_text() for name in list(SPOILED)[:1]}
    equals = "[aria-label='linked readouts, equals']"
    page.evaluate(JS.typeAtOnce, [".rules fieldset:last-child > button", equals, "10,00"])
    page.locator(equals).press("Enter")
    expect(page.locator("details.rules summary")).to_contain_text("1 rule,")
    expect(page.get_by_role("button", name="Repaired 4")).to_be_visible()
    expect(page.locator(".rule").last).to_contain_text("4 repaired")
    page.get_by_role("button", name="Repaired 4").click()
    rows = read.rows()
    assert [row["frame"] for row in rows] == sorted(SPOILED)
    for row in rows:
        assert row["bottom repaired"] == BOTH["bottom"][row["frame"]]
        assert row["bottom text"] != row["bottom repaired"]  # what was read is still there
        assert "top - bottom = 10" in row["bottom flags"]
    name, text = next(iter(misread.items()))
    read.cell(name, "bottom", "text").click()
    receipt = page.get_by_role("region", name="bottom", exact=True).locator(".receipt")
    expect(receipt).to_have_text(
        re.compile(
            rf"^read {re.escape(text)} at 0\.\d\d; {re.escape(BOTH['bottom'][name])} at 0\.\d\d "
            "keeps “top - bottom = 10”$"
        )
    )
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.get_by_role("button", name="Repaired 0")).to_be_visible()
    expect(page.locator("details.rules summary")).to_contain_text("none yet")


def test_an_unfinished_rule_waits_and_a_senseless_one_is_refused(read):
    page = read.page
    if page.locator("details.rules[open]").count() == 0:
        page.locator("details.rules summary").click()
    top = page.get_by_role("group", name="top", exact=True)
    top.get_by_label("Range").check()
    expect(top).to_contain_text("Give the smallest, the largest, or both.")
    expect(page.locator("details.rules summary")).to_contain_text("none yet")
    page.evaluate(JS.setBothEnds)  # the second comes before the first is drawn: neither may be lost
    expect(page.locator("details.rules").get_by_role("alert")).to_contain_text("min at most max")
    top.get_by_label("Range").uncheck()
    expect(page.locator("details.rules summary")).to_contain_text("none yet")


def test_in_forced_colours_what_is_chosen_and_shares_stand_out(read):
    page = read.page
    page.emulate_media(forced_colors="active")
    chip, other = page.locator(".chip.here").first, page.locator(".chip:not(.here)").first
    tab, another = page.locator(".view-tab.here"), page.locator(".view-tab:not(.here)").first
    row, next_row = (read.row(name).locator("td").first for name in NAMES[:2])
    bar, track = page.locator(".crops .fill").first, page.locator(".crops .track").first
    for one, two in ((chip, other), (tab, another), (row, next_row), (bar, track)):
        assert one.evaluate(JS.ground) != two.evaluate(JS.ground)
    page.emulate_media(forced_colors="none")


def test_a_screen_reader_can_read_it(read):
    load_axe(read.page)
    assert read.page.evaluate(JS.violations, ".bench-read") == []
