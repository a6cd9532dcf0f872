"""What goes wrong around the page: damaged clips, all in one session of it, and a Python that ends in the midst.

READOUT_FUZZ=20 pytest tests/page/test_faults.py    twenty times as many
"""

import os
import random

import pytest
from playwright.sync_api import expect

from readout.errors import LONGEST_MESSAGE
from tests.clips import CASES
from tests.core.test_hostile import spoiled
from tests.page.helpers import TRUTHS, write_folder
from tests.page.scripts import Scripts
from tests.page.test_clip import begin, rows_of, write_layout
from tests.page.test_projects import NAMES, PATHS, Bench, begun

VIEWS = Scripts("views.js")
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
    page.wait_for_function(VIEWS.allAreNamed, arg=[path.name for path in paths])
    expect(page.locator(".work[aria-busy=false]")).to_be_attached()
    told = page.locator(".problems li").all_text_contents()
    assert told and all(len(each) <= LONGEST_MESSAGE for each in told)
    bench.room("Export")
    expect(page.get_by_text("frames are read")).to_be_visible()
    rows = [row for row in rows_of(bench.csv()) if row["frame"].startswith(f"{good.file}#")]
    assert [row["text"] for row in rows] == good.readings


def test_python_that_ends_while_it_learns_loses_no_text_and_no_table(bench, tmp_path):
    page = bench.page
    bench.choose("New project")
    bench.named("New project")
    bench.bring(write_folder(tmp_path / "boiler", PATHS), folder=True)
    expect(page.get_by_text("6 frames are here")).to_be_visible()
    bench.read_all()
    bench.room("Label")
    page.get_by_label("Readout", exact=True).select_option("top")
    expect(page.locator(".entry .name")).to_have_text(NAMES[0])
    worker = [each for each in page.workers if "python.js" in each.url][-1]
    with page.expect_worker(lambda each: "python.js" in each.url):
        page.get_by_label("It shows").fill(TRUTHS[NAMES[0]])
        page.get_by_label("It shows").press("Enter")
        worker.evaluate(VIEWS.endWorker)
    bench.read_all()
    rows = rows_of(bench.csv())
    assert {row["frame"]: row["typed"] for row in rows if row["typed"]} == {NAMES[0]: TRUTHS[NAMES[0]]}
    assert [row["text"] for row in rows if row["readout"] == "top"] == [TRUTHS[name] for name in NAMES]
    assert page.get_by_role("alert").count() == 0


def test_what_is_typed_while_another_python_is_handed_the_project_is_kept_though_that_one_ends_once_more(bench):
    page = bench.page
    bench.type(NAMES[0], TRUTHS[NAMES[1]])  # another text than before: of the same one nothing is learned
    with page.expect_worker(lambda each: "python.js" in each.url) as second:
        [each for each in page.workers if "python.js" in each.url][-1].evaluate(VIEWS.endWorker)
    with page.expect_worker(lambda each: "python.js" in each.url) as third:
        begun(second.value).evaluate(VIEWS.endWorkerAt, "workbench/restore")
    with page.expect_console_message(lambda message: message.text == "held"):
        begun(third.value).evaluate(VIEWS.holdWorkerAt, "workbench/set_frames")
    page.get_by_label("It shows").fill(TRUTHS[NAMES[1]])
    page.get_by_label("It shows").press("Enter")
    bench.read_all()
    typed = {row["frame"]: row["typed"] for row in rows_of(bench.csv()) if row["typed"]}
    assert typed == dict.fromkeys(NAMES[:2], TRUTHS[NAMES[1]])
    assert page.get_by_role("alert").count() == 0


def test_a_project_is_opened_whole_though_python_ends_while_it_is_handed_over_and_once_more_while_it_starts(bench):
    page = bench.page
    before = bench.csv()
    with page.expect_worker(lambda each: "python.js" in each.url) as first:
        page.reload()
    with page.expect_worker(lambda each: "python.js" in each.url) as second:
        begun(first.value).evaluate(VIEWS.endWorkerAt, "workbench/restore")
    with page.expect_worker(lambda each: "python.js" in each.url):
        begun(second.value).evaluate(VIEWS.endWorkerAt, "open")
    bench.read_all()
    exact = ("frame", "readout", "text", "flags", "typed")
    again, was = ([[row[name] for name in exact] for row in rows_of(text)] for text in (bench.csv(), before))
    assert again == was and any(row[-1] for row in again)
    assert page.get_by_role("alert").count() == 0
