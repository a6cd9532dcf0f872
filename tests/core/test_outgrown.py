"""A number that grows out of its window: what stands beside it says so, where it does not in other frames."""

import csv
import json

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from readout.cli.main import main
from tests.core.test_live import read as read_live
from tests.core.window_bench import awaited, opened

SIZE = (600, 160)


def frame(text, anchor, beside="", seed=0):
    """A frame, and the box of its text. beside: another text, or (width, brightness) of a block as high as digits."""
    image = Image.new("RGB", SIZE, (24, 28, 34))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(44)
    pen.text((300, 110), text, font=font, fill=(240, 240, 240), anchor=anchor)
    if isinstance(beside, str):
        pen.text((312, 110), beside, font=font, fill=(240, 240, 240), anchor="ls")
    else:
        width, level = beside
        pen.rectangle((312, pen.textbbox((300, 110), "8", font, "rs")[1], 312 + width, 109), fill=(level,) * 3)
    noise = np.random.default_rng(seed).normal(0, 3, (SIZE[1], SIZE[0], 1))
    return np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8), pen.textbbox((300, 110), text, font, anchor)


def window_around(boxes, margin):
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    left, top = min(lefts) - margin, min(tops) - margin
    return [left, top, max(rights) + margin - left, max(bottoms) + margin - top]


def flags(folder, texts, drawn_at, anchor="rs", margin=4, beside=()):
    """What was read of each text, and its flags, in a window that was drawn around those of `drawn_at`."""
    (folder / "frames").mkdir()
    boxes = []
    for k, text in enumerate(texts):
        pixels, box = frame(text, anchor, beside[k] if beside else "", k)
        Image.fromarray(pixels).save(folder / "frames" / f"{k:03}.png")
        boxes += [box] if text in drawn_at else []
    window = window_around(boxes, margin)
    layout = {"version": 2, "frame_size": SIZE, "readouts": [{"name": "n", "window": window}]}
    (folder / "layout.json").write_text(json.dumps(layout))
    where = ["--layout", str(folder / "layout.json"), "--out", str(folder / "out.csv")]
    assert main(["read", str(folder / "frames"), *where]) == 0
    with (folder / "out.csv").open(newline="") as file:
        return [(row["text"], row["flags"].split()) for row in csv.DictReader(file)]


SERIES = pytest.mark.parametrize(
    ("texts", "drawn_at", "anchor"),
    [
        ([str(k) for k in range(94, 106)], ("94", "99"), "rs"),
        (["7", "8", "9", "10", "11", "12"], ("7", "8", "9"), "rs"),
        (["3", "2", "1", "0", "-1", "-2"], ("3", "2", "0"), "rs"),
        (["9.7", "9.8", "9.9", "10.0", "10.1"], ("9.7", "9.8"), "ls"),
        (["98", "99", "100", "101"], ("98", "99"), "ms"),
    ],
)


@pytest.mark.parametrize("margin", [1, 4, 8])
@SERIES
def test_a_number_that_has_grown_is_flagged(tmp_path, texts, drawn_at, anchor, margin):
    for text, (read, raised) in zip(texts, flags(tmp_path, texts, drawn_at, anchor, margin), strict=True):
        assert read == text or raised, f"{text} was read as {read} and not flagged"


def read_window(folder, image, window):
    """The row of a picture of which one window is read."""
    image.save(folder / "f.png")
    assert main(["read", str(folder / "f.png"), "--window", window, "--out", str(folder / "out.csv")]) == 0
    with (folder / "out.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    return row


@pytest.mark.parametrize(
    ("above", "below", "cut"),
    [(4, 4, False), (0, 4, False), (-6, 4, True), (4, -6, True), (-9, 4, True), (-6, -6, True)],
    ids=["roomy", "tight", "its top", "its bottom", "most of its top", "both"],
)
def test_a_window_that_cuts_its_number_at_the_top_or_the_bottom_is_flagged(tmp_path, above, below, cut):
    pixels, (left, top, right, bottom) = frame("9846", "rs")
    window = f"{left - 9},{top - above},{right - left + 18},{bottom - top + above + below}"
    row = read_window(tmp_path, Image.fromarray(pixels), window)
    assert ("cut" in row["flags"].split()) == cut
    assert cut or row["text"] == "9846"


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_digit_of_which_a_window_shows_an_eighth_is_cut_in_a_single_picture(tmp_path, side):
    pixels, (left, top, right, bottom) = frame("8846", "rs")
    digit = (right - left) / 4
    start, end = (left + 0.88 * digit, right + 9) if side == "left" else (left - 9, right - 0.88 * digit)
    window = f"{start},{top - 4},{end - start},{bottom - top + 8}"
    row = read_window(tmp_path, Image.fromarray(pixels), window)
    assert len(row["text"]) == 3 and "cut" in row["flags"].split()


def test_a_line_of_text_that_a_window_s_edge_cuts_is_no_number_that_is_cut(tmp_path):
    image = Image.new("RGB", SIZE, (24, 28, 34))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(44)
    pen.text((300, 110), "9846", font=font, fill=(240, 240, 240), anchor="rs")
    pen.text((300, 70), "NUMBER", font=ImageFont.load_default(24), fill=(240, 240, 240), anchor="rs")
    row = read_window(tmp_path, image, "190,62,120,56")
    assert (row["text"], row["flags"]) == ("9846", "")


def test_what_always_stands_beside_a_number_is_no_part_of_it(tmp_path):
    texts = ["94", "95", "96", "97"]
    found = flags(tmp_path, texts, texts, beside=["5", "6", "7", "8"])
    assert found == [(text, []) for text in texts]


def test_a_mark_of_another_height_or_far_away_is_no_digit(tmp_path):
    texts = ["94", "95", "96", "97"]
    assert flags(tmp_path, texts, texts, beside=["", ".", "", "      8"]) == [(text, []) for text in texts]


@pytest.mark.parametrize(("block", "flagged"), [((14, 240), True), ((14, 150), False), ((90, 240), False)])
def test_a_block_is_a_digit_where_it_is_as_bright_and_ends_nearby(tmp_path, block, flagged):
    """What is dimmer, or goes on, is the ground: a photograph beside a panel."""
    texts = ["94", "95", "96", "97"]
    found = flags(tmp_path, texts, texts, beside=["", block, "", ""])
    assert found == [(text, ["cut"] if flagged and k == 1 else []) for k, text in enumerate(texts)]


@pytest.fixture(scope="module")
def backbones():
    return [awaited(name) for name in ("glyphs", "lines")]


def live_flags(backbones, drawings, window):
    """What was read of each frame as it came, and its flags. drawings: uint8 frames."""
    live = opened(backbones, {"version": 2, "frame_size": SIZE, "readouts": [{"name": "n", "window": window}]}, []).live
    live.begin(*SIZE)
    found = [read_live(live, pixels, float(k))["readouts"][0] for k, pixels in enumerate(drawings)]
    return [(each["text"], each["flags"]) for each in found]


@pytest.mark.parametrize("margin", [1, 4, 8])
@SERIES
def test_live_a_number_that_has_grown_is_flagged(backbones, texts, drawn_at, anchor, margin):
    drawn = [frame(text, anchor, seed=k) for k, text in enumerate(texts)]
    window = window_around([box for text, (_, box) in zip(texts, drawn, strict=True) if text in drawn_at], margin)
    found = live_flags(backbones, [pixels for pixels, _ in drawn], window)
    for text, (read, raised) in zip(texts, found, strict=True):
        assert read == text or raised, f"{text} was read as {read} and not flagged"


def test_live_a_digit_that_comes_beside_an_unchanged_window_is_seen(backbones):
    (few, box), (many, _) = frame("10", "rs"), frame("110", "rs")
    left = int(box[0]) - 4
    many[:, left:] = few[:, left:]
    found = live_flags(backbones, [few, few, many, many, few], window_around([box], 4))
    assert found == [("10", []), ("10", []), ("10", ["cut"]), ("10", ["cut"]), ("10", [])]


def test_live_what_always_stands_beside_a_number_is_no_part_of_it(backbones):
    texts = ["94", "95", "96", "97"]
    drawn = [frame(text, "rs", text[1], seed) for seed, text in enumerate(texts)]
    found = live_flags(backbones, [pixels for pixels, _ in drawn], window_around([box for _, box in drawn], 4))
    assert found == [(text, []) for text in texts]


def filmed(path, drawings, each):
    """A clip that shows every drawing in so many frames."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=25, options={"crf": "18", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for pixels in drawings:
            for _ in range(each):
                file.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        file.mux(stream.encode())


@pytest.mark.parametrize("each", [3, 8])
def test_in_a_clip_a_number_that_looks_as_before_but_for_a_digit_beside_it_is_flagged(tmp_path, each):
    """1 and 11 in a window for one digit, within frames that are compared with each other."""
    texts = [str(number) for number in range(1, 16)]
    drawn = [frame(text, "rs", seed=k) for k, text in enumerate(texts)]
    filmed(tmp_path / "clip.mp4", [pixels for pixels, _ in drawn], each)
    window = ",".join(str(round(side)) for side in window_around([box for _, box in drawn[:9]], 4))
    where = [str(tmp_path / "clip.mp4"), "--window", window, "--out", str(tmp_path / "out.csv")]
    assert main(["read", *where, "--processes", "1"]) == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(texts) * each
    for k, row in enumerate(rows):
        assert row["text"] == texts[k // each] or row["flags"], (texts[k // each], row)
    assert {row["flags"] for row in rows[1 : 9 * each - 1]} <= {"", "changing"}


def test_live_where_nothing_is_read_or_the_number_is_not_shown_nothing_is_learned_of_what_stands_beside(backbones):
    """A unit beside a number that goes with it, on a display that shows other things in turn."""
    texts = ["94", "95", "96", "97"]
    drawn = [frame(text, "rs", "8", seed) for seed, text in enumerate(texts)]
    empty = np.full((SIZE[1], SIZE[0], 3), 30, np.uint8)
    glare = drawn[0][0].copy()
    left, top, right, bottom = map(int, drawn[0][1])
    glare[top - 2 : bottom + 2, left - 2 : right + 60] = np.random.default_rng(0).integers(
        0, 255, (1, right - left + 62, 1)
    )
    shown = [drawn[0][0], empty, drawn[1][0], glare, drawn[2][0], drawn[3][0]]
    found = live_flags(backbones, shown, window_around([box for _, box in drawn], 4))
    assert [found[k] for k in (0, 2, 4, 5)] == [(text, []) for text in texts]
