"""What lies behind a display: photographs, gradients, plain colour; still or moving."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image


@cache
def photographs() -> tuple[Image.Image, ...]:
    """The two photographs that come with scikit-learn (a temple and a flower), 640 x 427 RGB."""
    from sklearn.datasets import load_sample_images

    return tuple(Image.fromarray(image) for image in load_sample_images().images)


@dataclass(frozen=True)
class Scenery:
    """One display's background.

    kind: 'photo', 'gradient' or 'plain'. photo: which photograph. zoom: photograph pixels per frame
    pixel. place: 0..1, where in it. moving: another piece of it in every frame. mirrored: left to
    right. low, high: RGB of 0..1 that black and white of the photograph, or the two ends of the
    gradient, become. angle: of the gradient.
    """

    kind: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    photo: int = 0
    zoom: float = 1.0
    place: tuple[float, float] = (0.5, 0.5)
    moving: bool = False
    mirrored: bool = False
    angle: float = 0.0

    def draw(self, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """The background of one frame of `size` (width, height): float32 (height, width, 3) of 0..1."""
        if self.kind == "photo":
            share = self._photograph(size, rng)
        elif self.kind == "gradient":
            share = self._ramp(size)
        else:
            share = np.zeros((size[1], size[0], 1), np.float32)
        low, high = np.float32(self.low), np.float32(self.high)
        return low + (high - low) * share

    def _photograph(self, size, rng):
        image = photographs()[self.photo]
        width, height = (min(side * self.zoom, whole) for side, whole in zip(size, image.size, strict=True))
        x, y = self.place
        if self.moving:
            x, y = rng.random(2)
        x, y = x * (image.width - width), y * (image.height - height)
        piece = image.resize(size, Image.Resampling.BILINEAR, box=(x, y, x + width, y + height), reducing_gap=2)
        share = np.asarray(piece, np.float32) / np.float32(255)
        return share[:, ::-1] if self.mirrored else share

    def _ramp(self, size):
        y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
        along = np.cos(self.angle) * x / size[0] + np.sin(self.angle) * y / size[1]
        along -= along.min()
        return (along / max(along.max(), 1e-6))[:, :, None].astype(np.float32)
