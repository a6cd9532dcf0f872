"""The files that the recipe leaves: network, prior head, a card for programs and one for people."""

from pathlib import Path

import numpy as np
from PIL import Image

from data.displays import STYLES, draw
from models.common.card import percent, write_card, write_network
from models.common.network import Classifier
from readout.data.examples import Example
from readout.evaluation.metrics import calibration_error
from readout.imaging.resample import resample
from readout.model.embedding_cache import EmbeddingCache
from readout.model.head import SoftmaxHead
from readout.model.onnx_backbone import OnnxBackbone
from readout.model.training import TrainingSet, fit_head

from .examples import SIZE, Examples
from .examples import STYLES as FACES
from .fit_prior import make_prior
from .network import DIM, INPUT, OUTPUT, to_onnx
from .scenes import CLASSES, DIGITS
from .training import embed

EXAMPLES = (0, 1, 2, 4, 8)
ACROSS = 24


def write_files(folder: Path, model: Classifier, held_out: Examples, facts: dict, short: bool) -> None:
    """Write glyphs.onnx, .npz, .json and, with what was measured, glyphs.md and its picture."""
    card, _ = write_network(
        folder,
        "glyphs",
        to_onnx(model.backbone),
        lambda sha256: make_prior(model, held_out, sha256),
        trained=facts,
        input_size=SIZE,
        dim=DIM,
        input=INPUT,
        output=OUTPUT,
        what="a MobileNet trained on drawn digits, letters and separators of all kinds of displays",
    )
    write_card(folder, card)  # which the measured backbone is opened with
    held, misread = _held_out(model, held_out)
    table, taken = measure(OnnxBackbone(folder / "glyphs.onnx"), seeds=1 if short else 4, tests=20 if short else 200)
    write_card(folder, {**card, "held_out": held, "displays": table})
    (folder / "glyphs.md").write_text(_words(card, held, table), "utf-8")
    _sheet(misread, taken).save(folder / "glyphs-mistakes.png")


def measure(backbone: OnnxBackbone, seeds: int, tests: int) -> tuple[dict, list]:
    """How well displays in the reserved fonts are read, with 0 to 8 examples a digit.

    Returns a summary in percent, in lists by number of examples, of each style and of all of them, and
    the crops without a digit that were taken for one: uint8 (n, 32, 32, 3).
    """
    cache = EmbeddingCache(backbone)
    table, taken = {}, []
    confidences = {count: [] for count in EXAMPLES}
    for style in STYLES:
        right = np.zeros((seeds, len(EXAMPLES)))
        refused = []
        for seed in range(seeds):
            shown = draw(style, seed, max(EXAMPLES), tests)
            crops, truths = [crop for crop, _ in shown.tests], [label for _, label in shown.tests]
            X = cache.embed(crops)
            for column, count in enumerate(EXAMPLES):
                head = learned(cache, shown.examples[: 10 * count])
                probabilities = head.predict_proba(X)
                answers = [head.classes_[k] for k in probabilities.argmax(axis=1)]
                hits = np.array([answer == truth for answer, truth in zip(answers, truths, strict=True)])
                right[seed, column] = hits.mean()
                confidences[count].append((probabilities.max(axis=1), hits))
                if count == 0:
                    others = [crop for crop, _ in shown.others]
                    wrong = [
                        crop
                        for crop, answer in zip(others, head.predict(cache.embed(others)), strict=True)
                        if answer in DIGITS
                    ]
                    refused.append(1 - len(wrong) / len(others))
                    taken.append(resample(wrong, SIZE))
        table[style] = {
            "right": percent(right.mean(axis=0)),
            "worst": percent(right.min(axis=0)),
            "not_digits": percent(np.mean(refused)),
        }
    calibration = [
        percent(calibration_error(*map(np.concatenate, zip(*confidences[count], strict=True)))) for count in EXAMPLES
    ]
    means = np.array([row["right"] for row in table.values()])
    summary = {
        "examples": list(EXAMPLES),
        "mean": means.mean(axis=0).round(2).tolist(),
        "worst_style": means.min(axis=0).round(2).tolist(),
        "calibration_error": calibration,
        "styles": table,
    }
    return summary, np.concatenate(taken)


def learned(cache: EmbeddingCache, examples: list) -> SoftmaxHead:
    """A head that starts from the backbone's prior and has learned (crop, label) pairs."""
    lesson = TrainingSet.of([Example("", label, crop) for crop, label in examples], cache.backbone)
    return fit_head(lesson, cache.embed(lesson.crops), cache.backbone)


def _held_out(model, examples):
    """Percent of digits right in fonts that were held out, over the recipe's own drawings, by style of face.

    Only the ten digits' scores are compared. Also returns the crops read wrong, the surest first.
    """
    digits = np.isin(examples.labels, [CLASSES.index(digit) for digit in DIGITS])
    scores = embed(model, examples.squares)[:, : len(DIGITS)]
    right = scores.argmax(axis=1) == examples.labels
    wrong = np.flatnonzero(digits & ~right)
    surest = wrong[np.argsort(-np.ptp(scores[wrong], axis=1), kind="stable")]
    percents = {face: percent(right[digits & (examples.styles == k)].mean()) for k, face in enumerate(FACES)}
    return percents, examples.squares[surest]


def _words(card, held, table):
    facts = card["trained"]
    head = (
        "| display | " + " | ".join(str(count) for count in EXAMPLES) + " | no digit, and said so |\n|---|" + "---|" * 6
    )
    rows = [
        f"| {style} | "
        + " | ".join(f"{mean:.1f} ({worst:.1f})" for mean, worst in zip(row["right"], row["worst"], strict=True))
        + f" | {row['not_digits']:.0f} |"
        for style, row in table["styles"].items()
    ]
    bottom = [
        f"| **mean** | {' | '.join(f'**{mean:.2f}**' for mean in table['mean'])} | |",
        f"| **worst style** | {' | '.join(f'{worst:.2f}' for worst in table['worst_style'])} | |",
        f"| calibration error | {' | '.join(f'{error:.2f}' for error in table['calibration_error'])} | |",
    ]
    return f"""# Glyphs: a MobileNet that knows digits

*Written by `{card["recipe"]}`; the network is `glyphs.onnx` ({card["bytes"] / 1e6:.2f} MB), its prior head
`glyphs.npz`.*

It turns a crop of {SIZE} x {SIZE} pixels into {DIM} numbers. It was trained for {facts["minutes"]:.0f} minutes on two
cores, {facts["epochs"]} times through {facts["examples"]:,} drawn glyphs: {facts["fonts"]} fonts of Debian's packages
(listed in `glyphs.json`), segment, dot-matrix and drum displays and a shaky pen, over scikit-image's photographs,
spoiled the way video spoils them. Seed {facts["seed"]}. It knows {len(CLASSES)} classes: {", ".join(CLASSES)}.

## How well it reads displays it never saw

Percent of digits read right, by examples per digit, on displays drawn by `data/displays` in font families that no
training glyph was drawn with: the mean over several displays, and the worst display in brackets. An answer "blank" or
"unknown" for a digit counts as wrong. The last column: crops that show no digit, for which no digit was answered.

{head}
{chr(10).join(rows + bottom)}

In fonts held out of training, over the recipe's own and far harsher drawings, with no example:
{", ".join(f"{face} {percent:.1f} %" for face, percent in held.items())}.

## What it gets wrong

![Crops that were read wrong](glyphs-mistakes.png)

Above the line: digits in held-out fonts, drawn and spoiled by the recipe, that it misreads with no example, the surest
first. Many can't be read by people either; the rest say where it is weak: thin strokes on unquiet ground, faint
segments beside lit ones, drums on the turn. Below: crops of the displays in the table that show no digit and were
taken for one, mostly pieces of photographs, hands, and segments that are not lit. Expect less of it on letters, too:
nothing above measures them.
"""


def _sheet(above, below):
    """Two lots of squares in rows, a grey line between them; at most five rows of each."""
    blank = np.full((1, SIZE, SIZE, 3), 255, np.uint8)
    rows = [np.full((6, ACROSS * SIZE, 3), 128, np.uint8)]
    for squares, at in ((above, 0), (below, None)):
        squares = squares[: 5 * ACROSS]
        squares = np.concatenate([squares, np.repeat(blank, -len(squares) % ACROSS, axis=0)])
        lines = [np.concatenate(list(squares[k : k + ACROSS]), axis=1) for k in range(0, len(squares), ACROSS)]
        rows = [*lines, *rows] if at == 0 else [*rows, *lines]
    return Image.fromarray(np.concatenate(rows, axis=0))
