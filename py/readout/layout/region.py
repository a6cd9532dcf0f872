"""The part of a frame that is needed to read a readout."""

import math

from .layout import Readout


def aligned_to_even(region: dict, frame_size: tuple[int, int]) -> dict:
    """A region, 'x', 'y', 'width', 'height', made larger to begin and end at even pixels or at the frame's edge, as
    colour has half the pixels of luma in a clip."""
    x, y = region["x"] // 2 * 2, region["y"] // 2 * 2
    right, bottom = (
        min(-(-(region[start] + region[length]) // 2) * 2, most)
        for start, length, most in zip(("x", "y"), ("width", "height"), frame_size, strict=True)
    )
    return {**region, "x": x, "y": y, "width": right - x, "height": bottom - y}


def bounding_region(readout: Readout, frame_size: tuple[int, int], more: int = 0) -> dict:
    """What to keep of every frame for a readout: 'x', 'y', 'width', 'height', whole pixels.

    It reaches half a box beyond the boxes, so that they can be nudged without asking for the frames again, and
    `more` pixels where the boxes follow an anchor.
    """
    lefts, tops, widths, heights = zip(*readout.boxes, strict=True)
    margin = max(4, math.ceil(max(*widths, *heights) / 2)) + more
    x, y = max(math.floor(min(lefts)) - margin, 0), max(math.floor(min(tops)) - margin, 0)
    right = min(math.ceil(max(x + w for x, _, w, _ in readout.boxes)) + margin, frame_size[0])
    bottom = min(math.ceil(max(y + h for _, y, _, h in readout.boxes)) + margin, frame_size[1])
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}
