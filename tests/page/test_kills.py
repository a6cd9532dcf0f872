"""The browser is killed at random moments: what was done a second before is there again, where it was done.

Five kills, or as many as READOUT_KILLS says.
"""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.page.helpers import PATIENCE_MS, write_folder
from tests.page.test_projects import PATHS, Bench

KILLS = int(os.environ.get("READOUT_KILLS", "5"))
SECOND = 1.0
"""What was done longer than this before the kill must be there."""
NAMES = [path.name for path in PATHS]
SEED = 7


class Killed:
    """A browser with a profile on the disk, started anew after each kill."""

    def __init__(self, browser_type, folder):
        self.browser_type = browser_type
        self.folder = folder
        self.context = None

    def start(self, url):
        self.context = self.browser_type.launch_persistent_context(
            self.folder,
            executable_path=os.environ.get("READOUT_CHROMIUM") or None,
            args=["--no-sandbox", "--disable-gpu", "--disable-session-crashed-bubble"],
            viewport={"width": 1440, "height": 900},
        )
        page = self.context.pages[0] if self.context.pages else self.context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page.goto(url)
        return Bench(page)

    def kill(self):
        """The whole browser at once, as when the power goes."""
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if str(self.folder) in command and "--type=" not in command:
                os.kill(int(folder.name), signal.SIGKILL)
        with contextlib.suppress(Error):  # it has gone
            self.context.close()


@pytest.fixture
def killed(browser, tmp_path):
    return Killed(browser.browser_type, tmp_path / "profile")


def stored(page):
    """What the stored document and the journal hold, by frame and readout, and how many edits the journal has."""
    return page.evaluate(
        """async () => {
      const asked = (request) => new Promise((done, failed) =>
        Object.assign(request, { onsuccess: () => done(request.result), onerror: () => failed(request.error) }));
      const database = await asked(indexedDB.open("readout"));
      const tx = database.transaction(["documents", "journal"]);
      const [[text], edits] = await Promise.all([
        asked(tx.objectStore("documents").getAll()), asked(tx.objectStore("journal").getAll())]);
      database.close();
      const typed = {};
      for (const [frame, readout, shown] of JSON.parse(text.text).typed) typed[`${frame} ${readout}`] = shown;
      for (const { edit, given } of edits) if (edit === "setLabel") typed[`${given[0]} ${given[1]}`] = given[2];
      return [typed, edits.length];
    }"""
    )


def made_again(page, typed):
    """Wait until the journal is empty: then the document holds what it held."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while (now := stored(page))[1]:
        assert time.monotonic() < end, f"the journal still has {now[1]} edits"
        time.sleep(0.2)
    assert now[0] == typed


def test_nothing_older_than_a_second_is_lost_and_nothing_goes_to_another_frame(killed, site, tmp_path):
    chance = random.Random(SEED)
    folder = write_folder(tmp_path / "boiler", PATHS)
    bench = killed.start(site)
    bench.bring(folder, folder=True)
    bench.read_all()
    done = {}
    """By frame and readout: (when, text), of every text that was typed, the last one first."""
    lost, misplaced, edits = [], [], 0
    for turn in range(KILLS):
        page = bench.page
        bench.room("Teach")
        readout = page.get_by_label("Readout", exact=True)
        readout.select_option("top")  # after the last frame the next readout follows
        field = page.get_by_label("It shows")
        end = time.monotonic() + chance.uniform(0.5, 6)
        while time.monotonic() < end:
            for _ in range(chance.randrange(3)):
                field.press(chance.choice(["ArrowUp", "ArrowDown"]))
            name = f"{page.locator('.entry .name').inner_text()} {readout.input_value()}"
            text = f"{chance.randrange(10000) / 100:05.2f}"
            field.fill(text)
            field.press("Enter")
            done.setdefault(name, []).insert(0, (time.monotonic(), text))
            edits += 1
        time.sleep(chance.uniform(0, 1.5))
        at = time.monotonic()
        killed.kill()
        bench = killed.start(f"{site}#bench/teach")
        bench.named("boiler")
        found, _ = stored(bench.page)
        for name, typed in done.items():
            safe = next((k for k, (when, _) in enumerate(typed) if at - when > SECOND), len(typed))
            allowed = {text for _, text in typed[: safe + 1]}
            if found.get(name) not in allowed and not (safe == len(typed) and name not in found):
                (misplaced if found.get(name) in {t for each in done.values() for _, t in each} else lost).append(
                    (turn, name, typed[: safe + 1], found.get(name))
                )
            done[name] = [(0.0, found[name])] if name in found else []
        done = {name: typed for name, typed in done.items() if typed}
        expect(bench.page.get_by_label("It shows")).to_be_visible(timeout=PATIENCE_MS)
        made_again(bench.page, found)
    print(f"{KILLS} kills, {edits} edits, {len(lost)} lost, {len(misplaced)} misplaced")
    killed.kill()
    assert (lost, misplaced) == ([], [])


def test_an_import_that_is_cut_short_says_so(killed, site, tmp_path):
    chance = random.Random(SEED)
    folder = tmp_path / "many"
    folder.mkdir()
    for k in range(120):
        (folder / f"image-{k:04d}.png").write_bytes(PATHS[k % len(PATHS)].read_bytes() + bytes([k]))
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
