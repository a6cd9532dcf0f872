"""The prior head: the layer that the network was trained with, calibrated on fonts it never saw."""

import numpy as np
import torch
from torch import nn

from models.common.network import Classifier
from models.common.prior import build_prior, last_layer
from readout.errors import ReadoutError
from readout.model import ctc
from readout.model.prior import Prior

from .shards import Shard
from .strips import ONE
from .texts import CHARACTERS, CLASSES, LETTERS, encode
from .training import predict

SOME_BLANKS = 4
"""Columns of blank in a strip that the features' spread is measured on."""


def make_prior(model: Classifier, held_out: Shard, backbone_sha256: str) -> Prior:
    """The prior of a trained reader. held_out: strips in fonts that it was not trained on."""
    coef, intercept = last_layer(model)
    columns = predict(model.backbone, held_out)
    heat = temperature([x @ coef + intercept for x in columns], held_out)
    coef, intercept = coef / heat, intercept / heat
    X, truth = _examples(columns, coef, intercept, held_out)
    return build_prior(
        X,
        truth,
        truth > 0,
        classes=CLASSES,
        least_scale=1e-3,
        output_classes=np.array(CLASSES),
        coef=coef,
        intercept=intercept,
        backbone_sha256=backbone_sha256,
    )


def temperature(scores: list[np.ndarray], held_out: Shard) -> float:
    """What to divide scores by, so that whole texts are likely (Guo et al. 2017, arXiv:1706.04599).

    The mean over the strips that have one text; letters are read over, as numbers are read.
    """
    rows = [k for k in range(len(held_out)) if held_out.modes[k] == ONE]
    candidates = np.exp(np.linspace(np.log(0.6), np.log(2.5), 15))
    texts = [encode("".join(c for c in held_out.texts[k] if CHARACTERS.find(c) + 1 not in (0, *LETTERS))) for k in rows]
    targets, sizes = torch.tensor([c for text in texts for c in text]), torch.tensor([len(text) for text in texts])
    longest = max(len(scores[k]) for k in rows)
    padded = torch.full((longest, len(rows), len(CLASSES)), 0.0, dtype=torch.float64)
    for at, k in enumerate(rows):
        padded[: len(scores[k]), at] = torch.from_numpy(scores[k])
    lengths = torch.tensor([len(scores[k]) for k in rows])
    losses = []
    for heat in candidates:
        logp = (padded / heat).log_softmax(-1)
        merged = logp.clone()
        merged[..., 0] = logp[..., [0, *LETTERS]].logsumexp(-1)
        merged[..., list(LETTERS)] = -30
        loss = nn.functional.ctc_loss(merged, targets, lengths, sizes, blank=0, reduction="none", zero_infinity=True)
        losses.append(loss.clamp(max=12).mean().item())
    return float(candidates[int(np.argmin(losses))])


def _examples(columns, coef, intercept, held_out):
    """Columns (n, d) in which a character stands, and some in which none does; their classes (n,)."""
    X, truth = [], []
    for k, x in enumerate(columns):
        if held_out.modes[k] != ONE or held_out.loose[k]:
            continue
        text = encode(held_out.texts[k])
        logp = ctc.log_softmax(x @ coef + intercept)
        try:
            spans = ctc.align(logp, text)
        except ReadoutError:
            continue
        middles = [start + int(logp[start:end, c].argmax()) for (start, end), c in zip(spans, text, strict=True)]
        empty = np.setdiff1d(np.arange(len(x)), np.concatenate([np.arange(a, b) for a, b in spans]) if text else [])
        X += [x[middles], x[empty[:: max(1, len(empty) // SOME_BLANKS)]]]
        truth += [*text, *[0] * len(X[-1])]
    return np.concatenate(X).astype(np.float64), np.array(truth)
