"""Photographs that lie behind training glyphs: scikit-image's sample pictures, from its wheel."""

import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from tooling.errors import BuildError

PACKAGE = "scikit-image==0.26.0"
NAMES = (
    "astronaut.png", "brick.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "grass.png", "gravel.png",
    "hubble_deep_field.jpg", "ihc.png", "moon.png", "motorcycle_left.png", "retina.jpg", "rocket.jpg",
)  # fmt: skip


def photographs(folder: Path) -> list[np.ndarray]:
    """uint8 RGB pictures; pip downloads the wheel that holds them into `folder`, once."""
    if not list(folder.glob("scikit_image-*.whl")):
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise BuildError(f"pip could not download {PACKAGE}: check the network, run again ({done.stderr.strip()})")
    with zipfile.ZipFile(next(folder.glob("scikit_image-*.whl"))) as wheel:
        pictures = [Image.open(BytesIO(wheel.read(f"skimage/data/{name}"))) for name in NAMES]
        return [np.asarray(picture.convert("RGB")) for picture in pictures]
