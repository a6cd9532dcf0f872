"""Boxes and views as numbers: where a click falls, what a drag does, how a format follows its boxes."""

import random

import pytest

from tests.page.helpers import ROOT
from tooling.serve import serve

MODULES = [
    "features/layout/boxes",
    "features/layout/snapping",
    "media/readout_format",
    "shared/maths",
    "shared/viewport",
]
CALL = """async ([files, name, ...args]) => {
  const modules = await Promise.all(files.map((file) => import(new URL(`site/${file}.js`, location.origin))));
  return Object.assign({}, ...modules)[name](...args);
}"""
FRAME = [1024, 768]
ROW = [[929, 37, 8, 10], [935.5, 37, 8, 10], [944.5, 37, 8, 10], [951, 37, 8, 10]]
TOP = {"name": "top", "format": "##.##", "boxes": ROW}


@pytest.fixture(scope="module")
def geometry(browser):
    context = browser.new_context()
    page = context.new_page()
    with serve(ROOT) as server:
        page.goto(f"{server.url}site/icon.svg")
        yield lambda name, *args: page.evaluate(CALL, [MODULES, name, *args])
    context.close()


CASES = {
    "the bounds of a row": ("bounds", [ROW], [929, 37, 30, 10]),
    "a box between two corners, drawn upwards": ("between", [[9, 8], [2, 3]], [2, 3, 7, 5]),
    "what is drawn past the edge ends there": ("inside", [[-3, 700, 2000, 100], FRAME], [0, 700, 1024, 68]),
    "boxes stop at the right edge together": (
        "moved",
        [[[1000, 0, 10, 10], [1010, 0, 10, 10]], [50, 0], FRAME],
        [[1004, 0, 10, 10], [1014, 0, 10, 10]],
    ),
    "half a pixel": ("moved", [[ROW[1]], [0.5, -0.5], FRAME], [[936, 36.5, 8, 10]]),
    "a box grows to the edge and no further": ("grown", [[[1010, 760, 10, 4]], [9, 9], FRAME], [[1010, 760, 14, 8]]),
    "a box never vanishes": ("grown", [[[5, 5, 3, 3]], [-50, -1], FRAME], [[5, 5, 1, 2]]),
    "a row stretched to twice its width": (
        "stretched",
        [[[10, 10, 4, 8], [16, 10, 4, 8]], [10, 10, 10, 8], [10, 10, 20, 8]],
        [[10, 10, 8, 8], [22, 10, 8, 8]],
    ),
    "a left handle leaves the right side alone": ("dragged", [[10, 10, 8, 8], "w", [3, 3], FRAME], [13, 10, 5, 8]),
    "a corner handle moves two sides": ("dragged", [[10, 10, 8, 8], "se", [2, -3], FRAME], [10, 10, 10, 5]),
    "a handle cannot be dragged through": ("dragged", [[10, 10, 8, 8], "e", [-50, 0], FRAME], [10, 10, 1, 8]),
    "the nearest handle": ("handleAt", [[10, 10, 8, 8], [17.5, 11], 2], "ne"),
    "no handle far away": ("handleAt", [[10, 10, 8, 8], [14, 14], 2], None),
    "where boxes overlap, the nearer centre": ("boxAt", [[TOP], [936.4, 40]], {"readout": 0, "box": 1}),
    "left of that, the other": ("boxAt", [[TOP], [935.8, 40]], {"readout": 0, "box": 0}),
    "a near miss within the margin": ("boxAt", [[TOP], [960.5, 40], 2], {"readout": 0, "box": 3}),
    "a miss": ("boxAt", [[TOP], [970, 40], 2], None),
    "split in four": ("split", [[10, 5, 8, 4], 4], [[10, 5, 2, 4], [12, 5, 2, 4], [14, 5, 2, 4], [16, 5, 2, 4]]),
    "spread with room for the point": (
        "spread",
        [[0, 0, 44, 10], "##.##"],
        [[0, 0, 10, 10], [10, 0, 10, 10], [24, 0, 10, 10], [34, 0, 10, 10]],
    ),
    "the pitch of a row": ("pitch", [ROW], 6.5),
    "the pitch of one box is its width": ("pitch", [[[1, 1, 8, 9]]], 8),
    "a format that goes with its boxes": ("formatError", ["##.##", 4], ""),
    "a format for fewer boxes": (
        "formatError",
        ["#.##", 4],
        "Each # takes one box: “#.##” has 3 of them, there are 4 boxes. Add or remove a #, or a box.",
    ),
    "the format of a number": ("formatOf", [" -79.05"], "###.##"),
    "the format of a time": ("formatOf", ["12:34"], "##:##"),
    "a box less is a # less, at its place": (
        "without",
        [{"name": "a", "format": "#:#.#", "boxes": [[0, 0, 1, 1], [1, 0, 1, 1], [2, 0, 1, 1]]}, [1]],
        {"name": "a", "format": "#:.#", "boxes": [[0, 0, 1, 1], [2, 0, 1, 1]]},
    ),
    "one box in place of one": (
        "replaced",
        [{"name": "a", "format": "#.#", "boxes": [[0, 0, 2, 1], [4, 0, 2, 1]]}, 1, [[4, 0, 1, 1], [5, 0, 1, 1]]],
        {"name": "a", "format": "#.##", "boxes": [[0, 0, 2, 1], [4, 0, 1, 1], [5, 0, 1, 1]]},
    ),
    "one more at the pitch": (
        "extended",
        [{"name": "a", "format": "##", "boxes": [[10, 5, 4, 6], [15, 5, 4, 6]]}, 1, FRAME],
        {"readout": {"name": "a", "format": "###", "boxes": [[10, 5, 4, 6], [15, 5, 4, 6], [20, 5, 4, 6]]}, "index": 2},
    ),
    "one more at the left where the right is full": (
        "extended",
        [{"name": "a", "format": "##", "boxes": [[1010, 5, 6, 6], [1017, 5, 6, 6]]}, 1, FRAME],
        {
            "readout": {"name": "a", "format": "###", "boxes": [[1010, 5, 6, 6], [1010, 5, 6, 6], [1017, 5, 6, 6]]},
            "index": 1,
        },
    ),
    "the first name": ("freeName", [[]], "main"),
    "the next name": ("freeName", [["main", "third"]], "second"),
    "a row whose pitch is even goes on": (
        "snapped",
        [[[31.2, 5.4, 8, 10]], [0, 0], [[10, 5, 8, 10], [20, 5, 8, 10]], 1.5],
        {"by": [pytest.approx(-1.2), pytest.approx(-0.4)], "guides": [{"axis": 0, "at": 30}, {"axis": 1, "at": 5}]},
    ),
    "with nothing near, half pixels": (
        "snapped",
        [[[100, 100, 8, 10]], [3.3, -2.2], [[10, 5, 8, 10]], 1.5],
        {"by": [3.5, -2], "guides": []},
    ),
    "an edge takes the width of a neighbour": (
        "snappedEdge",
        [[100, 100, 8, 10], "e", [1.8, 0], [[10, 5, 10.5, 30]], 1.5],
        {"by": [2.5, 0], "guides": [{"axis": 0, "at": 110.5}]},
    ),
    "the whole frame on the stage": ("viewOf", [[0, 0, 1024, 768], [512, 512]], {"scale": 0.5, "x": 0, "y": 64}),
    "two fingers moved apart about their middle": (
        "pinched",
        [{"scale": 1, "x": 0, "y": 0}, [[90, 50], [110, 50]], [[80, 50], [120, 50]]],
        {"scale": 2, "x": -100, "y": -50},
    ),
    "two fingers moved together": (
        "pinched",
        [{"scale": 1, "x": 0, "y": 0}, [[90, 50], [110, 50]], [[95, 57], [115, 57]]],
        {"scale": 1, "x": 5, "y": 7},
    ),
    "the frame is never lost": (
        "kept",
        [{"scale": 1, "x": -5000, "y": 9000}, FRAME, [800, 600]],
        {"scale": 1, "x": -976, "y": 552},
    ),
    "a panel right of the box": ("beside", [[100, 100, 50, 20], [200, 100], [800, 600]], [162, 60]),
    "a panel left of it at the right edge": ("beside", [[700, 100, 50, 20], [200, 100], [800, 600]], [488, 60]),
    "a panel below where neither side has room": ("beside", [[100, 100, 200, 20], [300, 100], [400, 600]], [50, 132]),
}


@pytest.mark.parametrize(("name", "args", "expected"), CASES.values(), ids=CASES)
def test_geometry(geometry, name, args, expected):
    assert geometry(name, *args) == expected


def test_a_zoom_keeps_what_is_under_the_pointer(geometry):
    rng = random.Random(1)
    for _ in range(20):
        view = {"scale": rng.uniform(0.1, 30), "x": rng.uniform(-900, 900), "y": rng.uniform(-900, 900)}
        pointer = [rng.uniform(0, 800), rng.uniform(0, 600)]
        after = geometry("zoomed", view, pointer, rng.uniform(0.5, 2))
        assert geometry("toFrame", after, pointer) == pytest.approx(geometry("toFrame", view, pointer), abs=1e-6)


def test_moved_boxes_are_inside_whatever_is_done(geometry):
    rng = random.Random(2)
    for _ in range(40):
        w, h = rng.uniform(1, 90), rng.uniform(1, 90)
        box = [rng.uniform(0, 1024 - w), rng.uniform(0, 768 - h), w, h]
        [there] = geometry("moved", [box], [rng.uniform(-2000, 2000), rng.uniform(-2000, 2000)], FRAME)
        x, y, w, h = geometry("settled", there, FRAME)
        assert x >= 0 and y >= 0 and x + w <= 1024 and y + h <= 768
        assert [w, h] == pytest.approx(box[2:], abs=1e-6)


def test_a_format_follows_its_boxes(geometry):
    rng = random.Random(3)
    readout = TOP
    for _ in range(30):
        count = len(readout["boxes"])
        k = rng.randrange(count)
        if rng.random() < 0.5 and count > 1:
            readout = geometry("without", readout, [k])
        else:
            readout = geometry("replaced", readout, k, geometry("split", readout["boxes"][k], rng.randint(2, 3)))
        assert geometry("formatError", readout["format"], len(readout["boxes"])) == ""
        assert readout["format"].replace("#", "") == "."
