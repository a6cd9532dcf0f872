"""Pixels: pictures and planes of videos, the crops of boxes, and their resampling."""

from .colour import Coding, Planes, luma, to_rgb
from .crops import Crop, cut, jittered, picture
from .images import load_image
from .patch import Patch
from .resample import to_tensor

__all__ = [
    "Coding",
    "Crop",
    "Patch",
    "Planes",
    "cut",
    "jittered",
    "load_image",
    "luma",
    "picture",
    "to_rgb",
    "to_tensor",
]
