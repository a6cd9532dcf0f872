"""Reading as it comes: equal to reading pictures, and only what has changed is looked at."""

import asyncio
import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.errors import ReadoutError
from readout.export.tables import SHIFT_COLUMNS
from readout.imaging.images import load_image
from readout.layout.layout import FrameSizeError
from readout.readings.reading import COLUMNS, NOTE
from readout.workbench.last_seen import block_means, changed, spread
from readout.workbench.workbench import Workbench
from tests.core.awaited import Awaited
from tests.core.window_bench import awaited, opened
from tests.shaken import ANCHOR, MOVES, covered, moved

ROOT = Path(__file__).resolve().parents[2]
TRUTHS = dict(line.split(",") for line in (ROOT / "data" / "labels.csv").read_text().splitlines()[1:])
NAMES = list(TRUTHS)[:8]
LAYOUT = json.loads((ROOT / "data" / "layout.json").read_text())
PARTS = [np.s_[0:80, 880:1024], np.s_[688:768, 880:1024], np.s_[0:80, 0:240]]
"""What the regions of the layout and of the anchor lie in."""
BOXES = sum(len(readout["boxes"]) for readout in LAYOUT["readouts"])


def quiet(news):
    pass


@pytest.fixture(scope="module")
def frames():
    return [load_image(ROOT / "data" / "frames" / name) for name in NAMES]


@pytest.fixture
def bench(glyphs):
    bench = Workbench(Awaited(glyphs, glyphs.prior))
    bench.set_frames([{"name": name, "width": 1024, "height": 768} for name in NAMES])
    bench.editor.set_layout(LAYOUT)
    return bench


@pytest.fixture
def live(bench):
    live = bench.live
    live.begin(1024, 768)
    return live


def cut(pixels, regions):
    """Regions with their pixels, as the page hands them in."""
    found = []
    for region in regions:
        x, y, width, height = (region[name] for name in ("x", "y", "width", "height"))
        part = pixels[y : y + height, x : x + width]
        found.append({**region, "rgba": np.dstack([part, np.full(part.shape[:2], 255, np.uint8)]).tobytes()})
    return found


def read(live, pixels, time_s=0.0):
    return asyncio.run(live.read({"time_s": time_s, "regions": cut(pixels, live.regions())}, quiet))


def as_pictures(bench, frames):
    """What the workbench reads in the same frames, by readout."""
    regions = bench.missing()["regions"]
    given = [{"name": name, "regions": cut(pixels, regions)} for name, pixels in zip(NAMES, frames, strict=True)]
    return {part["readout"]: part for part in asyncio.run(bench.add_frames(given, quiet))["readouts"]}


def noisy(pixels, seed, sigma=2.0):
    """The frame with grain wherever Live looks."""
    grainy, rng = pixels.copy(), np.random.default_rng(seed)
    for part in PARTS:
        noise = rng.normal(0, sigma, pixels[part].shape)
        grainy[part] = np.clip(np.rint(pixels[part] + noise), 0, 255)
    return grainy


def test_it_reads_what_reading_the_same_frames_as_pictures_reads(live, bench, frames):
    expected = as_pictures(bench, frames)
    for k, pixels in enumerate(frames):
        for found in read(live, pixels, k / 30)["readouts"]:
            column = expected[found["readout"]]
            assert found["text"] == column["texts"].split("\n")[k]
            assert found["value"] == column["values"][k]
            assert found["confidence"] == pytest.approx(
                column["confidence"][k], abs=0.01
            )  # a box that changed by less than a grey level was not looked at again
        assert read(live, pixels)["readouts"][0]["text"] == TRUTHS[NAMES[k]]


def test_an_equal_frame_costs_nothing_and_one_changed_box_costs_one(live, bench, frames):
    seen = bench.learner.backbone.seen
    assert read(live, frames[0])["embedded"] == BOXES == len(seen)
    assert read(live, frames[0].copy())["embedded"] == 0
    changed_box = frames[0].copy()
    x, y, w, h = (round(n) for n in LAYOUT["readouts"][0]["boxes"][3])
    changed_box[y : y + h, x + 2 : x + w] = frames[1][y : y + h, x + 2 : x + w]  # its neighbour's box ends at x + 1.5
    assert read(live, changed_box)["embedded"] == 1
    changed_box[0, 0] = 0  # outside every region
    assert read(live, changed_box)["embedded"] == 0
    assert live.embedded == BOXES + 1 >= len(seen)


@pytest.mark.parametrize("sigma", [0.5, 2.0, 4.0])
def test_noise_is_not_change_but_every_new_number_is(live, bench, frames, sigma):
    looked = []
    for k, pixels in enumerate(frames):
        for repeat in range(6):
            found = read(live, noisy(pixels, 6 * k + repeat, sigma), k + repeat / 10)
            looked.append(found["embedded"])
            assert found["readouts"][0]["text"] == TRUTHS[NAMES[k]], (k, repeat)
    assert sum(looked) < 0.3 * BOXES * len(looked)
    assert all(count > 0 for count in looked[::6])


def test_a_slow_fade_does_not_creep_past(live, frames):
    """Each step is below the noise floor, all of them are another number."""
    blend = frames[0].copy()
    for step in range(41):
        for part in PARTS:
            blend[part] = np.rint(frames[0][part] * (1 - step / 40) + frames[1][part] * (step / 40))
        found = read(live, noisy(blend, step, 1.0), step)
    assert found["readouts"][0]["text"] == TRUTHS[NAMES[1]]


def test_rows_are_those_of_the_csv(live, frames):
    text = "".join(read(live, pixels, k + 0.0000004)["rows"] for k, pixels in enumerate(frames[:2]))
    rows = list(csv.DictReader(io.StringIO(live.begin(1024, 768)["header"] + text)))
    assert [row["frame"] for row in rows] == [f"camera#t={k}.000000" for k in (0, 0, 1, 1)]
    assert [row["readout"] for row in rows] == ["top", "bottom"] * 2
    assert [row["text"] for row in rows[::2]] == [TRUTHS[name] for name in NAMES[:2]]
    assert {row[name] for row in rows for name in SHIFT_COLUMNS} == {""}
    assert rows[2]["time_s"] == "1.000000" and float(rows[0]["value"]) == float(TRUTHS[NAMES[0]])


def test_what_is_learned_meanwhile_is_read_with_at_once_and_without_looking_again(live, bench, frames):
    as_pictures(bench, frames)
    before = read(live, frames[0])["readouts"][0]
    bench.editor.set_label(NAMES[0], "top", TRUTHS[NAMES[0]].replace(TRUTHS[NAMES[0]][0], "X"))
    asyncio.run(bench.refresh(quiet))
    after = read(live, frames[0])
    assert after["embedded"] == 0
    assert "X" not in before["text"] and "X" in after["readouts"][0]["text"]


def test_the_layout_is_scaled_to_a_source_of_the_same_shape(live, bench, frames):
    begun = live.begin(2048, 1536, "screen")
    assert begun["scaled"] and begun["frame_size"] == [2048, 1536]
    assert begun["readouts"][0]["boxes"][0] == [2 * n for n in LAYOUT["readouts"][0]["boxes"][0]]
    large = frames[0].repeat(2, axis=0).repeat(2, axis=1)
    found = read(live, large, 1.5)
    assert found["readouts"][0]["text"] == TRUTHS[NAMES[0]]
    assert found["rows"].startswith("screen#t=1.500000,1.500000,top,")
    assert not live.begin(1024, 768)["scaled"]


@pytest.mark.parametrize("size", [(1280, 720), (768, 1024), (1024, 766)])
def test_another_shape_is_refused_with_a_way_out(live, size):
    with pytest.raises(FrameSizeError, match=f"camera shows {size[0]} x {size[1]}.*keep a frame"):
        live.begin(*size)
    with pytest.raises(ReadoutError, match="begin"):
        live.regions()


def test_one_pixel_of_rounding_is_the_same_shape(live):
    assert live.begin(683, 512)["scaled"]  # 682.67 wide


def draw_anchor(bench, pixels):
    x, y, width, height = ANCHOR
    [region] = cut(pixels, [{"readout": "", "x": x, "y": y, "width": width, "height": height}])
    bench.editor.set_anchor(region, NAMES[0], ANCHOR)


@pytest.fixture
def anchored(bench, frames):
    """Follows the word LIVE, as it is in the first frame."""
    bench.editor.set_layout(LAYOUT)
    draw_anchor(bench, frames[0])
    live = bench.live
    live.begin(1024, 768)
    return live


def shaken(pixels, dx, dy):
    return np.asarray(moved(Image.fromarray(pixels), dx, dy))


def test_boxes_follow_an_anchor_and_the_shift_is_a_column(anchored, bench, frames):
    moving = [shaken(pixels, *by) for pixels, by in zip(frames, MOVES, strict=True)]
    expected = as_pictures(bench, moving)
    text = anchored.begin(1024, 768)["header"]
    for k, (pixels, by) in enumerate(zip(moving, MOVES, strict=True)):
        found = read(anchored, pixels, k)
        assert [each["text"] for each in found["readouts"]] == [
            expected[name]["texts"].split("\n")[k] for name in ("top", "bottom")
        ]
        assert found["readouts"][0]["text"] == TRUTHS[NAMES[k]]
        assert (found["shift"]["x"], found["shift"]["y"]) == pytest.approx(by, abs=0.2) and not found["shift"]["lost"]
        text += found["rows"]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == (*COLUMNS, *SHIFT_COLUMNS, NOTE)
    assert [float(rows[2][name]) for name in SHIFT_COLUMNS] == pytest.approx(MOVES[1], abs=0.2)


def test_a_lost_anchor_is_said_and_boxes_stay(anchored, frames):
    read(anchored, shaken(frames[0], *MOVES[1]))
    found = read(anchored, np.asarray(covered(Image.fromarray(frames[0]))))
    assert found["shift"] == {"x": 0.0, "y": 0.0, "lost": True}
    first = found["readouts"][0]
    assert ("anchor-lost" in first["flags"], first["text"]) == (True, TRUTHS[NAMES[0]])
    assert all(line.endswith("anchor-lost,no,,,") for line in found["rows"].splitlines())


def test_a_picture_that_rests_against_its_anchor_costs_nothing_and_one_that_moves_all(anchored, frames):
    assert read(anchored, frames[0])["embedded"] == BOXES
    assert read(anchored, noisy(frames[0], 1))["embedded"] == 0
    assert read(anchored, shaken(frames[0], 2, 0))["embedded"] == BOXES


def test_an_anchor_is_scaled_with_the_layout(anchored, frames):
    anchored.begin(2048, 1536)
    large = np.asarray(Image.fromarray(shaken(frames[1], *MOVES[1])).resize((2048, 1536), Image.Resampling.BICUBIC))
    found = read(anchored, large)
    assert found["readouts"][0]["text"] == TRUTHS[NAMES[1]]
    assert (found["shift"]["x"], found["shift"]["y"]) == pytest.approx([2 * n for n in MOVES[1]], abs=0.4)


def test_without_a_layout_or_a_region_it_says_what_to_do(live, bench, frames):
    regions = live.regions()
    with pytest.raises(ReadoutError, match="'bottom'"):
        asyncio.run(live.read({"time_s": 0.0, "regions": cut(frames[0], regions[:1])}, quiet))
    draw_anchor(bench, frames[0])
    live.begin(1024, 768)
    with pytest.raises(ReadoutError, match="none of the anchor"):
        asyncio.run(live.read({"time_s": 0.0, "regions": cut(frames[0], live.regions()[:2])}, quiet))
    bench.editor.set_layout(None)
    with pytest.raises(ReadoutError, match="no layout yet: keep a frame"):
        live.begin(1024, 768)


def test_another_backbone_looks_again(live, bench, frames, glyphs):
    read(live, frames[0])
    bench.use(Awaited(glyphs, glyphs.prior))
    assert read(live, frames[0])["embedded"] == BOXES == len(bench.learner.backbone.seen)


def test_block_means_are_means_and_spread_is_of_most():
    rng = np.random.default_rng(3)
    plane = rng.integers(0, 256, (9, 7)).astype(np.float32)
    means = block_means(plane)
    assert means[4, 3] == pytest.approx(plane[3:6, 2:5].mean(), rel=1e-5)
    assert means[0, 0] == pytest.approx(np.pad(plane, 1, mode="edge")[:3, :3].mean(), rel=1e-5)
    noise = rng.normal(0, 3, (100, 100))
    noise[:20] += 90
    assert spread(noise) == pytest.approx(3 * 1.35, rel=0.15)  # a fifth has changed


def test_a_change_is_never_hidden_by_noise_above_a_share_of_the_contrast():
    reference = np.zeros((10, 8), np.float32)
    reference[:, :4] = 200
    other = reference.copy()
    other[2, 2] -= 45
    assert changed(other, reference, 1000.0)
    assert not changed(reference + 1, reference, 2.0)


# Second looks


def test_a_value_is_confirmed_by_its_second_frame_and_held_until_the_next_one_is(live, frames):
    shown = [frames[0], noisy(frames[0], 1), frames[1], noisy(frames[1], 2)]
    found = [read(live, pixels, k / 10)["readouts"][0] for k, pixels in enumerate(shown)]
    first, second = TRUTHS[NAMES[0]], TRUTHS[NAMES[1]]
    assert [each["text"] for each in found] == [first, first, second, second]
    assert [each["confirmed"] for each in found] == [False, True, False, True]
    assert [each["held"] for each in found] == [None, first, first, second]


def test_what_lasts_one_frame_is_never_confirmed_and_left_out_where_that_is_asked_for(live, frames):
    shown = [frames[0], frames[0], frames[1], frames[0], frames[0]]
    regions = live.regions()
    given = [{"time_s": k, "regions": cut(each, regions), "only_confirmed": True} for k, each in enumerate(shown)]
    rows = [asyncio.run(live.read(frame, quiet))["rows"].splitlines() for frame in given]
    assert [len(each) for each in rows] == [0, 2, 0, 0, 2]
    assert all(TRUTHS[NAMES[0]] in each[0] and ",yes," in each[0] for each in rows if each)


def test_a_new_layout_forgets_what_was_held(live, frames):
    for _ in range(2):
        read(live, frames[0])
    live.begin(1024, 768)
    assert read(live, frames[0])["readouts"][0]["held"] is None


def test_a_comma_gives_no_value_until_it_is_known_what_it_is():
    layout = {"version": 2, "frame_size": [200, 64], "readouts": [{"name": "n", "window": [20, 8, 160, 48]}]}
    live = opened([awaited(name) for name in ("glyphs", "lines")], layout, []).live
    live.begin(200, 64)
    texts = ["1,052", "998", "1,049", "997", "1,003"]
    found = [read(live, written(text), k)["readouts"][0] for k, text in enumerate(texts)]
    assert [each["text"] for each in found] == texts
    assert [each["value"] for each in found] == [None, 998, None, 997, 1003]
    assert ["no-value" in each["flags"] for each in found] == [True, False, True, False, False]


def written(text):
    image = Image.new("RGB", (200, 64), (24, 28, 34))
    ImageDraw.Draw(image).text((100, 32), text, font=ImageFont.load_default(36), fill=(240, 240, 240), anchor="mm")
    return np.asarray(image)
