"""The Label view in a real browser: typed numbers become examples; queue, score, matrix and map say what is left."""

import re
import shutil

import pytest
from playwright.sync_api import expect

from tests.page.helpers import ROOT, TRUTHS, load_axe, write_folder
from tests.page.killing import draw_many
from tests.page.scripts import Scripts

JS = Scripts("views.js")

PATHS = sorted((ROOT / "data" / "frames").glob("*.png"))[:12]
NAMES = [path.name for path in PATHS]
TWIN = "twin-of-0001.png"


class Label:
    """What a person sees and does in the Label view."""

    def __init__(self, page):
        self.page = page
        self.field = page.get_by_label("It shows")
        self.name = page.locator(".entry .name")
        self.news = page.locator(".news")
        self.hint = page.locator("#entry-hint")
        self.undo_button = page.get_by_role("button", name=re.compile("^Undo"))

    def begin(self):
        """Nothing typed, the top's first frame."""
        while re.match("Undo: (type|relabel|delete|forget)", self.undo_button.get_attribute("aria-label")):
            self.undo()
        expect(self.page.locator(".examples-view .class-row")).to_have_count(0)
        self.page.get_by_label("Readout", exact=True).select_option("top")
        self.go(NAMES[0])

    def undo(self):
        """Take back the last edit, and wait until everything is read by that."""
        label = self.undo_button.get_attribute("aria-label")
        self.undo_button.click()
        self.page.get_by_role("button", name=label.replace("Undo", "Redo"), exact=True).wait_for()
        self.page.locator(".work[aria-busy=false]").wait_for(state="attached")

    def go(self, name):
        """To a frame of the top by the arrow keys: where a label helps most may be of the bottom."""
        self.page.get_by_label("Readout", exact=True).select_option("top")
        names = [*NAMES, TWIN]
        self.field.focus()
        by = names.index(name) - names.index(self.name.inner_text())
        for _ in range(abs(by)):
            self.field.press("ArrowDown" if by > 0 else "ArrowUp")
        expect(self.name).to_have_text(name)

    def type(self, name, text):
        """What a frame shows, kept and learned."""
        self.go(name)
        count = self.count() + len(text.replace(".", ""))
        self.field.fill(text)
        self.field.press("Enter")
        expect(self.page.locator("#examples-title small")).to_have_text(re.compile(rf"^{count} in "))
        expect(self.news).to_contain_text(f"Learned {count} examples")

    def count(self):
        """How many examples there are."""
        title = self.page.locator("#examples-title small")
        return int(title.inner_text().split()[0]) if title.count() else 0

    def classes(self):
        """The examples by class: {label: count}."""
        found = [
            re.fullmatch(r"(\S+) (?:\w+ )?× (\d+)", text.replace("\n", " "))
            for text in self.page.locator(".class-row h3").all_inner_texts()
        ]
        return {each[1]: int(each[2]) for each in found}

    def crop(self, name):
        """The button of an example."""
        return self.page.locator(".class-row").get_by_role("button", name=name)


@pytest.fixture(scope="module")
def project(tab, tmp_path_factory):
    """The Label view with twelve frames and the first one once more, all of them read."""
    page, folder = tab, write_folder(tmp_path_factory.mktemp("frames") / "display", PATHS)
    shutil.copy(PATHS[0], folder / "frames" / TWIN)
    page.get_by_role("button", name="Frames", exact=True).click()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    expect(page.get_by_text("13 frames are here")).to_be_visible()
    page.get_by_role("button", name="Label", exact=True).click()
    expect(page.locator(".entry figure")).to_have_count(4)
    return page


@pytest.fixture
def teach(project):
    view = Label(project)
    view.begin()
    return view


def test_a_typed_number_is_four_examples_and_everything_is_read_again(teach):
    expect(teach.page.locator(".examples-view")).to_contain_text("None yet")
    expect(teach.page.locator(".validation")).to_contain_text("Type what a few frames show")
    teach.type(NAMES[0], TRUTHS[NAMES[0]])
    expect(teach.news).to_contain_text(
        re.compile(r"read everything again in \d+\.\d\d s: (no reading|\d+ readings?) changed")
    )
    digits = TRUTHS[NAMES[0]].replace(".", "")
    assert teach.classes() == {digit: digits.count(digit) for digit in sorted(set(digits))}
    without = teach.page.locator(".without").inner_text()
    assert [digit for digit in "0123456789" if digit not in digits] == re.findall(r"\d", without)
    expect(teach.name).not_to_have_text(NAMES[0])  # it has gone on
    expect(teach.field).to_be_focused()
    expect(teach.field).to_have_value("")


def test_enter_in_the_empty_field_says_that_it_was_read_right(teach):
    expect(teach.field).to_have_attribute("placeholder", TRUTHS[NAMES[0]])
    teach.field.press("Enter")
    expect(teach.news).to_contain_text("Learned 4 examples")
    teach.go(NAMES[0])
    expect(teach.field).to_have_value(TRUTHS[NAMES[0]])
    expect(teach.hint).to_have_text(f"You typed {TRUTHS[NAMES[0]]}; it reads the same.")


def test_n_says_not_readable_and_forget_takes_it_back(teach):
    teach.field.press("n")
    expect(teach.name).not_to_have_text(NAMES[0])
    teach.go(NAMES[0])
    expect(teach.hint).to_have_text("You marked this one as not readable.")
    expect(teach.field).to_have_value("")
    assert teach.count() == 0
    teach.page.get_by_role("button", name="Forget").click()
    expect(teach.hint).to_contain_text("Leave empty and press Enter")
    teach.field.focus()
    teach.field.press_sequentially("7n")  # within a text it is a letter
    expect(teach.field).to_have_value("7n")
    teach.field.fill("")
    teach.field.press("Shift+N")
    expect(teach.field).to_have_value("N")


KEYS = [
    ("ArrowDown", 1),
    ("ArrowDown", 2),
    ("ArrowUp", 1),
    ("PageDown", 11),
    ("PageDown", 12),
    ("ArrowDown", 12),
    ("PageUp", 2),
    ("PageUp", 0),
    ("ArrowUp", 0),
]


def test_arrow_keys_change_the_frame(teach):
    for key, row in KEYS:
        teach.field.press(key)
        expect(teach.name).to_have_text([*NAMES, TWIN][row])
        expect(teach.field).to_be_focused()


def test_what_is_being_typed_stays_when_what_was_typed_before_changes(teach):
    """As when Python is slow to take a text, and its frame is typed again meanwhile."""
    teach.type(NAMES[0], TRUTHS[NAMES[0]])
    teach.go(NAMES[0])
    teach.field.fill("22.22")
    teach.undo()
    expect(teach.field).to_have_value("22.22")
    teach.go(NAMES[1])
    teach.go(NAMES[0])
    expect(teach.field).to_have_value("")


def test_undo_by_key_and_by_button(teach):
    teach.type(NAMES[0], TRUTHS[NAMES[0]])
    teach.type(NAMES[1], TRUTHS[NAMES[1]])
    teach.page.locator("#labelling-title").click()
    teach.page.keyboard.press("Control+z")
    expect(teach.page.locator("#examples-title small")).to_have_text(re.compile("^4 in "))
    teach.page.keyboard.press("Control+z")
    expect(teach.page.locator("#examples-title small")).to_have_count(0)
    expect(teach.news).to_contain_text("Back to what it knew before any example")
    teach.page.keyboard.press("Control+Shift+z")
    expect(teach.page.locator("#examples-title small")).to_have_text(re.compile("^4 in "))
    teach.undo_button.click()
    expect(teach.page.locator("#examples-title small")).to_have_count(0)


def test_what_does_not_follow_the_format_is_refused_at_the_field(teach):
    teach.field.fill("5")
    teach.field.press("Enter")
    expect(teach.hint).to_contain_text("'##.##'")
    expect(teach.field).to_have_attribute("aria-invalid", "true")
    expect(teach.name).to_have_text(NAMES[0])
    teach.field.press("ArrowDown")
    expect(teach.hint).not_to_contain_text("'##.##'")


def test_labels_are_whatever_is_typed(teach):
    teach.type(NAMES[2], "A5.07")
    assert teach.classes() == {"0": 1, "5": 1, "7": 1, "A": 1}
    teach.go(NAMES[3])
    teach.field.fill(" 1.23")
    teach.field.press("Enter")
    expect(teach.page.locator("#examples-title small")).to_have_text(re.compile("^8 in "))
    assert teach.classes()["␣"] == 1


def test_an_example_is_relabelled_and_deleted(teach):
    teach.type(NAMES[0], TRUTHS[NAMES[0]])
    source = f"{NAMES[0]} top 1"
    label = TRUTHS[NAMES[0]].replace(".", "")[1]
    teach.crop(f"{label} from {source}").click()
    details = teach.page.get_by_role("group", name=f"Example {source}")
    expect(details.get_by_label("Label")).to_have_value(label)
    details.get_by_label("Label").fill("C")
    details.get_by_role("button", name="Relabel").click()
    expect(teach.crop(f"C from {source}")).to_be_visible()
    assert teach.classes()["C"] == 1
    expect(details).to_have_count(0)
    teach.crop(f"C from {source}").click()
    details.get_by_role("button", name="Delete").click()
    expect(teach.page.locator("#examples-title small")).to_have_text(re.compile("^3 in "))
    teach.undo()
    expect(teach.crop(f"C from {source}")).to_be_visible()
    teach.crop(f"C from {source}").click()
    teach.go(NAMES[4])
    details.get_by_role("button", name="Go to its frame").click()
    expect(teach.name).to_have_text(NAMES[0])


def test_equal_pixels_are_one_crop_and_change_together(teach):
    for name in (NAMES[0], TWIN):
        teach.type(name, TRUTHS[NAMES[0]])
    first = TRUTHS[NAMES[0]][0]
    one = teach.crop(f"{first} from {NAMES[0]} top 0, 2 with equal pixels")
    expect(one).to_contain_text("×2")
    one.click()
    details = teach.page.get_by_role("group", name=f"Example {NAMES[0]} top 0")
    expect(details).to_contain_text(f"{TWIN} top 0")
    details.get_by_label("Label").fill("E")
    details.get_by_role("button", name="Relabel").click()
    expect(teach.crop("E from")).to_have_count(1)
    assert teach.classes()["E"] == 2


def test_equal_pixels_with_different_labels_are_pointed_out(teach):
    first = TRUTHS[NAMES[0]]
    teach.type(NAMES[0], first)
    teach.type(TWIN, "1" + first[1:])
    odd = teach.crop(f"{first[0]} from {NAMES[0]} top 0, labelled differently elsewhere")
    odd.click()
    expect(teach.page.get_by_role("group", name=f"Example {NAMES[0]} top 0")).to_contain_text(
        f"labelled 1 in {TWIN} top 0"
    )


def test_the_score_says_when_it_is_too_few_and_a_cell_of_the_matrix_fixes_a_label(teach):
    wrong = NAMES[1]
    for name in NAMES[:4]:
        teach.type(name, TRUTHS[name] if name != wrong else "1" + TRUTHS[name][1:])
    truth = TRUTHS[wrong][0]
    room = teach.page.locator(".validation")
    expect(room).to_contain_text(re.compile(r"\d+ of 16 examples right"))
    right = int(re.search(r"(\d+) of 16", room.inner_text())[1])
    assert right < 16
    expect(room).to_contain_text("Too few to tell: 4 independent frames")
    room.get_by_role("button", name=f"1 of 1 taken for {truth}").click()
    expect(room.locator(".cell-crops li")).to_have_count(1)
    room.get_by_role("button", name=f"{wrong} top 0 is {truth}").click()
    expect(room).to_contain_text(f"{right + 1} of 16 examples right")
    expect(teach.crop(f"{truth} from {wrong} top 0")).to_be_visible()


def test_the_queue_leads_to_frames_and_shows_what_to_expect(teach):
    teach.type(NAMES[0], "1A.11")  # it has reason to doubt
    queue = teach.page.locator(".queue")
    expect(queue).to_contain_text(
        re.compile(
            r"About [\d.]+ of 25 readings (is|are) wrong;\s+labelling (this one|these \d+) should leave ([\d.]+|none)"
        )
    )
    entry = queue.locator("li .link").last
    name = entry.inner_text()
    entry.click()
    expect(teach.name).to_have_text(name)
    expect(entry).to_have_attribute("aria-current", "true")
    expect(teach.field).to_be_focused()


def test_the_map_shows_crops_by_key_and_by_pointer(teach):
    teach.type(NAMES[0], TRUTHS[NAMES[0]])
    canvas = teach.page.get_by_role("img", name=re.compile(r"^Map of \d+ crops"))
    expect(canvas).to_have_attribute(
        "aria-label", re.compile(r"^Map of 108 crops")
    )  # 4 examples, 2 readouts of 4 boxes in 13 frames
    colours = canvas.evaluate(JS.countColours)
    assert colours > 10
    near = teach.page.locator(".scatter .near")
    canvas.focus()
    canvas.press("ArrowRight")
    expect(near).to_contain_text(f"{NAMES[0]} top 0")
    expect(near.locator("canvas")).to_be_visible()
    canvas.press("ArrowLeft")
    expect(near).to_contain_text("as it is read")
    expect(near.locator("canvas")).to_be_visible()
    canvas.press("Enter")
    expect(teach.name).to_have_text(re.compile(f"({'|'.join(map(re.escape, [NAMES[-1], TWIN]))})"))
    canvas.hover(position={"x": 200, "y": 3})
    expect(near.locator("strong")).to_have_count(0)
    for _ in range(100):  # the map may be drawn anew meanwhile
        if near.locator("strong").count():
            break
        spot, around = canvas.evaluate(JS.firstPainted), canvas.bounding_box()
        canvas.hover(position={"x": spot[0] * around["width"], "y": spot[1] * around["height"] + 1})
        teach.page.wait_for_timeout(100)
    expect(near.locator("strong")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_reader_can_use_it(teach, scheme):
    page = teach.page
    for name in NAMES[:2]:
        teach.type(name, TRUTHS[name])
    teach.crop("from").first.click()
    expect(page.locator(".matrix")).to_be_visible()
    page.emulate_media(color_scheme=scheme)
    load_axe(page)
    assert page.evaluate(JS.violations) == []
    page.emulate_media(color_scheme="light")


def test_an_address_of_an_earlier_version_opens_the_view_that_it_meant(teach):
    for former, now in ("take", "Export"), ("place", "Mark"), ("teach", "Label"):
        teach.page.evaluate("(name) => void (location.hash = `#bench/${name}`)", former)
        expect(teach.page.locator(".view-tab.here")).to_have_text(now)


def test_when_all_is_typed_it_says_so(teach):
    for _ in range(2 * 13):
        expect(teach.hint).to_contain_text("Leave empty and press Enter")
        teach.field.press("Enter")
    expect(teach.page.locator(".notice")).to_contain_text("Every frame has been typed")
    expect(teach.page.locator("#examples-title small")).to_have_text(re.compile("^104 in "))
    expect(teach.page.locator(".queue")).to_contain_text("Nothing is left to ask")


def test_while_pictures_come_the_frame_that_is_looked_at_stays_with_what_is_typed_for_it(page, site, tmp_path):
    folder, earlier = write_folder(tmp_path / "display", PATHS), draw_many(tmp_path / "many", "a-{:03d}.png", 60)
    page.goto(site)
    page.get_by_role("button", name="Frames", exact=True).click()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_text("12 frames are here").wait_for()
    page.get_by_role("button", name="Label", exact=True).click()
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    view = Label(page)
    view.go(NAMES[3])
    page.get_by_role("button", name="Frames", exact=True).click()
    page.evaluate(JS.watchEntry)
    page.locator("input[type=file][multiple]").first.set_input_files(earlier)
    page.locator(".work.busy").wait_for()
    page.get_by_role("button", name="Label", exact=True).click()
    view.field.fill("1")
    page.get_by_text("72 frames are here").wait_for()
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    seen = set(map(tuple, page.evaluate(JS.entriesSeen)))
    assert {name for name, *_ in seen} == {NAMES[3]}
    assert {text for _, text, _ in seen} == {"", "1"}
    assert {read for *_, read in seen} <= {"", TRUTHS[NAMES[3]]}
    expect(view.field).to_have_value("1")
    expect(page.locator(".entry-frame")).to_contain_text("64 of 72")
