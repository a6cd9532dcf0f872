"""The browser and its renderers are killed at random moments: what was done before is there again, where it was done.

Five kills, one in each activity; `python build.py --bench kills` tries a hundred, of edits older than a second.
"""

import random

from tests.page.helpers import write_folder
from tests.page.killing import ACTIVITIES, Killed, Proof, draw_many
from tests.page.test_projects import PATHS

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
