"""What lies on a display before the camera: glare, reflections, uneven light, dust, hairlines, haze."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter


def dirty(rng: np.random.Generator, pixels: np.ndarray, digit: float) -> np.ndarray:
    """A frame, float32 (h, w, 3), with some of what lies on a display's glass. digit: height of a digit in pixels."""
    for step, chance in (
        (_glare, 0.22),
        (_reflection, 0.15),
        (_haze, 0.22),
        (_mist, 0.15),
        (_falloff, 0.18),
        (_dust, 0.12),
        (_hairlines, 0.12),
    ):
        if rng.random() < chance:
            pixels = step(rng, pixels, digit)
    return np.clip(pixels, 0, 255)


def _grid(shape):
    return np.mgrid[: shape[0], : shape[1]].astype(np.float32)


def _glare(rng, pixels, digit):
    """A lamp's image: bright in the middle, gone at its edge."""
    rows, columns = _grid(pixels.shape)
    h, w = pixels.shape[:2]
    y, x = rng.uniform(-0.2, 1.2) * h, rng.uniform(-0.1, 1.1) * w
    radius = np.array([rng.uniform(0.4, 2.0), rng.uniform(0.5, 4.0)]) * digit
    distance = ((rows - y) / radius[0]) ** 2 + ((columns - x) / radius[1]) ** 2
    share = rng.uniform(0.3, 0.95) * np.exp(-(distance ** rng.uniform(0.7, 2.5)))
    return pixels + share[:, :, None].astype(np.float32) * (
        rng.uniform(200, 255) + rng.normal(0, 8, 3).astype(np.float32) - pixels
    )


def _reflection(rng, pixels, digit):
    """A room behind the viewer: soft bands and blobs added to the picture."""
    low = rng.uniform(0, 1, (int(rng.integers(2, 5)), int(rng.integers(2, 9)), 3 if rng.random() < 0.4 else 1))
    low = np.broadcast_to(low, (*low.shape[:2], 3))
    h, w = pixels.shape[:2]
    image = Image.fromarray((255 * low).astype(np.uint8)).resize((w, h), Image.Resampling.BICUBIC)
    return pixels + rng.uniform(0.1, 0.5) * np.asarray(image, np.float32)


def _haze(rng, pixels, digit):
    """Less contrast: light that comes from everywhere."""
    veil = rng.uniform(30, 230) + rng.normal(0, 15, 3).astype(np.float32)
    return pixels + np.float32(rng.uniform(0.15, 0.82)) * (veil - pixels)


def _mist(rng, pixels, digit):
    """Less contrast here than there: a veil as uneven as the room that a glass reflects, now and then with an edge."""
    h, w = pixels.shape[:2]
    low = rng.uniform(0, 1, (int(rng.integers(1, 4)), int(rng.integers(2, 7))))
    image = Image.fromarray((255 * low).astype(np.uint8)).resize((w, h), Image.Resampling.BICUBIC)
    share = np.asarray(image, np.float32)[:, :, None] / 255
    if rng.random() < 0.35:
        share = 0.5 + 0.5 * np.tanh(np.float32(rng.uniform(3, 10)) * (share - 0.5))
    veil = rng.uniform(20, 250) + rng.normal(0, 15, 3).astype(np.float32)
    return pixels + np.float32(rng.uniform(0.4, 0.92)) * share * (veil - pixels)


def _falloff(rng, pixels, digit):
    """Light from one side: dark or washed out there, and less and less so towards the other."""
    rows, columns = _grid(pixels.shape)
    h, w = pixels.shape[:2]
    angle = rng.normal(0, 0.5) + rng.choice([0, np.pi])
    along = (columns / w - 0.5) * np.cos(angle) + (rows / h - 0.5) * np.sin(angle)
    share = (along - along.min()) / max(float(np.ptp(along)), 1e-3)
    share = np.float32(rng.uniform(0.4, 0.93)) * (share ** rng.uniform(0.7, 4)).astype(np.float32)[:, :, None]
    light = np.float32(rng.choice([rng.uniform(0, 40), rng.uniform(180, 255)]))
    return pixels + share * (light + rng.normal(0, 8, 3).astype(np.float32) - pixels)


def _dust(rng, pixels, digit):
    """Specks, lighter or darker than what they lie on."""
    h, w = pixels.shape[:2]
    layer = Image.new("L", (w, h))
    draw = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(2, 14))):
        x, y, r = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.01, 0.06) * digit + 0.2
        draw.ellipse([x - r, y - r, x + r, y + r], fill=int(rng.integers(60, 220)))
    share = np.asarray(layer, np.float32)[:, :, None] / 255
    return pixels + share * (np.float32(rng.choice([15.0, 235.0])) - pixels)


def _hairlines(rng, pixels, digit):
    """Hairs and scratches."""
    h, w = pixels.shape[:2]
    layer = Image.new("L", (2 * w, 2 * h))
    draw = ImageDraw.Draw(layer)
    for _ in range(int(rng.integers(1, 4))):
        points = [(rng.uniform(0, 2 * w), rng.uniform(0, 2 * h)) for _ in range(2)]
        middle = np.mean(points, axis=0) + rng.normal(0, 0.3 * digit, 2)
        draw.line([points[0], tuple(middle), points[1]], fill=int(rng.integers(60, 230)), width=int(rng.integers(1, 3)))
    share = (
        np.asarray(layer.resize((w, h), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.4)), np.float32)[
            :, :, None
        ]
        / 255
    )
    return pixels + share * (np.float32(rng.uniform(0, 255)) - pixels)
