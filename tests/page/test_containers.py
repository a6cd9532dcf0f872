"""Each kind of container in a real browser: the frames, times and planes that the command line has."""

import pytest

from readout.layout.region import Region
from readout.video.decoder import VideoReader
from tests.containers import SIZE, SOURCES
from tests.page.recorded import seen
from tests.page.scripts import Scripts
from tests.page.test_video import page

__all__ = ["page"]
JS = Scripts("video.js")
READABLE = [name for name, source in SOURCES.items() if source.browser]


@pytest.mark.parametrize("name", READABLE)
@pytest.mark.parametrize("every", [1, 5])
def test_frames_times_and_planes_are_those_of_the_command_line(page, name, every):
    source = SOURCES[name]
    width, height = SIZE[:: -1 if source.rotation % 180 else 1]
    page.set_input_files("input", source.path())
    whole = {"readout": "r", "x": 0, "y": 0, "width": width, "height": height}
    got = page.evaluate(JS.readRegions, {"regions": [whole], "every": every})
    clip = VideoReader(source.path())
    assert (got["width"], got["height"], got["rotation"]) == (clip.width, clip.height, clip.rotation)
    assert got["times"] == pytest.approx(clip.times.tolist(), abs=1.01e-6)
    assert got["problems"] == [problem for chunk in got["chunks"] for problem in chunk["problems"]] == []
    parts = list(clip.read(clip.times[::every].tolist(), [Region("r", 0, 0, width, height)]))
    expected = [part.planes[0].data[k].tobytes() for part in parts for k in part.index]
    assert [data for _, (data,) in seen(got["chunks"])] == expected
