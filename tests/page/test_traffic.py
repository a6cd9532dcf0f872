"""Pixels never pass the page's thread: while frames are read, it sends and gets no more bytes than readings have."""

from pathlib import Path

import pytest

from readout.layout.layout import Layout
from readout.layout.region import bounding_region
from readout.readings.orientation import GLANCES
from tests.page.helpers import ROOT, write_folder
from tests.page.test_clip import rows_of
from tests.page.test_live import Room, film, folder, start
from tests.page.test_projects import Bench

__all__ = ["film", "folder", "start"]
COUNT = (Path(__file__).parent / "traffic.js").read_text(encoding="utf-8")
LAYOUT = Layout.from_json((ROOT / "data" / "layout.json").read_text(encoding="utf-8"))
ROW = 40
"""Bytes that a reading takes, as it is read and again in the table: number, value, confidence, flags of a row, and
whether it is confirmed."""
MODEL = ("call start", "call use_lines")
"""What the backbone that checks boxes takes: it comes when own pictures do, whatever these show."""
FRAME = 64
"""Bytes of a frame when it is handed over and planned, however often: its size and time, the number of its picture."""
EXAMPLES = 40 * 10 * 8 * 4
"""Bytes of the bundled training pictures, each a digit's crop, that the demo learns from."""
AGAIN = GLANCES * 256
"""Bytes that name the frames of a clip which are looked at again when all are read, and their regions."""
FRAMES = sorted((ROOT / "data" / "frames").glob("*.png"))


def most(frames, times):
    """Bytes that frames may cost beside their pixels, read `times` times."""
    return frames * (len(LAYOUT.readouts) * ROW + FRAME) * times


def pixels(frames, each):
    """Bytes of the regions that are read of frames, `each` a pixel."""
    regions = [bounding_region(readout, LAYOUT.frame_size) for readout in LAYOUT.readouts]
    return int(frames * each * sum(region.width * region.height for region in regions))


@pytest.fixture
def counted(browser, site):
    """A workbench whose page counts what its thread sends and gets."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(COUNT)
    page = context.new_page()
    page.goto(site)
    page.locator(".bench-bar").wait_for()
    yield Bench(page)
    context.close()


def forget(page):
    """Begin to count; what the page handed its workers to start with shows that it counts."""
    assert page.evaluate("traffic['to onnxruntime']") > 1e6
    page.evaluate("() => { globalThis.traffic = {}; }")


def check(page, frames, each, times=1):
    """No more came by the page's thread than readings, and far less than the pixels that were read."""
    counts = page.evaluate("traffic")
    ways = {name: count for name, count in counts.items() if name.split()[0] in ("to", "from")}
    examples = counts.get("call workbench/set_examples", 0)
    assert examples <= EXAMPLES
    model = sum(counts.get(name, 0) for name in MODEL)
    rest = sum(ways.values()) - examples - model - AGAIN
    assert rest <= most(frames, times) < pixels(frames, each) / 10, counts
    assert "stored" not in counts and "found" not in counts


def test_a_clip(counted):
    truth = rows_of((ROOT / "data" / "clip.csv").read_text(encoding="utf-8"))
    counted.room("Demo")
    counted.page.get_by_text("read in 50 of 50 frames").wait_for()
    forget(counted.page)
    counted.page.get_by_role("button", name="Try it on a video").click()
    counted.named("Demo video")
    counted.page.locator(".clip").wait_for()
    counted.read_all(len(truth))
    check(counted.page, len(truth), 1.5)


def test_pictures_at_first_and_after_a_reload(counted, tmp_path):
    folder = write_folder(tmp_path / "display", FRAMES)
    counted.page.get_by_text("read in 50 of 50 frames").wait_for()
    forget(counted.page)
    counted.bring(folder, folder=True)
    counted.read_all(len(FRAMES))
    check(counted.page, len(FRAMES), 4)
    counted.page.reload()
    counted.page.wait_for_function("() => globalThis.traffic?.['to onnxruntime'] > 1e6")
    counted.read_all(len(FRAMES))
    counts = counted.page.evaluate("traffic")  # of the start, too: what was asked about these frames is told apart
    asked = sum(count for name, count in counts.items() if name.startswith("call workbench/"))
    assert (
        0
        < asked - counts.get("call workbench/set_examples", 0) + counts.get("from pictures", 0)
        <= most(len(FRAMES), 1)
    )
    assert "stored" not in counts and "found" not in counts


def test_a_camera(start, film, folder, site):
    context = start(film=film)
    context.add_init_script(COUNT)
    room = Room(context.pages[0], site)
    room.bring(folder)
    room.begin()
    room.wait_read(3)
    forget(room.page)
    before = room.count("read")
    room.wait_read(before + 20)
    check(room.page, room.count("read") - before, 1.5)
