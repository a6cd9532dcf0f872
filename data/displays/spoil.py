"""What a camera, a codec and a converter do to a picture."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter


@dataclass(frozen=True)
class Spoil:
    """How strongly a display's frames are degraded; the same for all of them.

    blur: radius of a Gaussian, in pixels. gamma: 1 leaves the picture as it is. contrast, lift:
    values v become lift + contrast * v. rescale: width and height are reduced to these shares and
    enlarged again. ringing: strength of the echo beside vertical edges. comb: pixels by which the
    odd lines, taken later, are displaced. noise: standard deviation, in grey levels of 255; coarse:
    share of it that spreads over neighbouring pixels. jpeg: quality of each of a series of JPEG
    passes; subsampled: colour at half the resolution.
    """

    blur: float = 0.0
    gamma: float = 1.0
    contrast: float = 1.0
    lift: float = 0.0
    rescale: tuple[float, float] = (1.0, 1.0)
    ringing: float = 0.0
    comb: float = 0.0
    noise: float = 0.0
    coarse: float = 0.0
    jpeg: tuple[int, ...] = ()
    subsampled: bool = True

    def apply(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A frame as it is recorded: float32 (height, width, 3) of 0..1 to uint8 of the same shape."""
        picture = np.clip(picture, 0, 1)
        if self.gamma != 1:
            picture = picture ** np.float32(self.gamma)
        picture = picture * np.float32(self.contrast) + np.float32(self.lift)
        picture = self._optics(picture)
        if self.ringing:
            picture = _echo(picture, self.ringing)
        if self.comb:
            picture[1::2] = _shifted(picture[1::2], self.comb * rng.uniform(-1, 1))
        if self.noise:
            picture = picture + self._grain(picture.shape, rng)
        pixels = (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
        for quality in self.jpeg:
            pixels = _compressed(pixels, quality, self.subsampled)
        return pixels

    def _optics(self, picture):
        if not self.blur and self.rescale == (1.0, 1.0):
            return picture
        image = Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
        if self.blur:
            image = image.filter(ImageFilter.GaussianBlur(self.blur))
        if self.rescale != (1.0, 1.0):
            size = image.size
            small = [max(1, round(side * share)) for side, share in zip(size, self.rescale, strict=True)]
            image = image.resize(small, Image.Resampling.BILINEAR).resize(size, Image.Resampling.BICUBIC)
        return np.asarray(image, np.float32) / np.float32(255)

    def _grain(self, shape, rng):
        grain = rng.standard_normal(shape, np.float32)
        if self.coarse:
            spread = (grain + np.roll(grain, 1, 0) + np.roll(grain, 1, 1) + np.roll(grain, (1, 1), (0, 1))) / 2
            grain += np.float32(self.coarse) * (spread - grain)
        return grain * np.float32(self.noise / 255)


def _echo(picture, strength):
    """Overshoot on both sides of vertical edges, as a band-limited line has it."""
    wide = sum(np.roll(picture, step, 1) for step in (-2, -1, 1, 2)) / 4
    return picture + np.float32(strength) * (picture - wide)


def _shifted(rows, offset):
    whole = int(np.floor(offset))
    part = np.float32(offset - whole)
    return (1 - part) * np.roll(rows, whole, 1) + part * np.roll(rows, whole + 1, 1)


def _compressed(pixels, quality, subsampled):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=2 if subsampled else 0)
    return np.asarray(Image.open(file))
