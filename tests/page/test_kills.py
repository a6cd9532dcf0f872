"""The browser and its renderers are killed at random moments: what was done before is there again, where it was done.

Five kills, one in each activity; `python build.py --bench kills` tries a hundred, of edits older than a second.
"""

import random
import re

from playwright.sync_api import expect

from tests.page.helpers import wait_until, write_folder
from tests.page.killing import ACTIVITIES, Killed, Proof, draw_many
from tests.page.scripts import Scripts
from tests.page.test_projects import PATHS

JS = Scripts("kills.js")
SEED = 7
SECONDS = 3.0
"""What was done longer than this before the kill must be there: other work may load the machine."""
LONGEST_S = 2


def test_nothing_is_lost_nothing_goes_to_another_frame_and_an_import_cut_short_says_so(browser, site, tmp_path):
    killed = Killed(browser.browser_type, tmp_path / "profile")
    folder = write_folder(tmp_path / "boiler", PATHS)
    proof = Proof(killed, site, random.Random(SEED), folder, draw_many(tmp_path / "many"), SECONDS)
    for turn, activity in enumerate(ACTIVITIES):
        proof.turn(activity, turn % 2 == 0, LONGEST_S)
    proof.check_table()
    killed.kill()
    assert sum(proof.edits.values()) > len(ACTIVITIES)
    assert (proof.lost, proof.misplaced, proof.silent) == ([], [], [])


def test_of_an_import_cut_short_what_was_seen_is_there_and_the_rest_can_be_brought(browser, site, tmp_path):
    killed, more = Killed(browser.browser_type, tmp_path / "profile"), draw_many(tmp_path / "many")
    bench = killed.start(f"{site}#bench/frames")
    bench.bring(more)
    wait_until(bench.page, JS.framesKept)
    seen = bench.page.evaluate(JS.framesKept)
    killed.kill()
    bench = killed.start(f"{site}#bench/frames")
    said = bench.page.locator(".notice.error").filter(has_text="was cut short")
    expect(said).to_contain_text("Drop them again; what is here already is skipped.")
    brought, here = map(int, re.findall(r"[0-9]+", said.inner_text()))
    assert brought == len(more) and here >= seen
    bench.page.locator(".bench-frames input[type=file][multiple]").first.set_input_files(more)
    expect(bench.page.get_by_text(f"{len(more)} frames are here")).to_be_visible()
    killed.kill()
