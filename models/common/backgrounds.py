"""Photographs that lie behind training glyphs: scikit-image's sample pictures, from its wheel."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from models.common.packages import PHOTOGRAPHS, fetch, read_member

NAMES = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg",
)  # fmt: skip


def photographs(folder: Path) -> list[np.ndarray]:
    """uint8 RGB pictures; pip downloads the wheel that holds them into `folder`, once."""
    archive = fetch(*PHOTOGRAPHS, folder)
    pictures = [Image.open(BytesIO(read_member(archive, f"skimage/data/{name}"))) for name in NAMES]
    return [np.asarray(picture.convert("RGB")) for picture in pictures]
