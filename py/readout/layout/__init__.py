"""Where the digits are in a frame: readouts and their boxes, and the regions around them."""

from .frame import Frame
from .layout import Box, FrameSizeError, Layout, Readout
from .region import Region, bounding_region

__all__ = ["Box", "Frame", "FrameSizeError", "Layout", "Readout", "Region", "bounding_region"]
