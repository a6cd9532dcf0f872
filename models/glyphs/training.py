"""Training: AdamW, one cycle, and an average of the last weights."""

import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from models.common.network import Classifier

from .examples import Examples
from .network import DIM, Backbone, allowed
from .scenes import CLASSES

BATCH = 256
PEAK_RATE = 4e-3
WEIGHT_DECAY = 0.02
AVERAGED = 0.15
"""The share of all steps, the last ones, whose weights are averaged (Izmailov et al. 2018, arXiv:1803.05407)."""


def untrained() -> Classifier:
    """The classifier as its training begins."""
    return Classifier(Backbone(), DIM, len(CLASSES))


def train(
    examples: Examples, epochs: int, seed: int, on_epoch: Callable[[str, Classifier], None] = lambda *_: None
) -> Classifier:
    """A classifier that has seen every example `epochs` times, in eval mode.

    on_epoch: called with a line about each epoch and the classifier as it is then.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = untrained().to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), lr=PEAK_RATE, weight_decay=WEIGHT_DECAY)
    per_epoch = len(examples.labels) // BATCH
    steps = epochs * per_epoch
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, max(steps, 4), pct_start=0.15, final_div_factor=200
    )
    average = torch.optim.swa_utils.AveragedModel(model, use_buffers=True)
    mask = allowed()
    start, step = time.monotonic(), 0
    for epoch in range(epochs):
        order = rng.permutation(len(examples.labels))
        losses, right = 0.0, 0
        for at in range(per_epoch):
            rows = np.sort(order[at * BATCH : (at + 1) * BATCH])
            y = torch.from_numpy(examples.labels[rows].astype(np.int64))
            scores = model(vary(examples.squares[rows], rng)) + mask[y]
            loss = nn.functional.cross_entropy(scores, y)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            cycle.step()
            step += 1
            if step >= (1 - AVERAGED) * steps and step % 10 == 0:
                average.update_parameters(model)
            losses += loss.item()
            right += (scores.argmax(1) == y).sum().item()
        on_epoch(
            f"epoch {epoch + 1} of {epochs}: loss {losses / per_epoch:.4f}, "
            f"{100 * right / per_epoch / BATCH:.2f} % right, {time.monotonic() - start:.0f} s",
            model,
        )
    return (average.module if average.n_averaged else model).eval()


def vary(squares: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
    """uint8 (n, s, s, 3) to the network's input: with contrast, brightness, tint and polarity of its own every time."""
    n = len(squares)
    sign = rng.choice([-1.0, 1.0], (n, 1, 1, 1)) * rng.uniform(0.6, 1.1, (n, 1, 1, 1)) / 127.5
    offset = rng.uniform(-0.2, 0.2, (n, 1, 1, 3)) - 127.5 * sign
    x = torch.from_numpy(
        squares
    ).float()  # rows of pixels: permuted, this is the "channels last" that convolutions like
    x.mul_(torch.from_numpy(sign.astype(np.float32))).add_(torch.from_numpy(offset.astype(np.float32)))
    return x.clamp_(-1, 1).permute(0, 3, 1, 2)


def embed(model: nn.Module, squares: np.ndarray) -> np.ndarray:
    """What a network gives for uint8 (n, s, s, 3), in batches: float32 (n, …)."""
    rows = []
    with torch.no_grad():
        for at in range(0, len(squares), 1024):
            x = torch.from_numpy(squares[at : at + 1024]).permute(0, 3, 1, 2).float() / 127.5 - 1
            rows.append(model(x).numpy())
    return np.concatenate(rows)
