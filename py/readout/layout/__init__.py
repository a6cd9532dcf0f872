"""Where the digits are in a frame: readouts and their boxes, and the regions around them."""

from .box import Box
from .frame import Frame
from .layout import FrameSizeError, Layout, Readout
from .meaning import Meaning
from .region import Region, bounding_region

__all__ = ["Box", "Frame", "FrameSizeError", "Layout", "Meaning", "Readout", "Region", "bounding_region"]
