"""What happens to a frame between the display and the file: optics, sensor, scaling, codecs."""

import io

import numpy as np
from PIL import Image, ImageFilter


def spoil(pixels: np.ndarray, height: float, rng: np.random.Generator) -> np.ndarray:
    """A frame with some of everything that video does, uint8 (h, w, 3).

    pixels: float32 (h, w, 3), 0 to 255. height: of the glyphs, in pixels; what blurs is kept small
    against it, because an unreadable glyph teaches nothing.
    """
    for step, chance in (
        (_light, 0.25),
        (_blur, 0.45),
        (_rescale, 0.3),
        (_sensor, 0.55),
        (_interlace, 0.06),
        (_ring, 0.15),
        (_gamma, 0.3),
    ):
        if rng.random() < chance:
            pixels = step(pixels, height, rng)
    frame = np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
    for _ in range(rng.choice([0, 1, 2], p=[0.3, 0.5, 0.2])):
        frame = _jpeg(frame, height, rng)
    return frame


def _light(pixels, height, rng):
    """Uneven light: a shadow's or a lamp's gradient."""
    rows, columns = np.mgrid[-1 : 1 : pixels.shape[0] * 1j, -1 : 1 : pixels.shape[1] * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    slope = np.cos(angle) * rows + np.sin(angle) * columns
    if rng.random() < 0.3:  # a shadow's edge
        slope = np.tanh(rng.uniform(2, 8) * slope)
    return pixels * (1 + rng.uniform(0, 0.3) * slope)[:, :, None].astype(np.float32)


def _blur(pixels, height, rng):
    """Out of focus, or moving."""
    sigma = min(rng.exponential(0.035), 0.1) * height + rng.uniform(0, 0.35)
    if rng.random() < 0.75:
        return _channels(pixels, lambda image: image.filter(ImageFilter.GaussianBlur(sigma)))
    taps = max(2, round(2.5 * sigma))
    axis = int(rng.random() < 0.7)
    shifted = [np.roll(pixels, offset - taps // 2, axis) for offset in range(taps)]
    return np.mean(shifted, axis=0, dtype=np.float32)


def _rescale(pixels, height, rng):
    """Made smaller and large again, as video that was recorded at another size."""
    h, w = pixels.shape[:2]
    least = max(0.45, min(1, 7 / height))
    factor = rng.uniform(least, 1.0), rng.uniform(least, 1.0)
    small = (max(4, round(w * factor[0])), max(4, round(h * factor[1])))
    down, up = rng.choice([Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC], 2)
    if rng.random() < 0.1:
        up = Image.Resampling.NEAREST
    return _channels(pixels, lambda image: image.resize(small, int(down)).resize((w, h), int(up)))


def _sensor(pixels, height, rng):
    """Noise: of every pixel, or of grains as large as several."""
    strength = min(rng.exponential(7), 30)
    noise = rng.standard_normal(pixels.shape, dtype=np.float32)
    if rng.random() < 0.5:
        noise = np.repeat(noise[:, :, :1], 3, axis=2)
    if rng.random() < 0.3:
        noise = (noise + np.roll(noise, 1, 0) + np.roll(noise, 1, 1)) / 1.7
    return pixels + strength * noise


def _interlace(pixels, height, rng):
    """Two fields of which one has moved."""
    shifted = pixels.copy()
    shifted[1::2] = np.roll(pixels, max(1, round(rng.uniform(0, 0.08) * height)), axis=1)[1::2]
    return shifted


def _ring(pixels, height, rng):
    """Sharpened too much: bright and dark seams along every edge."""
    soft = _channels(pixels, lambda image: image.filter(ImageFilter.GaussianBlur(rng.uniform(0.6, 1.5))))
    return pixels + rng.uniform(0.3, 1.5) * (pixels - soft)


def _gamma(pixels, height, rng):
    """Contrast and brightness as a screen or a codec gets them wrong."""
    bent = 255 * (np.clip(pixels, 0, 255) / 255) ** np.float32(np.exp(rng.normal(0, 0.35)))
    return rng.uniform(0.55, 1.0) * (bent - 128) + 128 + rng.uniform(-25, 25)


def _jpeg(frame, height, rng):
    """JPEG, whose blocks are also those of many video codecs; not aligned to where the frame was cut."""
    quality = int(rng.uniform(35 if height < 12 else 18, 95))
    left, top = rng.integers(0, 8, 2)
    padded = np.pad(frame, ((top, 0), (left, 0), (0, 0)), mode="edge")
    file = io.BytesIO()
    Image.fromarray(padded).save(file, "JPEG", quality=quality, subsampling=int(rng.choice([0, 2])))
    return np.asarray(Image.open(file))[top:, left:]


def _channels(pixels, change):
    """Apply a Pillow operation to a float frame; the rounding to 8 bits is a sensor's."""
    image = Image.fromarray(np.clip(pixels + 0.5, 0, 255).astype(np.uint8))
    return np.asarray(change(image), np.float32)
