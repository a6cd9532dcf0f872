"""Digits as a pen draws them: a skeleton of curves, unsteady, of any thickness."""

import numpy as np
from PIL import Image, ImageDraw

SKELETONS = {
    "0": [["o .5 .5 .38 .48"], ["o .5 .5 .3 .48"]],
    "1": [[".5 0 .5 1"], [".3 .22 .55 0", ".55 0 .55 1"], [".3 .2 .55 0", ".55 0 .55 1", ".3 1 .8 1"], [".6 0 .4 1"]],
    "2": [[".15 .25 .3 .02 .7 .02 .82 .25 .6 .6 .12 1", ".12 1 .88 1"],
          [".15 .2 .5 -.05 .85 .25 .5 .65 .2 .98 .3 .8 .55 .95 .9 .95"]],
    "3": [[".15 .12 .5 -.05 .82 .2 .7 .45 .4 .48", ".4 .48 .8 .52 .88 .8 .5 1.05 .12 .88"],
          [".15 0 .8 0", ".8 0 .45 .42", ".45 .42 .85 .5 .88 .85 .5 1.02 .12 .9"]],
    "4": [[".65 1 .65 0", ".65 0 .1 .7", ".1 .7 .95 .7"], [".2 0 .15 .55", ".15 .55 .85 .55", ".7 .1 .65 1"]],
    "5": [[".8 0 .25 0", ".25 0 .2 .45", ".2 .45 .6 .35 .88 .6 .7 .95 .4 1.02 .12 .9"]],
    "6": [[".75 .02 .4 .2 .15 .6 .25 .95 .6 1.02 .85 .75 .65 .48 .35 .52 .18 .7"], [".6 0 .2 .6", "o .5 .72 .33 .28"]],
    "7": [[".12 0 .88 0", ".88 0 .55 .5 .4 1"], [".12 0 .88 0", ".88 0 .4 1", ".3 .5 .8 .5"]],
    "8": [["o .5 .25 .3 .25", "o .5 .74 .36 .26"],
          [".8 .15 .5 -.03 .2 .2 .5 .48 .85 .75 .5 1.03 .15 .78 .5 .48 .8 .15"]],
    "9": [["o .5 .28 .33 .28", ".83 .28 .8 .6 .6 1"], [".8 .25 .5 -.03 .18 .25 .4 .55 .8 .3", ".8 .3 .75 1"],
          ["o .5 .28 .33 .28", ".83 .28 .8 .8 .5 1.02 .2 .9"]],
}  # fmt: skip


class StrokeFace:
    """One hand: the same pen, slant and proportions, and a new wobble for every glyph."""

    unlit = None

    def __init__(self, rng: np.random.Generator):
        self.rng = rng
        self.characters = "0123456789"
        self.choice = {digit: rng.integers(len(forms)) for digit, forms in SKELETONS.items()}
        self.pen = rng.uniform(0.05, 0.2)
        self.aspect = rng.uniform(0.45, 0.9)
        self.slant = rng.uniform(-0.15, 0.35)
        self.wobble = rng.uniform(0.02, 0.07)

    def mask(self, character: str, height: int) -> Image.Image:
        """See `fonts.TextFace.mask`."""
        rng, forms = self.rng, SKELETONS[character]
        form = self.choice[character] if rng.random() < 0.8 else rng.integers(len(forms))
        width, pen = self.aspect * height, max(1.0, self.pen * height)
        side = 0.2 * height
        image = Image.new("L", (round(width + 2 * side), 2 * height))
        draw = ImageDraw.Draw(image)
        turn = rng.normal(0, 0.08) + self.slant
        stretch = rng.normal(1, 0.08, 2)
        for curve in forms[form]:
            points = _points(curve, rng, self.wobble)
            points = (points - 0.5) * stretch + 0.5
            x = side + points[:, 0] * width + turn * (0.5 - points[:, 1]) * height
            y = 0.5 * height + pen / 2 + points[:, 1] * (height - pen)
            line = list(zip(x.tolist(), y.tolist(), strict=True))
            draw.line(line, fill=255, width=round(pen), joint="curve")
            for px, py in (line[0], line[-1]):
                draw.ellipse([px - pen / 2, py - pen / 2, px + pen / 2, py + pen / 2], fill=255)
        return image


def _points(curve, rng, wobble):
    """A skeleton's curve as a dense line in the unit square, its control points shaken."""
    if curve.startswith("o"):
        x, y, a, b = (float(word) for word in curve.split()[1:])
        start, gap = rng.uniform(0, 2 * np.pi), rng.uniform(-0.3, 0.3)
        angles = np.linspace(start, start + 2 * np.pi + gap, 24)
        a, b = a + rng.normal(0, wobble), b + rng.normal(0, wobble / 2)
        return np.stack([x + a * np.cos(angles), y + b * np.sin(angles)], axis=1)
    control = np.array(curve.split(), float).reshape(-1, 2)
    control = control + rng.normal(0, wobble, control.shape)
    if len(control) == 2:
        return control
    return _catmull_rom(control)


def _catmull_rom(control):
    """The curve through the control points (Catmull and Rom 1974), six points for each piece."""
    padded = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    t = np.linspace(0, 1, 7)[:, None]
    pieces = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return np.vstack(pieces)
