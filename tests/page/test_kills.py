"""The browser is killed at random moments: what was done a second before is there again, where it was done.

Three kills, or as many as READOUT_KILLS says (many take long: -o faulthandler_timeout=7200): in turn while texts are
typed, a box is nudged and windows are drawn.
"""

import contextlib
import os
import random
import signal
import time

import pytest
from playwright.sync_api import Error, expect

from tests.page.helpers import PATIENCE_MS, browser_of, open_profile, write_folder
from tests.page.placing import LABEL, Place
from tests.page.scripts import Scripts
from tests.page.test_projects import PATHS, Bench

JS = Scripts("kills.js")

KILLS = int(os.environ.get("READOUT_KILLS", "3"))
SECOND = 1.0 if "READOUT_KILLS" in os.environ else 3.0
"""What was done longer than this before the kill must be there; in the suite other work may load the machine."""
WINDOWS = 4
"""With so many windows the last one is removed, else another is drawn."""
SEED = 7


class Killed:
    """A browser with a profile on the disk, started anew after each kill."""

    def __init__(self, browser_type, folder):
        self.browser_type = browser_type
        self.folder = folder
        self.context = None

    def start(self, url):
        self.context = open_profile(self.browser_type, self.folder, "--disable-session-crashed-bubble")
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.goto(url)
        return Bench(page)

    def kill(self):
        """The whole browser at once, as when the power goes."""
        os.kill(browser_of(self.folder), signal.SIGKILL)
        with contextlib.suppress(Error):  # it has gone
            self.context.close()


class Typing:
    """Texts for frames and readouts at random."""

    def __init__(self, bench, chance):
        self.page, self.chance = bench.page, chance
        bench.room("Teach")
        self.readout = self.page.get_by_label("Readout", exact=True)
        self.readout.select_option("top")  # after the last frame the next readout follows
        self.field = self.page.get_by_label("It shows")

    def act(self):
        """Do one edit. Returns what it set, and to what."""
        for _ in range(self.chance.randrange(3)):
            self.field.press(self.chance.choice(["ArrowUp", "ArrowDown"]))
        what = f"{self.page.locator('.entry .name').inner_text()} {self.readout.input_value()}"
        text = f"{self.chance.randrange(10000) / 100:05.2f}"
        self.field.fill(text)
        self.field.press("Enter")
        return what, text


class Nudging:
    """The first box of the upper number, half a pixel to the left or right at a time."""

    def __init__(self, bench, chance):
        self.chance = chance
        bench.room("Place")
        self.place = Place(bench.page)
        self.place.box(0).focus()

    def act(self):
        self.place.page.keyboard.press(self.chance.choice(["ArrowLeft", "ArrowRight", "ArrowRight"]))
        return "x", LABEL.fullmatch(self.place.box(0).get_attribute("aria-label"))[2]


class Drawing:
    """Windows, drawn and removed."""

    def __init__(self, bench, chance):
        self.chance = chance
        bench.room("Place")
        self.place = Place(bench.page)

    def act(self):
        page = self.place.page
        boxes = page.locator(".overlay .box")
        count = boxes.count()
        if count - BOXES >= WINDOWS:
            boxes.last.focus()
            page.keyboard.press("Delete")
            count -= 1
        else:
            x, y = 100 + 150 * (count - BOXES), self.chance.randrange(150, 600)  # beside those that are there
            self.place.draw(x, y, x + 90, y + 40, window=True)
            page.keyboard.press("Enter")
            count += 1
        expect(boxes).to_have_count(count)
        return "windows", str(count - BOXES)


ACTIVITIES = Typing, Nudging, Drawing
BOXES = 8
"""The boxes that the demo's layout has."""


@pytest.fixture
def killed(browser, tmp_path):
    return Killed(browser.browser_type, tmp_path / "profile")


def made_again(page, before):
    """Wait until no edit is outside the document: then that holds what both held."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while (now := page.evaluate(JS.kept))[1]:
        assert time.monotonic() < end, f"{now[1]} edits are not in the document yet"
        time.sleep(0.2)
    assert now[0] == before


def test_nothing_older_than_a_second_is_lost_and_nothing_goes_to_another_frame(killed, site, tmp_path):
    chance = random.Random(SEED)
    bench = killed.start(site)
    bench.bring(write_folder(tmp_path / "boiler", PATHS), folder=True)
    bench.read_all()
    done = {what: [(0.0, value)] for what, value in bench.page.evaluate(JS.kept)[0].items()}
    """(when, value) of every edit by what it set, the last one first."""
    lost, misplaced, edits = [], [], 0
    for turn in range(KILLS):
        activity = ACTIVITIES[turn % len(ACTIVITIES)](bench, chance)
        end = time.monotonic() + chance.uniform(0.5, 6)
        while time.monotonic() < end:
            what, value = activity.act()
            done.setdefault(what, []).insert(0, (time.monotonic(), value))
            edits += 1
        time.sleep(chance.uniform(0, 1.5))
        at = time.monotonic()
        killed.kill()
        bench = killed.start(f"{site}#bench/teach")
        bench.named("boiler")
        found, _ = bench.page.evaluate(JS.kept)
        everywhere = {value for each in done.values() for _, value in each}
        for what, values in done.items():
            safe = next((k for k, (when, _) in enumerate(values) if at - when > SECOND), len(values))
            allowed = {value for _, value in values[: safe + 1]}
            if found.get(what) not in allowed and not (safe == len(values) and what not in found):
                wrong = misplaced if found.get(what) in everywhere else lost
                wrong.append((turn, what, values[: safe + 1], found.get(what)))
        done = {what: [(0.0, value)] for what, value in found.items()}
        expect(bench.page.get_by_label("It shows")).to_be_visible()
        made_again(bench.page, found)
    print(f"{KILLS} kills, {edits} edits, {len(lost)} lost, {len(misplaced)} misplaced")
    killed.kill()
    assert (lost, misplaced) == ([], [])


def test_an_import_that_is_cut_short_says_so(killed, site, tmp_path):
    chance = random.Random(SEED)
    folder = tmp_path / "many"
    folder.mkdir()
    for k in range(400):
        (folder / f"image-{k:04d}.png").write_bytes(PATHS[k % len(PATHS)].read_bytes() + k.to_bytes(2))
    for _ in range(max(1, KILLS // 5)):
        bench = killed.start(site)
        page = bench.page
        bench.room("Frames")
        page.locator(".project summary strong").wait_for()
        bench.choose("New project")
        bench.named("New project")
        page.locator(".bench-frames input[type=file][multiple]").first.set_input_files(sorted(folder.iterdir()))
        page.locator(".work.busy").wait_for()
        time.sleep(chance.uniform(0, 1))
        killed.kill()
        bench = killed.start(f"{site}#bench/frames")
        expect(bench.page.locator(".notice.error")).to_contain_text("was cut short")
        killed.kill()
