"""The browser, or all of its renderers, is killed at random moments: what must be there again afterwards is looked at.

For tests/page/test_kills.py, a few kills, and benchmarks/kills.py, a hundred.
"""

import contextlib
import csv
import io
import os
import shutil
import signal
import time
from collections import Counter
from pathlib import Path

from playwright.sync_api import Error, expect

from tests.page.helpers import PATIENCE_MS, browser_of, open_profile, renderers_of
from tests.page.placing import LABEL, Place
from tests.page.scripts import Scripts
from tests.page.test_projects import PATHS, Bench

JS = Scripts("kills.js")
BOXES = 8
"""The boxes that the demo's layout has."""
WINDOWS = 4
"""With so many windows the last one is removed, else another is drawn."""
BROUGHT = 200
"""Pictures that are brought at once."""
NAME = "boiler"


class Killed:
    """A browser with a profile on the disk, started anew after each kill."""

    def __init__(self, browser_type, folder):
        self.browser_type = browser_type
        self.folder = folder
        self.context = None

    def start(self, url):
        if self.context is None:
            self.context = open_profile(self.browser_type, self.folder, "--disable-session-crashed-bubble")
        page = self.context.new_page()
        page.goto(url)
        return Bench(page)

    def kill(self, whole=True):
        """The whole browser at once, as when the power goes; or only what its pages run in, as in a crash of those."""
        for process in [browser_of(self.folder)] if whole else renderers_of(browser_of(self.folder)):
            with contextlib.suppress(ProcessLookupError):  # another one took it along
                os.kill(process, signal.SIGKILL)
        for page in self.context.pages if not whole else []:
            page.close()
        if whole:
            with contextlib.suppress(Error):  # it has gone
                self.context.close()
            self.context = None


class Typing:
    """Texts for frames and readouts at random."""

    def __init__(self, bench, chance, _):
        self.page, self.chance = bench.page, chance
        bench.room("Label")
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

    def __init__(self, bench, chance, _):
        self.chance = chance
        bench.room("Mark")
        self.place = Place(bench.page)
        self.place.box(0).focus()

    def act(self):
        self.place.page.keyboard.press(self.chance.choice(["ArrowLeft", "ArrowRight", "ArrowRight"]))
        return "x", LABEL.fullmatch(self.place.box(0).get_attribute("aria-label"))[2]


class Drawing:
    """Windows, drawn and removed."""

    def __init__(self, bench, chance, _):
        self.chance = chance
        bench.room("Mark")
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


class Reading:
    """Texts and nudges in turn, while Python reads: each nudge has every frame read again."""

    def __init__(self, bench, chance, more):
        self.bench, self.chance, self.more, self.turn = bench, chance, more, 0

    def act(self):
        self.turn += 1
        kind = Nudging if self.turn % 3 == 1 else Typing
        return kind(self.bench, self.chance, self.more).act()


class Importing(Typing):
    """Texts, while many pictures are brought."""

    def __init__(self, bench, chance, more):
        bench.bring(more)
        bench.page.locator(".work.busy").wait_for()
        super().__init__(bench, chance, more)


ACTIVITIES = Typing, Drawing, Nudging, Importing, Reading


def draw_many(folder: Path, name: str = "image-{:04d}.png", count: int = BROUGHT) -> list[Path]:
    """Pictures, no two alike."""
    folder.mkdir()
    for k in range(count):
        (folder / name.format(k)).write_bytes(PATHS[k % len(PATHS)].read_bytes() + k.to_bytes(2))
    return sorted(folder.iterdir())


class Proof:
    """One project that is killed again and again, and what of it went wrong."""

    def __init__(self, killed: Killed, site: str, chance, folder: Path, more: list[Path], second: float):
        """`folder` has the project's frames, `more` are pictures to bring; edits older than `second` must be there."""
        self.killed, self.site, self.chance, self.more, self.second = killed, site, chance, more, second
        self.bench = killed.start(site)
        self.bench.bring(folder, folder=True)
        self.bench.read_all(len(list((folder / "frames").iterdir())))
        self.fresh = killed.folder.with_name("fresh")
        """The profile as it is now, to go on with after pictures were brought."""
        killed.kill()
        shutil.copytree(killed.folder, self.fresh, symlinks=True)
        self._go_on()
        self.kills, self.edits, self.imports = Counter(), Counter(), Counter()
        self.lost, self.misplaced, self.silent = [], [], []

    def turn(self, activity, whole: bool, longest: float = 6) -> None:
        """Do something for a random while, kill, look."""
        name = activity.__name__.lower()
        doing = activity(self.bench, self.chance, self.more)
        end = time.monotonic() + self.chance.uniform(0.5, longest)
        while time.monotonic() < end:
            what, value = doing.act()
            self.done.setdefault(what, []).insert(0, (time.monotonic(), value))
            self.edits[name] += 1
        if activity is not Importing:
            time.sleep(self.chance.uniform(0, 1.5))
        at = time.monotonic()
        self.killed.kill(whole)
        self.kills[name, "browser" if whole else "renderer"] += 1
        self.bench = self.killed.start(f"{self.site}#bench/label")
        self.bench.named(NAME)
        found, _ = self.bench.page.evaluate(JS.kept)
        self._compare(found, at)
        self._made_again(found)
        if activity is Importing:
            self._look_at_import()
            self.killed.kill()
            shutil.rmtree(self.killed.folder)
            shutil.copytree(self.fresh, self.killed.folder, symlinks=True)
            self._go_on()
        else:
            self.done = self._as_found(found)

    def _go_on(self):
        self.bench = self.killed.start(f"{self.site}#bench/label")
        self.bench.named(NAME)
        expect(self.bench.page.get_by_label("It shows")).to_be_visible()
        self.done = self._as_found(self.bench.page.evaluate(JS.kept)[0])
        """(when, value) of every edit by what it set, the last one first."""

    def check_table(self) -> None:
        """What the page gives in the end has each text at its own frame, and no other."""
        self.bench.settled()
        rows = list(csv.DictReader(io.StringIO(self.bench.csv())))
        typed = {f"{row['frame']} {row['readout']}": row["typed"] for row in rows if row["typed"]}
        kept = {what: values[0][1] for what, values in self.done.items() if what not in ("x", "windows", "frames")}
        if typed != kept:
            self.misplaced.append(("table", typed, kept))

    def _compare(self, found, at):
        everywhere = {value for each in self.done.values() for _, value in each}
        for what, values in self.done.items():
            if what == "frames":
                continue
            safe = next((k for k, (when, _) in enumerate(values) if at - when > self.second), len(values))
            allowed = {value for _, value in values[: safe + 1]}
            if found.get(what) not in allowed and not (safe == len(values) and what not in found):
                wrong = self.misplaced if found.get(what) in everywhere else self.lost
                ages = [(round(at - when, 2), value) for when, value in values[: safe + 1]]
                wrong.append((sum(self.kills.values()), what, ages, found.get(what)))

    def _look_at_import(self):
        """All pictures are here, or the page says that they are not; those that came go again."""
        page = self.bench.page
        before, here = int(self.done["frames"][0][1]), int(page.evaluate(JS.kept)[0]["frames"])
        whole = here == before + BROUGHT
        said = page.locator(".notice.error").filter(has_text="was cut short")
        if not whole:
            with contextlib.suppress(Error):
                said.wait_for(timeout=PATIENCE_MS / 5)
        self.imports["whole" if whole else "said" if said.count() else "silent"] += 1
        if not whole and not said.count():
            self.silent.append((sum(self.kills.values()), before, here))

    def _made_again(self, before):
        """Wait until no edit is outside the document: then that holds what both held."""
        expect(self.bench.page.get_by_label("It shows")).to_be_visible()
        end = time.monotonic() + PATIENCE_MS / 1000
        while (now := self.bench.page.evaluate(JS.kept))[1]:
            why = self.bench.page.locator(".project summary, .notice").all_inner_texts()
            assert time.monotonic() < end, f"{now[1]} edits are not in the document yet: {why}"
            time.sleep(0.2)
        if now[0] != before:
            self.lost.append((sum(self.kills.values()), "not made again", before, now[0]))

    @staticmethod
    def _as_found(found):
        return {what: [(0.0, value)] for what, value in found.items()}
