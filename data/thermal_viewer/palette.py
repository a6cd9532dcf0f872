"""One fixed palette of 256 colours for every frame, and the mapping of pixels onto it.

Indices run field (the ironbow ramp), then greys (text and its antialiasing), then panel tints
(the ramp seen through the dark glass, at three brightnesses so that sensor noise survives).
A fixed palette keeps colours steady from frame to frame and the text free of dither.
"""

import numpy as np

FIELD, GREYS = 112, 72
TINT_HUES, TINT_SHIFTS = 24, (-6.0, 0.0, 6.0)

GLASS = np.array([13.0, 15.0, 20.0])  # colour of the dark panels
GLASS_OPACITY = 0.88
INK = np.array([238.0, 240.0, 243.0])  # colour of the text

# Control points of an ironbow-like ramp: position, red, green, blue.
_STOPS = np.array(
    [
        [0.00, 4, 3, 20],
        [0.10, 24, 6, 68],
        [0.22, 70, 8, 128],
        [0.34, 122, 14, 142],
        [0.46, 176, 28, 124],
        [0.56, 212, 56, 84],
        [0.66, 235, 92, 42],
        [0.76, 248, 136, 20],
        [0.86, 254, 186, 34],
        [0.94, 255, 226, 102],
        [1.00, 255, 250, 222],
    ],
    dtype=np.float64,
)


def ironbow(t):
    """Colours of the ramp at t in [0, 1]. t: (...) -> float64 (..., 3), 0 to 255."""
    t = np.clip(np.asarray(t, dtype=np.float64), 0, 1)
    return np.stack([np.interp(t, _STOPS[:, 0], _STOPS[:, c]) for c in (1, 2, 3)], axis=-1)


def through_glass(colour):
    """A colour (..., 3) seen through a dark panel."""
    return GLASS_OPACITY * GLASS + (1 - GLASS_OPACITY) * colour


def field_index(t):
    """Palette indices of field values t in [0, 1]; uint8, same shape."""
    return np.rint(np.clip(t, 0, 1) * (FIELD - 1)).astype(np.uint8)


def colours():
    """The palette: uint8 (256, 3)."""
    ramp = ironbow(np.linspace(0, 1, FIELD))
    greys = np.linspace(0, 1, GREYS)[:, None] * (INK + 6) + [4, 5, 9]
    tints = through_glass(ironbow(np.linspace(0, 1, TINT_HUES)))
    tints = np.concatenate([tints + shift for shift in TINT_SHIFTS])
    return np.rint(np.clip(np.concatenate([ramp, greys, tints]), 0, 255)).astype(np.uint8)


def nearest_index(rgb):
    """Index of the palette colour nearest to each pixel.

    rgb: float (n, 3), 0 to 255. Returns uint8 (n,). Distances weigh green over red over blue,
    as the eye does, and are exact in int64, so that ties fall the same way on every machine.
    """
    weight = np.array([3, 6, 1], dtype=np.int64)
    table = colours().astype(np.int64)
    keys = np.rint(np.clip(rgb, 0, 255)).astype(np.int64)
    packed, inverse = np.unique(keys @ [65536, 256, 1], return_inverse=True)
    unique = np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1)
    found = np.empty(len(unique), dtype=np.uint8)
    for start in range(0, len(unique), 4096):
        gap = unique[start : start + 4096, None, :] - table[None]
        found[start : start + 4096] = (gap * gap @ weight).argmin(axis=1)
    return found[inverse]
