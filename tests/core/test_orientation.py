"""A display that is upside down or mirrored, and nobody says so: each reading is flagged, and one step mends it."""

import asyncio
import csv
import json

import numpy as np
import pytest
from PIL import Image

from readout.cli.main import main
from readout.layout.layout import Readout
from readout.readings.line import Line
from readout.readings.orientation import (
    BOTH,
    MIRRORED,
    UPSIDE_DOWN,
    Looks,
    clearer_view,
    looked_at,
    restated,
    spread,
    weighed,
)
from readout.video.sampling import frame_name
from tests.core.displays import drawn
from tests.core.test_finder import picture as labelled
from tests.core.window_bench import awaited, opened

TEXTS = ["12.34", "56.78", "90.60", "25.89", "43.71", "1.97"]
SEEN = {
    "": lambda frame: frame,
    UPSIDE_DOWN: lambda frame: frame[::-1, ::-1],
    MIRRORED: lambda frame: frame[:, ::-1],
    BOTH: lambda frame: frame[::-1],
}
TOLD = {"": [], UPSIDE_DOWN: ["--turn", "180"], MIRRORED: ["--mirror"], BOTH: ["--turn", "180", "--mirror"]}
WINDOW = {"name": "n", "window": [8, 6, 144, 36]}


def picture(text, view, seed=0):
    return np.ascontiguousarray(SEEN[view](drawn(text, seed)))


def read(folder, view, *arguments, texts=TEXTS, ground=None):
    """(texts, flags of each) of frames that are seen so. ground: (width, height) of a larger, even picture around."""
    frames = folder / "frames"
    frames.mkdir(exist_ok=True)
    for k, text in enumerate(texts):
        seen = Image.fromarray(picture(text, view, k))
        if ground:
            whole = Image.new("RGB", ground, (40, 60, 80))
            whole.paste(seen, (120, 120))
            seen = whole
        seen.save(frames / f"{k}.png")
    assert main(["read", str(frames), *arguments, "--out", str(folder / "out.csv")]) == 0
    with (folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["text"] for row in rows], [row["flags"].split() for row in rows]


@pytest.mark.parametrize("view", [UPSIDE_DOWN, MIRRORED, BOTH])
def test_every_reading_is_flagged_until_it_is_said(tmp_path, capsys, view):
    _, flags = read(tmp_path, view, "--window", "8,6,144,36")
    assert all("turned" in each for each in flags)
    assert f"seems to be seen {view}" in (said := capsys.readouterr().err) and " ".join(TOLD[view]) in said
    texts, flags = read(tmp_path, view, "--window", "8,6,144,36", *TOLD[view])
    assert texts == TEXTS and not any("turned" in each for each in flags)
    assert "seems" not in capsys.readouterr().err


def test_what_is_upright_is_never_doubted_for_that(tmp_path, capsys):
    texts, flags = read(tmp_path, "", "--window", "8,6,144,36")
    assert texts == TEXTS and not any("turned" in each for each in flags)
    assert "seems" not in capsys.readouterr().err


@pytest.mark.parametrize(("before", "after"), [("", " dB"), ("", " bar"), ("S ", ""), ("T-", "")])
def test_letters_beside_a_number_are_no_digits_of_another_view(tmp_path, capsys, before, after):
    for k, number in enumerate(("124", "131", "128", "140", "97", "88")):
        frame = labelled((25, 65, 40, f"{before}{number}{after}", "white"), size=(260, 100), seed=k)
        Image.fromarray(frame).save(tmp_path / f"{k}.png")
    arguments = ["--window", "10,10,240,70", "--out", str(tmp_path / "out.csv")]
    assert main(["read", str(tmp_path), *arguments]) == 0
    assert "turned" not in (tmp_path / "out.csv").read_text() and "seems" not in capsys.readouterr().err


def test_numbers_that_are_found_are_read_upside_down_where_they_are_clearer_so(tmp_path):
    texts, flags = read(tmp_path, UPSIDE_DOWN, ground=(480, 270))
    assert texts == TEXTS and not any("turned" in each for each in flags)


def test_boxes_that_run_from_right_to_left_are_checked_upside_down(tmp_path):
    """Drawn in the order in which a person reads who turns the head: each digit is one, but another one."""
    texts = ["609", "280", "652", "906"]
    boxes = [[91.0 - 16.8 * k, 8.0, 16.0, 32.0] for k in range(3)]
    layout = {"version": 1, "frame_size": [160, 48], "readouts": [{"name": "n", "format": "###", "boxes": boxes}]}
    (tmp_path / "layout.json").write_text(json.dumps(layout))
    arguments = ["--layout", str(tmp_path / "layout.json"), "--train", "data", "--sets", "0"]
    found, flags = read(tmp_path, UPSIDE_DOWN, *arguments, texts=texts)
    assert found != texts and all(each for text, right, each in zip(found, texts, flags, strict=True) if text != right)
    found, flags = read(tmp_path, UPSIDE_DOWN, *arguments, *TOLD[UPSIDE_DOWN], texts=texts)
    assert found == texts and not any("turned" in each or "disputed" in each for each in flags)


def test_a_single_number_tells_nothing():
    assert clearer_view(np.array([[-3.0, 0, 0, 0]])) == "" == clearer_view(np.empty((0, 4)))


def test_the_clearest_view_counts_by_all_numbers_together():
    assert clearer_view(np.array([[-0.1, -2, -2, -2], [-2, -0.1, -2, -2], [-3, -0.1, -2, -2.0]])) == UPSIDE_DOWN
    assert clearer_view(np.array([[-0.1, -2, -2, -2], [-0.2, -1, -2, -2]])) == ""


def test_a_point_in_doubt_is_nothing_against_a_view():
    """Upside down no point is seen at all, so that the digits alone are surer there."""
    digits = (("98", "9.8"), ("86", "8.6"), ("61", "6.1"))
    views = [
        (Line((point, plain), (0.5, 0.45)), Line((plain[::-1].translate(str.maketrans("69", "96")),), (0.9,)))
        for plain, point in digits
    ]
    assert clearer_view(weighed(views)) == ""
    doubted = [(Line(one.texts, (0.5, 0.0)), other) for one, other in views]  # the digits are in doubt, too
    assert clearer_view(weighed(doubted)) == UPSIDE_DOWN


@pytest.mark.parametrize(("more", "expected"), [((0.0, 0.2), ""), ((0.5, 0.6), BOTH)], ids=["beside", "between"])
def test_digits_of_another_view_count_between_those_that_are_read(more, expected):
    """Beside them may stand letters, of a name or a unit."""
    digits = ((0.3, 0.4), (0.4, 0.5), (0.6, 0.7))
    stated, nothing = Line(("124",), (0.97,), digits, unknown=True), Line(("",), (0.9,))
    other = Line(("2154",), (0.9,), tuple(sorted([*digits, more])))
    assert clearer_view(weighed([[stated, nothing, nothing, other]] * 2)) == expected


@pytest.mark.parametrize("frames", [0, 1, 2, 15, 16, 17, 5000])
def test_frames_are_looked_at_from_the_first_to_the_last(frames):
    found = spread(frames).tolist()
    assert len(found) == min(frames, 16) == len(set(found)) and found == sorted(found)
    assert found[:1] + found[-1:] == ([0, frames - 1] if frames else [])


def test_boxes_run_from_left_to_right_in_the_view_that_is_stated():
    boxes = tuple((10.0 + 20 * k, 5.0, 16.0, 30.0) for k in range(3))
    turned = restated(Readout("n", "###", boxes), UPSIDE_DOWN)
    assert (turned.boxes, turned.turn, turned.mirror) == (boxes[::-1], 180, False)
    assert restated(Readout("n", "###", boxes[::-1]), UPSIDE_DOWN).boxes == boxes[::-1]
    assert restated(turned, UPSIDE_DOWN) == Readout("n", "###", boxes)
    window = Readout("n", window=(0.0, 0.0, 40.0, 20.0), turn=170)
    assert (restated(window, BOTH).turn, restated(window, BOTH).mirror) == (-10, True)


class Page:
    """A workbench whose frames are seen in a view."""

    def __init__(self, view):
        self.names = [f"{k}.png" for k in range(len(TEXTS))]
        layout = {"version": 2, "frame_size": [160, 48], "readouts": [WINDOW]}
        self.bench = opened((awaited("glyphs"), awaited("lines")), layout, self.names)
        self.view = view
        frames = [{"name": name, "regions": [self.region(k)]} for k, name in enumerate(self.names)]
        asyncio.run(self.bench.add_frames(frames, progress=lambda _: None))

    def region(self, k):
        frame = picture(TEXTS[k], self.view, k)
        rgba = np.dstack([frame, np.full(frame.shape[:2], 255, np.uint8)]).tobytes()
        return {"readout": "n", "x": 0, "y": 0, "width": frame.shape[1], "height": frame.shape[0], "rgba": rgba}

    def refresh(self):
        return asyncio.run(self.bench.refresh(progress=lambda _: None))

    def flags(self):
        return [self.bench.inspect(name)["readouts"][0]["flags"] for name in self.names]


@pytest.mark.parametrize("view", [UPSIDE_DOWN, MIRRORED])
def test_the_page_offers_the_view_and_reads_in_it(view):
    page = Page(view)
    page.refresh()
    assert all("turned" in each for each in page.flags())
    assert page.bench.inspect("0.png")["readouts"][0]["view"] == view
    page.bench.editor.see_as("n", view)
    assert page.refresh()["readouts"][0]["texts"].split("\n") == TEXTS
    assert not any("turned" in each for each in page.flags())
    page.bench.editor.undo()
    page.refresh()
    assert all("turned" in each for each in page.flags())


def test_a_view_outlives_the_pixels_in_which_it_was_seen():
    """Pixels of many pictures do not fit into the memory: those that were looked at are given up one day."""
    page = Page(UPSIDE_DOWN)
    page.refresh()
    page.bench.frames.patches = type(page.bench.frames.patches)()
    page.refresh()
    assert all("turned" in each for each in page.flags())


def test_of_a_clip_no_frame_is_asked_for_again():
    """Its frames are decoded once: pixels of those to look at stay, however few fit into the memory."""
    bench = opened(
        (awaited("glyphs"), awaited("lines")), {"version": 2, "frame_size": [160, 48], "readouts": [WINDOW]}, []
    )
    times = [k / 10 for k in range(128)]
    bench.set_frames([{"name": frame_name("c.mp4", t), "width": 160, "height": 48, "time_s": t} for t in times])
    bench.frames.patches.limit = 1
    seen = [np.dstack([picture(text, UPSIDE_DOWN), np.full((48, 160), 255, np.uint8)]).tobytes() for text in TEXTS]
    pictures = {"readout": "n", "x": 0, "y": 0, "width": 160, "height": 48, "data": b"".join(seen)}
    how = {"format": "RGBA", "matrix": None, "full_range": True, "rotation": 0, "progress": lambda _: None}
    for part in (times[:64], times[64:]):
        index = np.arange(64) * len(TEXTS) // 64
        asyncio.run(bench.chunks.add_chunk("c.mp4", part, index, regions=[pictures], **how))
    assert len(bench.observations.views.looked_at()["n"]) == 6
    assert bench.missing()["typed"] == []
    asyncio.run(bench.refresh(progress=lambda _: None))
    assert "turned" in bench.inspect(frame_name("c.mp4", 5.0))["readouts"][0]["flags"]


def test_a_view_is_of_one_place():
    page = Page(UPSIDE_DOWN)
    page.refresh()
    layout = {"version": 2, "frame_size": [160, 48], "readouts": [{**WINDOW, "turn": 180}]}
    page.bench.editor.set_layout(layout)
    page.bench.observations.arrange()
    columns = page.bench.observations.columns()
    assert all(column.neighbours.view == "" for column in columns.values())


def test_numbers_of_one_digit_do_not_end_the_looking():
    looks = Looks()
    for k in range(1, 10):
        assert looks.lack(str(k))
        looks.found[str(k)] = np.empty((0, 4))
    assert looks.lack("10") and looks.view == ""
    for k in range(10, 16):
        assert looks.lack(str(k))
        looks.found[str(k)] = np.array([[-2.0, 0, -3, -3]])
    assert not looks.lack("99") and looks.view == UPSIDE_DOWN


def test_two_numbers_that_a_person_has_typed_end_the_doubt():
    page = Page(UPSIDE_DOWN)
    page.refresh()
    for k in range(2):
        page.bench.editor.set_label(page.names[k], "n", TEXTS[k])
    page.refresh()
    assert not any("turned" in each for each in page.flags())


def test_one_frame_of_each_different_number_is_looked_at():
    page = Page("")
    page.refresh()
    column = page.bench.observations.columns()["n"]
    assert looked_at(column, [0, 0, 3, 5]) == [0, 3, 5] and looked_at(column, [2]) == []


def test_live_readings_are_flagged_from_the_second_number_on_and_never_confirmed():
    page = Page(UPSIDE_DOWN)
    live = page.bench.live
    live.begin(160, 48)
    seen = []
    for k in range(len(TEXTS)):
        for again in range(2):
            frame = {"time_s": k + again / 2, "regions": [page.region(k)]}
            [found] = asyncio.run(live.read(frame, progress=lambda _: None))["readouts"]
            seen.append((found["flags"], found["confirmed"]))
    assert all("turned" in flags and not confirmed for flags, confirmed in seen[6:])
