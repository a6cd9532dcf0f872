"""The files that the recipe leaves: network, prior head, a card for programs and one for people."""

from pathlib import Path

import numpy as np

from models.common.card import percent, write_card, write_network
from models.common.network import Classifier
from readout.evaluation.metrics import calibration_error
from readout.imaging.strips import HEIGHT, MULTIPLE, WIDTHS
from readout.model import ctc
from readout.model.prior import Prior

from .fit_prior import make_prior
from .network import DIM, INPUT, OUTPUT, STRIDE, to_onnx
from .shards import Shard
from .strips import ONE, STYLES
from .texts import LETTERS, encode
from .training import predict

SURE = 0.9
"""From this confidence on a wrong reading is a silent one."""


def write_files(folder: Path, model: Classifier, held_out: Shard, facts: dict) -> None:
    """Write lines.onnx, lines.npz, lines.json and, with what was measured, lines.md."""
    card, prior = write_network(
        folder,
        "lines",
        to_onnx(model.backbone),
        lambda sha256: make_prior(model, held_out, sha256),
        trained=facts,
        input_size=HEIGHT,
        dim=DIM,
        input=INPUT,
        output=OUTPUT,
        stride=STRIDE,
        what="a MobileNet over strips, trained on drawn numbers of all kinds of displays",
    )
    card["held_out"] = measure(model, prior, held_out)
    write_card(folder, card)
    (folder / "lines.md").write_text(_words(card), "utf-8")


def measure(model: Classifier, prior: Prior, held_out: Shard) -> dict:
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
    shown = {style: right[styles == k] for k, style in enumerate(STYLES) if (styles == k).any()}
    return {
        "strips": len(rows),
        "right": percent(right.mean()),
        **{style: percent(hits.mean()) for style, hits in shown.items()},
        "silent": percent((~right & (sure >= SURE)).mean()),
        "calibration_error": percent(calibration_error(sure, right)),
    }


def _start(facts):
    """Where training began."""
    if "start" not in facts:
        return "It was"
    kept = f", of which the mean keeps {facts['kept']:g}" if facts["kept"] else ""
    return f"It went on from the weights of the network {facts['start']['sha256'][:8]}{kept}, and was"


def _words(card):
    facts, held = card["trained"], card["held_out"]
    styles = ", ".join(f"{style} {held[style]} %" for style in STYLES if style in held)
    return f"""# Lines: a MobileNet that reads whole numbers

*Written by `{card["recipe"]}`; the network is `lines.onnx` ({card["bytes"] / 1e6:.2f} MB), its prior head `lines.npz`.*

It turns a strip, {HEIGHT} pixels high and of any width, into columns of {DIM} numbers, one column for each {STRIDE}
pixels. On top sits a softmax layer over {len(card["classes"])} classes: CTC's blank, the characters
`{"".join(card["classes"][1:-1])}`, and one for whatever else stands there. The text, its alternatives and its places follow by CTC (`readout.model.ctc`).

{_start(facts)} trained on {facts["strips"]:,} drawn strips, {facts["strips_seen"]:,} times in all, new ones coming in to the end:
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
