"""Regions of clips made by a few whole numbers: tests/site/scenes.js makes the same for first_occurrence.json."""

import numpy as np


def scene(case: dict) -> tuple[np.ndarray, list[np.ndarray]]:
    """Luma, uint8 (n, h, w), and the planes of colour of a case.

    Each box of picture k shows the character that `texts[k]` has for it: `ink` on `paper`, nothing for `_`. `flicker`
    is added to every other picture, noise of at most `noise` to all pixels; colour is of half the size, and plain or
    noisy too.
    """
    (width, height), noise, state = case["size"], case["noise"], case["seed"]
    n = len(case["texts"])
    light = np.full((n, height, width), case["paper"], np.int64)
    y, x = np.mgrid[:height, :width]
    for k, text in enumerate(case["texts"]):
        for (left, top, w, h), char in zip(case["boxes"], text, strict=True):
            inside = (x >= left) & (x < left + w) & (y >= top) & (y < top + h) & (char != "_")
            light[k][inside & ((x * 7 + y * 3 + x * y * ord(char)) % 11 < 4)] = case["ink"]
        light[k] += case["flicker"] * (k % 2)
    planes = [light]
    for colour in case["colour"]:
        plain = np.full((n, (height + 1) // 2, (width + 1) // 2), 128, np.int64)
        plain += colour * (np.arange(n)[:, None, None] % 3 == 2)
        planes.append(plain)
    made = []
    for plane in planes:
        flat = plane.ravel()
        if noise:
            grain = np.empty(flat.size, np.int64)
            for at in range(flat.size):
                state = (state * 1664525 + 1013904223) % 2**32
                grain[at] = (state >> 16) % (2 * noise + 1) - noise
            flat = flat + grain
        made.append(np.clip(flat, 0, 255).astype(np.uint8).reshape(plane.shape))
    return made[0], made[1:]
