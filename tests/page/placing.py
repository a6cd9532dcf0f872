"""What a person sees and does in the Place view, for the tests of it."""

import re

from playwright.sync_api import expect

from tests.page.scripts import Scripts

JS = Scripts("views.js")

LABEL = re.compile(r"(.+), box \d+ of \d+, x ([\d.]+), y ([\d.]+), ([\d.]+) by ([\d.]+)")


class Place:
    """What a person sees and does in the Place view."""

    def __init__(self, page):
        self.page = page
        self.stage = page.locator(".stage")

    def boxes(self, name="top"):
        """The boxes of a readout by their names for screen readers: [[x, y, w, h], …]."""
        labels = [each.get_attribute("aria-label") for each in self.page.locator(".overlay .box").all()]
        found = [LABEL.fullmatch(label).groups() for label in labels]
        return [[float(number) for number in numbers] for readout, *numbers in found if readout == name]

    def box(self, k):
        return self.page.locator(".overlay .box").nth(k)

    def shows(self, boxes, name="top"):
        """Wait until the boxes of a readout are these, and nothing is under way."""
        words = [f"x {x:g}, y {y:g}, {w:g} by {h:g}" for x, y, w, h in boxes]
        labels = [f"{name}, box {k + 1} of {len(boxes)}, {each}" for k, each in enumerate(words)]
        mine = self.page.locator(f'.overlay .box[aria-label^="{name},"]')
        expect(mine).to_have_count(len(labels))
        for each, label in zip(mine.all(), labels, strict=True):
            expect(each).to_have_attribute("aria-label", label)

    def at(self, x, y):
        """Where a frame pixel is on the page, by two boxes' edges or the whole frame shown."""
        left, top, scale = self.page.evaluate(JS.frameOnStage)
        return left + x * scale, top + y * scale

    def draw(self, x, y, right, bottom, window=False):
        """Draw a box with the mouse, the whole frame being shown, for fixed boxes or for a window."""
        self.page.get_by_role("button", name="Fit", exact=True).click()
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.down()
        self.page.mouse.move(*self.at((x + right) / 2, bottom), steps=3)
        self.page.mouse.move(*self.at(right, bottom))
        self.page.mouse.up()
        expect(self.page.locator("#drawn-text")).to_be_focused()
        fixed = self.page.get_by_role("button", name="Fixed boxes")
        if not window and fixed.count():
            fixed.click()
            self.page.locator("#drawn-text").focus()

    def middle(self, k):
        """The middle of a box on the page."""
        around = self.box(k).bounding_box()
        return around["x"] + around["width"] / 2, around["y"] + around["height"] / 2

    def drag(self, start, by, **options):
        """Drag with the mouse from a point by (dx, dy) CSS pixels."""
        self.page.mouse.move(*start)
        self.page.mouse.down()
        self.page.mouse.move(start[0] + by[0] / 2, start[1] + by[1] / 2)
        self.page.mouse.move(start[0] + by[0], start[1] + by[1])
        if options.get("drop", True):
            self.page.mouse.up()

    def zoom(self):
        """CSS pixels for each pixel of the frame, once the view rests."""
        self.page.wait_for_timeout(400)
        return float(self.page.locator("output.zoom").inner_text().removesuffix("%")) / 100

    def reading(self):
        return self.page.locator(".layout-strip .reading-text")


def begin(tab):
    """A new project without frames in an open page, which gets its usual size and colours back."""
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.emulate_media(color_scheme="light")
    tab.locator(".project > summary").click()
    tab.locator(".project .tools").get_by_role("button", name="New project").click()
    tab.get_by_text("Pictures or a video of one display").wait_for()
    tab.get_by_role("button", name="Dismiss", exact=True).evaluate_all("(all) => all.forEach((each) => each.click())")


def bring(page, frames):
    """A new project with these frames, in the Place view of an open page."""
    begin(page)
    return add(page, frames)


def add(page, frames):
    """These frames for the open project, in the Place view."""
    page.locator("input[type=file][multiple]").first.set_input_files(frames)
    page.get_by_text(f"{len(frames)} frames are here").wait_for()
    page.locator(".views").get_by_role("button", name="Mark", exact=True).click()
    page.locator(".stage").wait_for()
    return Place(page)
