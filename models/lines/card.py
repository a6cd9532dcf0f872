"""The files that the recipe leaves: network, prior head, a card for programs and one for people."""

import hashlib
import json
from pathlib import Path

import numpy as np

from models.glyphs.fonts import PACKAGES
from readout.imaging.strips import HEIGHT, MULTIPLE, WIDTHS
from readout.model import ctc
from readout.model.prior import Prior

from .export import INPUT, OUTPUT, to_onnx
from .fit_prior import make_prior
from .network import DIM, STRIDE, Reader
from .shards import Shard
from .strips import ONE, STYLES
from .texts import CLASSES, LETTERS, encode
from .training import predict

SURE = 0.9
"""From this confidence on a wrong reading is a silent one."""


def write_files(folder: Path, model: Reader, held_out: Shard, facts: dict) -> None:
    """Write lines.onnx, lines.npz, lines.json and, with what was measured, lines.md."""
    folder.mkdir(parents=True, exist_ok=True)
    network = to_onnx(model.backbone)
    sha256 = hashlib.sha256(network).hexdigest()
    prior = make_prior(model, held_out, sha256)
    (folder / "lines.onnx").write_bytes(network)
    (folder / "lines.npz").write_bytes(prior.to_bytes())
    card = {
        "name": "lines",
        "file": "lines.onnx",
        "sha256": sha256,
        "bytes": len(network),
        "input_size": HEIGHT,
        "dim": DIM,
        "input": INPUT,
        "output": OUTPUT,
        "stride": STRIDE,
        "what": "a MobileNet over strips, trained on drawn numbers of all kinds of displays",
        "classes": list(CLASSES),
        "licence": "MIT, as Readout",
        "recipe": "python -m models.lines",
        "trained": facts,
        "fonts": [f"fonts-{name}" for name in PACKAGES],
        "photographs": "scikit-image 0.26.0",
        "held_out": measure(model, prior, held_out),
    }
    (folder / "lines.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    (folder / "lines.md").write_text(_words(card), "utf-8")


def measure(model: Reader, prior: Prior, held_out: Shard) -> dict:
    """Percent of held-out numbers read exactly, by style; of wrong ones that were sure; calibration error."""
    rows = [k for k in range(len(held_out)) if held_out.modes[k] == ONE]
    right, sure, styles = [], [], []
    columns = predict(model.backbone, held_out)
    for k in rows:
        logp = ctc.without(ctc.log_softmax(columns[k] @ prior.coef + prior.intercept), LETTERS)
        best = ctc.decode(logp, best=1, beam=8)[0]
        right.append(best.text == tuple(c for c in encode(held_out.texts[k]) if c not in LETTERS))
        sure.append(best.probability)
        styles.append(held_out.styles[k])
    right, sure, styles = np.array(right), np.array(sure), np.array(styles)
    bins = np.minimum((sure * 15).astype(int), 14)
    error = sum(abs(right[bins == b].mean() - sure[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist()))
    shown = {style: right[styles == k] for k, style in enumerate(STYLES) if (styles == k).any()}
    return {
        "strips": len(rows),
        "right": _percent(right.mean()),
        **{style: _percent(hits.mean()) for style, hits in shown.items()},
        "silent": _percent((~right & (sure >= SURE)).mean()),
        "calibration_error": _percent(error),
    }


def _percent(share):
    return round(float(100 * share), 2)


def _words(card):
    facts, held = card["trained"], card["held_out"]
    styles = ", ".join(f"{style} {held[style]} %" for style in STYLES if style in held)
    return f"""# Lines: a MobileNet that reads whole numbers

*Written by `{card["recipe"]}`; the network is `lines.onnx` ({card["bytes"] / 1e6:.2f} MB), its prior head `lines.npz`.*

It turns a strip, {HEIGHT} pixels high and of any width, into columns of {DIM} numbers, one column for each {STRIDE}
pixels. On top sits a softmax layer over {len(CLASSES)} classes: CTC's blank, the characters
`{"".join(card["classes"][1:-1])}`, and one for whatever else stands there. The text, its alternatives and its places follow by CTC (`readout.model.ctc`).

It was trained on {facts["strips"]:,} drawn strips, {facts["strips_seen"]:,} times in all, new ones coming in to the end:
{facts["fonts"]} fonts of Debian's packages (listed in `lines.json`), segment, dot-matrix and drum displays and a shaky
pen, over scikit-image's photographs, seen through windows that are too tight or far too wide, spoiled the way glass,
cameras and codecs spoil them. Seed {facts["seed"]}. No photograph of a display was trained on.

## What it takes and gives

| | |
|---|---|
| takes | `{INPUT}`: float32 (n, 3, {HEIGHT}, w), any n, w a multiple of {MULTIPLE} |
| gives | `{OUTPUT}`: float32 (n, w / {STRIDE}, {DIM}) |

`readout.imaging.strips` prepares a window, and is what training used:

1. Resample the window to a height of {HEIGHT} and a width of `floor({HEIGHT} * width / height + 0.5)`, at least
   {WIDTHS[0]} and at most {WIDTHS[1]}: bilinear with antialiasing, as Pillow's `resize(…, BILINEAR, box=…)`.
2. In each channel sort the n values: the dark level is the one at index (n - 1) // 100, the bright level the one at
   n - 1 - (n - 1) // 100. Their distance is the span, at least a quarter of the largest span of the three, at least 8.
3. `(value - middle) * 1.6 / span`, cut off at -1 and 1; the middle is half-way between the levels.
4. Fill up the strips of a batch with zeros on the right, to one width, a multiple of {MULTIPLE}. Of the columns that come
   out, a strip of w pixels has the first `ceil(w / {STRIDE})`.

Where letters and units don't matter, add their probabilities to the blank's (`ctc.without`): training did so wherever
letters were small or cut.

## How well it reads

Percent of {held["strips"]:,} numbers read exactly, in fonts held out of training, over the recipe's own harsh drawings:
**{held["right"]}** ({styles}). Wrong with a confidence of {SURE} or more: {held["silent"]} %. Calibration error
{held["calibration_error"]} %.
"""
