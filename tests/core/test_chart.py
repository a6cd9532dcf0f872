"""The chart of readings as SVG: what it draws, and that any name and any number of frames make a picture."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

from readout.export.chart import DOUBT, LINE, TYPED, chart_svg
from readout.export.tables import Row

SVG = "{http://www.w3.org/2000/svg}"


def row(time, value, readout="top", flags="", typed="", repaired="", frame=None, text=None):
    text = ("" if value is None else f"{value:g}") if text is None else text
    name = frame or f"a.mp4#t={time:.6f}"
    return Row(name, time, readout, text, value, 0.9, flags, True, typed, repaired, "", final=value)


def drawn(rows, title="a clip", **options):
    """{stroke or fill: d} of all paths, and the texts."""
    root = ElementTree.fromstring(chart_svg(title, rows, **options))
    assert {each.tag for each in root} == {f"{SVG}title", f"{SVG}path", f"{SVG}text"}
    paths = {}
    for path in root.iter(f"{SVG}path"):
        colour = path.get("stroke") if path.get("stroke") != "none" else path.get("fill")
        paths.setdefault(colour, []).append(path.get("d"))
    return paths, [text.text for text in root.iter(f"{SVG}text")]


def points(d):
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.]+) ([-\d.]+)", d)]


def test_each_readout_has_a_panel_and_higher_values_are_higher():
    rows = [row(k, value, name) for k in range(4) for name, value in (("top", k * 10), ("bottom", 3 - k))]
    paths, texts = drawn(rows)
    assert [name for name in texts if name in ("top", "bottom")] == ["top", "bottom"]
    rising, falling = map(points, paths[LINE])
    assert [y for _, y in rising] == sorted((y for _, y in rising), reverse=True)
    assert [y for _, y in falling] == sorted(y for _, y in falling)
    assert [x for x, _ in rising] == [x for x, _ in falling] == sorted(x for x, _ in rising)
    assert "time" in texts and "30" in texts


def test_a_line_has_a_gap_where_there_is_no_value_and_a_dot_where_one_is_alone():
    paths, _ = drawn([row(k, value) for k, value in enumerate([1, 2, None, 3, None, 4, 5])])
    [line] = paths[LINE]
    assert re.findall("[MLh]", line) == ["M", "L", "M", "h", "M", "L"]


def test_marks_say_what_is_flagged_typed_repaired_or_has_no_value():
    rows = [
        row(0, 1, flags="doubtful"),
        row(1, 2, flags="doubtful", typed="2"),
        row(2, 3, repaired="3"),
        row(3, None, text="Err", flags="no-value"),
        row(4, None, text=" "),
    ]
    paths, texts = drawn(rows)
    assert texts[-4:] == ["flagged", "typed by a person", "repaired by a rule", "without a value"]
    assert len(paths[TYPED]) == 2 and len(paths[DOUBT]) == 4  # each with its place in the legend


def test_what_carries_no_mark_has_no_legend():
    _, texts = drawn([row(0, 1), row(1, 2)])
    assert texts[-1] == "time"


def test_pictures_and_several_clips_are_numbered():
    for rows in (
        [row(None, 5, frame=f"{k}.png") for k in range(3)],
        [row(0, 1, frame="a.mp4#t=0"), row(0, 1, frame="b.mp4#t=0")],
    ):
        _, texts = drawn(rows)
        assert "frame" in texts and "time" not in texts and "1" in texts


def test_times_are_written_as_times():
    _, texts = drawn([row(k, 3600 + 60 * k) for k in range(10)], clocks={"top"})
    assert "1:04:00" in texts


@pytest.mark.parametrize("values", [[], [None, None], [7], [7, 7], [-1e9, 1e9], [1e-9, 2e-9], [1e300, -1e300]])
def test_any_values_make_a_chart(values):
    paths, _ = drawn([row(k, value) for k, value in enumerate(values)])
    assert not [d for some in paths.values() for d in some if "nan" in d or "inf" in d]


def test_names_cannot_break_out_of_the_picture():
    _, texts = drawn([row(0, 1, "<script>&\x00\ud800")], title='"><svg onload=1>\x1b')
    assert texts[0] == '"><svg onload=1>\ufffd' and "<script>&\ufffd\ufffd" in texts


def test_many_frames_make_a_small_file_that_keeps_the_extremes():
    values = [500 + (k % 7) for k in range(50_000)]
    values[31_234], values[41_234] = 9_999, -9_999
    svg = chart_svg("long", [row(k / 25, value) for k, value in enumerate(values)])
    assert len(svg) < 100_000
    [line] = re.findall(rf'd="([^"]+)" stroke="{LINE}"', svg)
    ys = [y for _, y in points(line)]
    assert max(ys) - min(ys) == pytest.approx(150, abs=0.2)
