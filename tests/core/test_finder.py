"""The finder: strokes join to characters, characters to lines, lines are read, and numbers that change come first."""

import asyncio
import contextlib
import io
import json
import re

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.cli.main import main
from readout.detection.components import components, connected, dilated, strokes
from readout.detection.strip_sampler import StripSampler
from readout.detection.text_lines import find_text_lines
from readout.errors import ReadoutError
from readout.imaging.images import load_image
from readout.imaging.patch import Patch
from readout.imaging.strips import WindowCrop, contrast_of, ink_of, touches_edge
from readout.layout.box import overlap
from readout.layout.layout import Readout
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.steps import drive
from readout.readings import number_window
from readout.readings.naming import named
from readout.readings.number_finder import NumberFinder, runs_with, sample_times
from readout.readings.number_spotter import Spotted, distinct, is_number
from readout.readings.recognizer import LINES, read_windows
from readout.readings.suggestion import Suggestion, decimals_of
from readout.workbench.workbench import Workbench

from .displays import panel
from .window_bench import awaited

SIZE = (640, 360)


def picture(*texts, size=SIZE, ground=(24, 28, 34), seed=0):
    """A frame with (x, y, height of the digits, text, colour) on a ground with some noise."""
    image = Image.new("RGB", size, ground)
    draw = ImageDraw.Draw(image)
    for x, y, height, text, colour in texts:
        draw.text((x, y), text, font=ImageFont.load_default(height / 0.72), fill=colour, anchor="ls")
    noise = np.random.default_rng(seed).normal(0, 3, (size[1], size[0], 1))
    return np.clip(np.asarray(image, float) + noise, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def find():
    """Finds the numbers of frames with the bundled line backbone."""
    backbone, head = OnnxBackbone.named(LINES), read_windows().head
    finder = NumberFinder(backbone.prior, head)
    return lambda frames, times=None: drive(finder.find(frames, times), backbone.embed)


# Components


def flood_filled(ink):
    """The same by a stack of pixels: a set of (left, top, right, bottom, area)."""
    left, found = ink.copy(), set()
    for y, x in np.argwhere(ink):
        if not left[y, x]:
            continue
        stack, pixels = [(y, x)], []
        left[y, x] = False
        while stack:
            r, c = stack.pop()
            pixels.append((r, c))
            for dr, dc in np.ndindex(3, 3):
                near = r + dr - 1, c + dc - 1
                if 0 <= near[0] < ink.shape[0] and 0 <= near[1] < ink.shape[1] and left[near]:
                    left[near] = False
                    stack.append(near)
        rows, columns = zip(*pixels, strict=True)
        found.add((min(columns), min(rows), max(columns) + 1, max(rows) + 1, len(pixels)))
    return found


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.45, 0.6])
def test_components_are_those_of_a_flood_fill(share):
    rng = np.random.default_rng(3)
    ink = rng.random((48, 56)) < share
    found = components(ink, np.full(ink.shape, 20, np.int16))
    sides = (found.left, found.top, found.right, found.bottom, found.area.astype(int))
    assert set(zip(*(side.tolist() for side in sides), strict=True)) == flood_filled(ink)
    assert len(found) == len(flood_filled(ink))
    assert np.all(found.contrast == 20)


def test_a_graph_falls_into_the_parts_that_edges_hold_together():
    labels = connected(7, np.array([0, 4, 5, 2]), np.array([3, 5, 6, 0]))
    parts = {frozenset(np.flatnonzero(labels == k).tolist()) for k in set(labels.tolist())}
    assert parts == {frozenset({0, 2, 3}), frozenset({1}), frozenset({4, 5, 6})}
    assert connected(3, np.empty(0, int), np.empty(0, int)).tolist() == [0, 1, 2]


def test_dilation_closes_a_gap_of_two_pixels_and_no_wider_one():
    for gap, count in ((2, 1), (3, 2)):
        ink = np.zeros((8, 12), bool)
        ink[3, [2, 2 + gap + 1]] = True
        assert len(components(dilated(ink), np.ones(ink.shape, np.int16))) == count


def test_strokes_are_brighter_or_darker_than_what_is_around_them():
    grey = np.full((64, 64), 100, np.int16)
    grey[20:40, 20:23], grey[20:40, 40:43] = 160, 40
    bright, dark, difference = strokes(grey)
    assert bright[30, 21] and not dark[30, 21] and dark[30, 41] and not bright[30, 41]
    assert not bright[5, 5] and not dark[5, 5]
    assert difference[30, 21] > 40 and difference[30, 41] < -40


# Lines of characters


@pytest.mark.parametrize("ink", [(235, 235, 235), (255, 60, 40)])
@pytest.mark.parametrize("height", [8, 11, 16, 24, 40, 70, 120, 190])
def test_a_line_is_found_at_any_height(height, ink):
    size = (1280, 720)
    frame = picture((200, 400, height, "5038", ink), size=size)
    box = ImageDraw.Draw(Image.new("RGB", size)).textbbox(
        (200, 400), "5038", font=ImageFont.load_default(height / 0.72), anchor="ls"
    )
    truth = box[0], box[1], box[2] - box[0], box[3] - box[1]
    best = max(find_text_lines(frame), key=lambda line: iou(line.box, truth))
    assert iou(best.box, truth) > 0.6


def iou(one, other):
    smaller = min(one[2] * one[3], other[2] * other[3])
    shared = overlap(one, other) * smaller
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


@pytest.mark.parametrize("turn", [-15, -8, 8, 15])
def test_a_turned_line_says_by_how_much(turn):
    image = Image.fromarray(picture((180, 190, 26, "40862597", (240, 240, 240)), seed=1))
    frame = np.asarray(image.rotate(-turn, Image.Resampling.BICUBIC, fillcolor=(24, 28, 34)))
    lines = find_text_lines(frame)
    longest = max(lines, key=lambda line: line.count * line.contrast)
    assert abs(longest.turn - turn) < 2
    assert longest.box[3] < 1.5 * 26


def test_nothing_stands_in_an_even_frame():
    assert find_text_lines(np.full((240, 320, 3), 90, np.uint8)) == []
    assert find_text_lines(np.zeros((1, 1, 3), np.uint8)) == []


def test_sampled_strips_are_nearly_those_that_are_read():
    frame = picture((100, 200, 40, "27.5", (230, 230, 230)))
    patch, sampler = Patch(frame, (0, 0)), StripSampler(frame)
    for place in (
        ((90.0, 150.0, 150.0, 60.0), 0.0),
        ((90.0, 140.0, 160.0, 70.0), 9.0),
        ((80.0, 60.0, 300.0, 200.0), 0.0),
    ):
        readout = Readout("window", window=place[0], turn=place[1])
        exact = WindowCrop.of(patch.cut_boxes(readout.boxes)[0], *place).strip
        [strip] = sampler.strips([place])
        assert strip.shape == exact.shape
        assert np.abs(strip.astype(int) - exact).mean() < 4


# Numbers


@pytest.mark.parametrize(
    ("is_one", "texts"),
    [(True, ["12", "-3.5", "1:02.5", "12,", "3/4"]), (False, ["", "-", "1 2", "--1", "1..2", "km"])],
)
def test_a_number_is_digits_with_single_signs_between(is_one, texts):
    assert [is_number(text) for text in texts] == [is_one] * len(texts)


def test_numbers_that_change_come_first_and_words_are_none(find):
    values = (98, 99, 100, 101, 102, 103)
    frames = [
        picture(
            (60, 120, 40, str(value), (240, 240, 240)),
            (300, 300, 18, "2024", (200, 200, 200)),
            (300, 60, 24, "SPEED LIMIT", (220, 220, 220)),
            seed=value,
        )
        for value in values
    ]
    changing, *static = find(frames)
    assert (changing.first, changing.kind, changing.name) == (True, "number", "Counter")
    assert changing.readings == tuple(map(str, values))
    assert [(each.readings[0], each.first) for each in static] == [("2024", False)]


def test_a_window_holds_the_longest_number_and_room_for_one_more_character(find):
    frames = [picture((200, 200, 40, text, (240, 240, 240)), seed=k) for k, text in enumerate(("7", "48", "951"))]
    [found] = find(frames)
    assert found.readings == ("7", "48", "951")
    x, _, w, _ = found.window
    digit = 0.78 * 40
    assert x < 200 - 0.5 * digit
    assert x + w > 200 + 3.5 * digit


def test_two_single_digits_with_a_gap_between_them_are_two_numbers(find):
    """A score: 3   1 is not 31."""
    scores = ((0, 0), (1, 0), (1, 1), (2, 1), (3, 1), (3, 2))
    frames = [
        picture((200, 200, 30, str(home), "white"), (272, 200, 30, str(away), "white"), seed=k)
        for k, (home, away) in enumerate(scores)
    ]
    found = sorted(find(frames), key=lambda each: each.window[0])
    assert [each.readings for each in found] == [tuple(map(str, side)) for side in zip(*scores, strict=True)]


def test_no_decimals_are_stated_where_numbers_without_a_point_are_as_sure(find):
    """996 W becomes 1.00 kW: 996 is not 9.96."""
    texts = ("996", "997", "998", "1.00", "1.01", "1.02")
    [found] = find([picture((200, 200, 40, text, "white"), seed=k) for k, text in enumerate(texts)])
    assert (found.readings, found.constraint) == (texts, None)


@pytest.mark.parametrize("label", ["T1", "L1", "Ch2"])
def test_the_digit_of_a_label_is_no_part_of_the_number_behind_it(find, label):
    texts = ("23.5", "23.6", "24.1", "24.2")
    found = find([picture((200, 200, 40, f"{label} {text}", "white"), seed=k) for k, text in enumerate(texts)])
    assert texts in [each.readings for each in found]


@pytest.mark.parametrize("text", ["12 345 m", "R2 100", "H1 234 567"])
def test_thousands_behind_a_gap_are_part_of_a_number_with_a_letter_beside_it(find, text):
    found = find([picture((200, 200, 40, text, "white"), seed=k) for k in range(4)])
    assert any(re.sub("[^0-9]", "", text) == reading for each in found for reading in each.readings if reading)


def test_the_window_of_a_number_holds_its_power_of_ten_too(find):
    """1.2E-3 is not 1.2."""
    texts = ("1.2", "1.3", "1.4", "1.5")
    found = find([picture((200, 200, 40, f"{text}E-3", "white"), seed=k) for k, text in enumerate(texts)])
    end = 200 + ImageFont.load_default(40 / 0.72).getlength("1.2E-3")
    assert any(x <= 200 and x + w >= end - 4 for x, _, w, _ in (each.window for each in found))


@pytest.mark.parametrize("gap", range(2, 12))
def test_a_mark_beside_a_number_is_not_at_the_windows_edge(find, gap):
    """As of a scale: at the edge it would be taken for a character that is cut."""
    height = 12
    frames = []
    for text in ("49.34", "50.11", "82.01", "63.39", "72.60"):
        frame = picture((300, 200, height, text, "white"))
        right = 300 + round(ImageFont.load_default(height / 0.72).getlength(text))
        frame[200 - 2 * height // 3 : 200 - height // 3, right + gap : right + gap + 4] = 220
        frames.append(frame)
    window, turn = (found := find(frames)[0]).window, found.turn
    box = Readout("n", window=window, turn=turn).boxes
    strips = [WindowCrop.of(Patch(frame, (0, 0)).cut_boxes(box)[0], window, turn).strip for frame in frames]
    assert np.mean([touches_edge(ink_of(contrast_of(strip))) for strip in strips]) <= 0.25


@pytest.mark.parametrize("unlit", [(45, 10, 10), None])
def test_a_minus_that_stands_apart_belongs_to_the_number(find, unlit):
    values = (12, 9, 4, -2, -5, -11, -3, 2)
    cells = [("-" if value < 0 else " ") + f"{abs(value):3}" for value in values]
    [found] = [each for each in find([panel(text, unlit=unlit, seed=k) for k, text in enumerate(cells)]) if each.first]
    assert found.readings == tuple(map(str, values))


@pytest.mark.parametrize("gap", ["", " ", "  ", "   "])
@pytest.mark.parametrize("height", [16, 29])
def test_a_number_that_is_always_negative_has_its_minus(find, gap, height):
    values = (18.4, 18.1, 17.6, 19.2, 18.8, 20.3)
    frames = [picture((90, 120, height, f"-{gap}{value}", (240, 240, 240)), seed=k) for k, value in enumerate(values)]
    [found] = find(frames)
    assert found.readings == tuple(f"-{value}" for value in values)


@pytest.mark.parametrize(
    ("before", "sign"), [("- ", True), ("T-   ", False), ("T   - ", True), ("T ", False), ("", False)]
)
def test_a_dash_that_is_nearer_to_a_name_than_to_the_number_is_no_minus(before, sign):
    font, x = ImageFont.load_default(40), 90
    left = x + round(font.getlength(before))
    pixels = picture((x, 120, 29, f"{before}184", (240, 240, 240)))
    beside = (left - 80.0, 84.0, 80.0, 42.0)
    assert number_window._has_sign(beside, 29.0, [Patch(pixels, (0, 0))]) is sign


def spotted(window, text, confidence=0.95):
    return Spotted(window, 0.0, 0.7 * window[3], text, confidence)


def test_halves_of_eights_that_are_not_lit_are_no_zeros():
    """Segments that stand far apart: the upper halves of all digits were a row of zeros, worth more than the number."""
    number, halves = spotted((0, 0, 100, 60), "10"), spotted((2, 4, 96, 24), "0000")
    assert distinct([number, halves]) == [number]
    assert halves in distinct([spotted((0, 0, 100, 60), "10", 0.6), halves])  # the large one may be none
    small = spotted((2, 4, 96, 24), "4731")
    assert small in distinct([number, small])  # nor are other digits halves


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("1.234,50", "1.236,75", "1.289,40", "1.301,25"), "number"),
        (("28.11.2026", "29.11.2026", "30.11.2026", "01.12.2026"), "text"),
        (("12:38", "12:40", "13:07", "13:09"), "time"),
    ],
)
def test_a_number_is_called_what_it_is_read_as(find, texts, kind):
    found = find([picture((200, 200, 40, text, "white"), seed=k) for k, text in enumerate(texts)])
    assert [each.kind for each in found] == [kind]


@pytest.mark.parametrize(
    ("shown", "listed"), [((3, 4), True), ((3,), False), ((3, 6), False)], ids=["a while", "once", "now and then"]
)
def test_a_number_that_is_seen_in_part_of_a_clip_is_listed_behind_the_others(find, shown, listed):
    some = [[(60, 120, 36, str(118 + k), "white")] for k in range(8)]
    for k in shown:
        some[k].append((380, 300, 36, f"{52 + k}.7", "white"))
    found = find([picture(*texts, seed=k) for k, texts in enumerate(some)])
    assert [(each.texts[0], each.first) for each in found] == [("118", True), *[("55.7", False)] * listed]


def test_a_number_that_blinks_is_offered_first(find):
    cells = ("125", "   ", "   ", "127", "129", "   ", "   ", "142")
    [found] = [
        each for each in find([panel(text, 1, unlit=None, seed=k) for k, text in enumerate(cells)]) if each.first
    ]
    assert found.readings == ("12.5", None, None, "12.7", "12.9", None, None, "14.2")


def test_a_clock_is_called_one_and_stays_behind_where_it_runs_as_the_clip_does(find):
    times = [0.0, 2.0, 4.0, 6.0, 8.0]

    def shown(rate):
        frames = [
            picture((80, 150, 36, f"1:{20 + rate * time:02.0f}", (240, 240, 240)), seed=int(time)) for time in times
        ]
        [found] = find(frames, times)
        assert (found.kind, found.name, found.changes) == ("time", "Clock", True)
        return found

    assert (shown(1).elapsed, shown(1).first) == (True, False)
    assert (shown(-2).elapsed, shown(-2).first) == (False, True)


@pytest.mark.parametrize(
    ("readings", "runs"),
    [
        (("0:01", "0:03", "0:05"), True),
        (("0:01.2", None, "0:05.1", "0:07.0"), True),
        (("10:00", "9:58", "9:56"), False),
        (("0:01", "0:03", "0:03"), False),
        (("0:01", "0:03"), False),
    ],
)
def test_a_clock_runs_with_the_clip_where_it_says_what_has_passed(readings, runs):
    clock = Suggestion("Clock", (0, 0, 10, 10), 0, 8, "time", readings, 0.9, True)
    assert runs_with(clock, [2.0 * k for k in range(len(readings))]) == runs


def test_a_frame_without_numbers_has_none(find):
    assert find([picture((80, 150, 36, "HELLO", (240, 240, 240)))]) == []
    assert find([np.full((120, 160, 3), 40, np.uint8)]) == []


def test_frames_may_come_one_by_one(find):
    frames = [picture((60, 120, 40, text, (240, 240, 240)), seed=k) for k, text in enumerate(("98", "99", "100"))]
    bench = Workbench(awaited("glyphs"))
    bench.use_lines(awaited(LINES))
    bench.number_search.begin_search()
    for frame in frames:
        rgba = np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)]).tobytes()
        region = {"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1], "rgba": rgba}
        seen = asyncio.run(bench.number_search.search_frame(region))
        assert len(seen["windows"]) == 1
    times = [0.0, 1.0, 2.0]
    expected = {"numbers": [each.fields() for each in find(frames, times)]}
    assert asyncio.run(bench.number_search.found_numbers(times)) == expected
    with pytest.raises(ReadoutError, match="begin one first"):
        asyncio.run(bench.number_search.found_numbers(times))


def test_frames_are_sampled_evenly_and_each_once():
    times = np.arange(100) / 25
    assert np.allclose(np.diff(sample_times(times, 8)), 0.5, atol=0.05)
    assert sample_times([0.0, 0.04, 0.08], 8).tolist() == [0.0, 0.04, 0.08]
    assert sample_times([], 8).tolist() == []


# Names


def found(*texts, x=0, y=0, kind="number", first=True):
    return Suggestion("", (x, y, 40, 10), 0, 8, kind, texts, 0.99, first)


@pytest.mark.parametrize(
    ("texts", "kind", "unit", "name"),
    [
        (("12:34", "12:35"), "time", "", "Clock"),
        (("2024-05-12", "2024-05-13"), "text", "", "Date"),
        (("12.34.56", "12.34.57"), "text", "", "Number"),
        (("20.1", "20.4"), "number", "°C", "Temperature"),
        (("1.20", "1.31"), "number", "V", "Voltage"),
        (("7", "7", "8", "9", "10"), "number", "", "Counter"),
        (("7", "8", "9", "900", "901"), "number", "", "Number"),
        (("7", "8", "9", "8", "9"), "number", "", "Number"),
    ],
)
def test_a_number_is_named_after_what_it_shows(texts, kind, unit, name):
    assert [each.name for each in named([found(*texts, kind=kind)], [unit])] == [name]


@pytest.mark.parametrize(
    ("corners", "places"),
    [
        ([(0, 0), (0, 90)], ["Top number", "Bottom number"]),
        ([(0, 0), (90, 3)], ["Left number", "Right number"]),
        ([(90, 0), (0, 40), (90, 42), (0, 2)], ["Top right", "Bottom left", "Bottom right", "Top left"]),
        ([(200, 0), (0, 0), (100, 0)], ["Right", "Left", "Centre"]),
        ([(90, 0), (0, 0), (270, 0), (180, 0)], ["Number 2", "Number 1", "Number 4", "Number 3"]),
    ],
)
def test_numbers_that_are_alike_are_told_apart_by_where_they_stand(corners, places):
    still = found("5", "5", first=False)
    names = [
        each.name
        for each in named([*(found("1", "2", x=x, y=y) for x, y in corners), still], [""] * (len(corners) + 1))[:-1]
    ]
    assert [name.removesuffix(" number") for name in names] == [place.removesuffix(" number") for place in places]


# The command line


def run(*arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A clip with a number that counts, and a year that does not."""
    path = tmp_path_factory.mktemp("clip") / "counts.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10, options={"crf": "18", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for k in range(30):
            texts = (60, 120, 40, str(110 + k), (240, 240, 240)), (400, 320, 18, "2024", (200, 200, 200))
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture(*texts, seed=k))):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def test_find_lists_windows_kinds_and_readings(clip):
    status, out, err = run("find", clip, "--json")
    assert (status, err) == (0, "")
    found = json.loads(out)
    assert found["frame_size"] == list(SIZE) and len(found["frames"]) == 8
    changing, static = found["numbers"]
    assert (changing["first"], static["first"]) == (True, False)
    assert all(text.startswith(("11", "12", "13")) and len(text) == 3 for text in changing["readings"])
    x, y, w, h = changing["window"]
    assert x < 60 and x + w > 60 + 3 * 29 and y < 120 - 40 and y + h > 120

    _, out, _ = run("find", clip)
    assert out.splitlines()[0] == "Numbers that change:" and "Others:" in out


def test_read_without_a_layout_reads_what_changes_and_says_so(clip, tmp_path):
    status, _, err = run("read", clip, "--out", tmp_path / "out.csv")
    assert status == 0
    assert "Counter" in err and "1 more" in err
    rows = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert [row.split(",")[3] for row in rows] == [str(110 + k) for k in range(30)]


def test_a_picture_is_read_whole(tmp_path):
    frame = picture((60, 120, 40, "37.2", (240, 240, 240)), (300, 300, 30, "615", (240, 220, 80)))
    Image.fromarray(frame).save(tmp_path / "one.png")
    assert run("read", tmp_path / "one.png", "--out", tmp_path / "out.csv")[0] == 0
    assert sorted(row.split(",")[3] for row in (tmp_path / "out.csv").read_text().splitlines()[1:]) == ["37.2", "615"]


@pytest.mark.parametrize("command", [["find"], ["read", "--out", "out.csv"]])
def test_where_there_is_no_number_it_says_so_and_what_to_do(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (200, 100), (30, 30, 40)).save(tmp_path / "none.png")
    status, out, err = run(command[0], tmp_path / "none.png", *command[1:])
    assert (status, out) == (2, "")
    assert "no number was found in none.png" in err and "--window" in err
    assert not (tmp_path / "out.csv").exists()


def test_of_the_bundled_clip_both_labels_are_offered_and_nothing_else(data_folder):
    status, out, _ = run("find", data_folder / "clip.webm", "--json")
    first = [each for each in json.loads(out)["numbers"] if each["first"]]
    assert status == 0 and len(first) == 2
    for each, (x, y, w, h) in zip(first, ((929, 37, 30, 10), (929, 721, 30, 10)), strict=True):
        left, top, width, height = each["window"]
        assert left <= x and top <= y + 1 and left + width >= x + w and top + height >= y + h - 1
    assert load_image(data_folder / "frames" / "image-0001.png").shape == (768, 1024, 3)


@pytest.mark.parametrize(
    ("readings", "constraint"),
    [
        (("49.34", "50.11", "2259"), "decimals=2"),
        (("49.34", "50.11", "82.01"), None),
        (("49.34", "2259", "7260"), None),
        (("9.9", "10.1", "3456"), None),
        (("1.234", "23.45", "3456"), None),
        (("99", "100", "101"), None),
        (("994", "996", "1.01", "1.04"), None),
        (("5.20", "5.25", "010"), "decimals=2"),
    ],
    ids=[
        "some lack it",
        "none lacks it",
        "one has it",
        "more digits",
        "it moves",
        "none has it",
        "the unit changes",
        "a small one",
    ],
)
def test_decimals_are_stated_where_some_readings_lack_the_point(readings, constraint):
    assert decimals_of(readings) == constraint


def test_what_is_stated_of_a_number_is_in_its_readout():
    found = Suggestion("n", (0, 0, 40, 10), 0, 8, "number", ("49.34",), 0.9, True, constraint="decimals=2")
    assert found.fields()["constraint"] == found.readout().constraint == "decimals=2"


def test_a_damaged_picture_ends_no_search(tmp_path):
    for k in range(4):
        Image.fromarray(picture((200, 160, 40, f"{118 + k}", (240, 240, 240)))).save(tmp_path / f"{k}.png")
    damaged = tmp_path / "0.png"
    damaged.write_bytes(damaged.read_bytes()[:300])
    status, out, _ = run("find", str(tmp_path))
    assert status == 0 and "119" in out and "118" not in out
