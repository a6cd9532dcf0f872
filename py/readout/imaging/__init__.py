"""Pixels: pictures and planes of videos, the crops of boxes, the strips of windows, and their resampling.

In the order the data flows: images and picture_frames (files), colour (planes of videos), patch (a part of a frame),
crops (boxes), strips (windows), resample (both, as tensors), look and beside (what a strip shows that is no text).
"""

from .crops import Crop, cut
from .images import load_image

__all__ = ["Crop", "cut", "load_image"]
