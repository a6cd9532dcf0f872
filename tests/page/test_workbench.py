"""From an empty project to a CSV one can trust, in a real browser, with frames that nobody has seen before."""

import csv
import io
import subprocess
import sys

import pytest
from playwright.sync_api import expect

from readout.cli.main import main
from readout.layout.layout import Layout
from tests.page.helpers import ROOT
from tests.page.test_place import Place

SEED, FRAMES = 31, 60


@pytest.fixture(scope="module")
def unseen(tmp_path_factory):
    """A folder with frames/, layout.json and labels.csv, drawn from another seed than the bundled one."""
    out = tmp_path_factory.mktemp("unseen")
    drawer = [sys.executable, str(ROOT / "data" / "generate.py")]
    subprocess.run(
        [*drawer, "--seed", str(SEED), "--out", str(out), "--frames", str(FRAMES)], check=True, capture_output=True
    )
    return out


def room(page, name):
    page.locator(".views").get_by_role("button", name=name, exact=True).click()


def table_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def downloaded(page, title):
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Download {title}", exact=True).click()
    return download.value.path()


def read_whole(page, frames):
    """Wait until every frame has been read and nothing is under way."""
    page.locator(".work[aria-busy=false]").wait_for(state="attached")
    room(page, "Export")
    page.get_by_text(f"{frames} of {frames} frames").wait_for()


def digits_right(rows, truths):
    pairs = [
        pair for row, truth in zip(rows, truths, strict=True) for pair in zip(row["text"].rjust(5), truth, strict=True)
    ]
    digits = [read == true for read, true in pairs if true != "."]
    return sum(digits) / len(digits)


def test_sixty_unseen_frames_from_a_drop_to_a_csv_a_file_and_the_command_line(page, site, unseen, tmp_path):
    truths = [line.split(",")[1] for line in (unseen / "labels.csv").read_text().split()[1:]]
    true_boxes = Layout.load(unseen / "layout.json").readouts[0].boxes
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{site}#bench/frames")
    page.locator("input[type=file][multiple]").set_input_files(sorted(map(str, (unseen / "frames").glob("*.png"))))
    page.get_by_text("60 frames are here").wait_for()

    # One box, two values
    room(page, "Mark")
    place = Place(page)
    page.get_by_role("button", name="Draw", exact=True).wait_for()
    left, top = true_boxes[0][0] - 4, true_boxes[0][1] - 3
    right, bottom = true_boxes[-1][0] + true_boxes[-1][2] + 3, true_boxes[-1][1] + true_boxes[-1][3] + 4
    place.draw(left, top, right, bottom)
    page.keyboard.type(truths[0])
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Keep these").wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".overlay .box")).to_have_count(4)
    page.get_by_role("button", name="Next frame").click()
    page.get_by_label("What does this frame show?").fill(truths[1])
    page.keyboard.press("Enter")
    read_whole(page, FRAMES)
    room(page, "Mark")
    for found, true in zip(place.boxes("main"), true_boxes, strict=True):
        assert max(abs(a - b) for a, b in zip(found, true, strict=True)) <= 1, (found, true)
    read_whole(page, FRAMES)
    rows = table_of(downloaded(page, "CSV").read_text(encoding="utf-8"))
    assert len(rows) == FRAMES and digits_right(rows, truths) >= 0.99

    # Correct one, learn from it, and take it away
    room(page, "Label")
    page.get_by_label("It shows").fill(truths[1])
    learned = page.evaluate("performance.getEntriesByName('readout:edited').length")
    page.keyboard.press("ArrowDown")
    page.get_by_label("It shows").fill(truths[2])
    page.keyboard.press("Enter")
    page.wait_for_function("(n) => performance.getEntriesByName('readout:edited').length > n", arg=learned)
    read_whole(page, FRAMES)
    before = downloaded(page, "CSV").read_text(encoding="utf-8")
    rows = table_of(before)
    assert [row["typed"] for row in rows[:4]] == [*truths[:3], ""]
    assert digits_right(rows, truths) >= 0.99
    saved = tmp_path / "boiler.readout.zip"
    saved.write_bytes(downloaded(page, "Project").read_bytes())

    # Everything is there after a reload
    page.reload()
    read_whole(page, FRAMES)
    assert downloaded(page, "CSV").read_text(encoding="utf-8") == before
    room(page, "Frames")
    page.locator(".bench-frames").get_by_text("60 frames").wait_for()
    assert problems == []

    # The command line reads the same, from the file alone and from the frames
    exact = ("frame", "readout", "text", "value", "flags", "typed", "repaired")
    for frames in ([], [str(unseen / "frames")]):
        out = tmp_path / "out.csv"
        assert main(["read", *frames, "--project", str(saved), "--out", str(out)]) == 0
        again = table_of(out.read_text(encoding="utf-8"))
        assert [[row[name] for name in exact] for row in again] == [[row[name] for name in exact] for row in rows]
        confidences = [[float(row["confidence"]) for row in each] for each in (again, rows)]
        assert max(abs(a - b) for a, b in zip(*confidences, strict=True)) <= 2e-3
