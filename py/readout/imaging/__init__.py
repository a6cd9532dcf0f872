"""Pixels: pictures and planes of videos, the crops of boxes, and their resampling."""

from .crops import Crop, cut
from .images import load_image

__all__ = ["Crop", "cut", "load_image"]
