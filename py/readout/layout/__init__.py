"""Where the numbers are in a frame: readouts, each with a window or with boxes, and the regions around them.

Begin with layout; meaning, constraint and condition are what a readout states beside its place.
"""

from .box import Box
from .frame import Frame
from .layout import FrameSizeError, Layout, Readout
from .meaning import Meaning
from .region import Region, bounding_region

__all__ = ["Box", "Frame", "FrameSizeError", "Layout", "Meaning", "Readout", "Region", "bounding_region"]
