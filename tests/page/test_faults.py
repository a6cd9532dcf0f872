"""What goes wrong around the page: damaged clips, all in one session of it.

READOUT_FUZZ=20 pytest tests/page/test_faults.py    twenty times as many
"""

import os
import random

import pytest
from playwright.sync_api import expect

from readout.errors import LONGEST_MESSAGE
from tests.clips import CASES
from tests.core.test_hostile import spoiled
from tests.page.helpers import PATIENCE_MS
from tests.page.scripts import Scripts
from tests.page.test_clip import begin, rows_of, write_layout
from tests.page.test_projects import Bench

JS = Scripts("views.js")
DAMAGED = 30 * int(os.environ.get("READOUT_FUZZ", "1"))
KINDS = "vp8", "vp9", "h264-b", "av1", "h264-mkv", "uneven-webm"
"""So that with the seed an end without an end is among them, in which mediabunny looked for ever."""
SEED = 8


@pytest.fixture(scope="module")
def bench(tab):
    return Bench(tab)


def test_damaged_clips_are_each_taken_or_refused_in_bounded_words_and_a_good_one_is_read(bench, tmp_path):
    chance = random.Random(SEED)
    paths = []
    for k in range(DAMAGED):
        whole = CASES[KINDS[k % len(KINDS)]].path()
        paths.append(tmp_path / f"damaged-{k}{whole.suffix}")
        paths[-1].write_bytes(spoiled(whole.read_bytes(), chance))
    page, good = bench.page, CASES["vp8"]
    begin(bench, good.path(), write_layout(tmp_path / "layout", good.layout))
    bench.bring(paths)
    page.wait_for_function(JS.allAreNamed, arg=[path.name for path in paths], timeout=PATIENCE_MS)
    expect(page.locator(".work[aria-busy=false]")).to_be_attached(timeout=PATIENCE_MS)
    told = page.locator(".problems li").all_text_contents()
    assert told and all(len(each) <= LONGEST_MESSAGE for each in told)
    bench.room("Export")
    expect(page.get_by_text("frames are read")).to_be_visible(timeout=PATIENCE_MS)
    rows = [row for row in rows_of(bench.csv()) if row["frame"].startswith(f"{good.file}#")]
    assert [row["text"] for row in rows] == good.readings
