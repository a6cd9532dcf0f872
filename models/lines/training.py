"""Training: CTC, AdamW, a rate that stays until it falls, and a moving average of the weights."""

import copy
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.common.network import Classifier
from readout.imaging.strips import HEIGHT, MULTIPLE, normalise

from .network import DIM, STRIDE, Backbone
from .restore import restore
from .shards import Shard, Shards
from .strips import BOTH, EITHER
from .texts import CLASSES, LETTERS, encode

PIXELS = 40 * 144
"""Columns of pixels in a batch: 40 strips of usual width."""
PEAK_RATE = 3e-3
TUNING_RATE = PEAK_RATE / 3
"""The highest rate where training goes on from a network's files; it falls to the end."""
WEIGHT_DECAY = 0.02
WARM_STEPS = 300
FALLING = 0.4
"""The share of all epochs, the last ones, in which the rate falls."""
AVERAGING = 0.998
"""What a step keeps of the average of the weights (Polyak and Juditsky 1992)."""
A_GROUP = 2
"""Shards whose strips are shuffled together."""


class Training:
    """A reader in training. Everything that goes on is saved after every epoch, and goes on from there.

    fresh: new shards in an epoch, may be below 1. shown: shards in an epoch, new ones and ones seen before. The rate
    depends on `epochs`, which may differ when training goes on. The same seed gives the same weights, however often it
    is cut off. With a `partner` each of two processes trains on a half of an epoch's shards, and then both go on from
    the mean (local SGD, Stich 2018, arXiv:1805.09767).
    """

    def __init__(self, shards: Shards, fresh: float, shown: int, epochs: int, seed: int, tuning: bool = False):
        torch.manual_seed(seed)
        self.shards, self.fresh, self.shown, self.epochs, self.seed = shards, fresh, shown, epochs, seed
        self.peak, self.falling = (TUNING_RATE, 1.0) if tuning else (PEAK_RATE, FALLING)
        self.model = Classifier(Backbone(), DIM, len(CLASSES)).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.model)
        self.optimiser = torch.optim.AdamW(self.model.parameters(), lr=self.peak, weight_decay=WEIGHT_DECAY)
        self.epoch = self.step = self.seen = 0

    def start_from(self, path: Path) -> None:
        """Begin with the weights of a lines.onnx and its prior head; the first shard shows its statistics."""
        shard, rng = self.shards.load(0), np.random.default_rng(self.seed)
        members = [(shard, k) for k in range(len(shard))]
        restore(self.model, path, [_varied(batch, rng) for batch in _batches(members, rng)])
        self.average.load_state_dict(self.model.state_dict())

    def state(self) -> dict:
        """All that training goes on from."""
        parts = {name: getattr(self, name).state_dict() for name in ("model", "average", "optimiser")}
        return {**parts, "epoch": self.epoch, "step": self.step, "seen": self.seen}

    def set_state(self, state: dict) -> None:
        """Go on from a state."""
        for name in ("model", "average", "optimiser"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.step, self.seen = state["epoch"], state["step"], state["seen"]

    def run(self, on_epoch: Callable[[str], None], partner: "Partner | None" = None) -> None:
        """Train until `epochs` are done. on_epoch: called with a line about each, when its state can be saved."""
        while self.epoch < self.epochs:
            start = time.monotonic()
            self.shards.want(int((self.epoch + 1) * self.fresh))
            if partner:
                partner.begin(self.state(), self.epochs)
                losses = self.train(0, 2)
                state, more = partner.end()
                losses += more
                self.set_state(mean(self.state(), state))
            else:
                losses = self.train(0, 1)
            self.epoch += 1
            self.seen += self.shown * self.shards.size
            on_epoch(
                f"epoch {self.epoch} of {self.epochs}: loss {np.mean(losses):.4f}, rate {self._rate(0):.5f}, "
                f"{time.monotonic() - start:.0f} s"
            )

    def train(self, part: int, parts: int) -> list[float]:
        """Train on one of some parts of an epoch's shards; returns the losses."""
        self.model.train()
        rng = np.random.default_rng([self.seed, self.epoch])
        new = range(int(self.epoch * self.fresh), max(1, int((self.epoch + 1) * self.fresh)))
        old = rng.integers(0, new.stop, self.shown - len(new))
        mine = [*old.tolist(), *new][part::parts]
        rng = np.random.default_rng([self.seed, self.epoch, part])
        losses: list[float] = []
        for at in range(0, len(mine), A_GROUP):
            group = [self.shards.load(index) for index in mine[at : at + A_GROUP]]
            losses += self._learn(group, rng, at / len(mine), len(group) / len(mine))
        return losses

    def _learn(self, group: list[Shard], rng, done: float, share: float) -> list[float]:
        """One pass over some shards, in batches of like widths. done, share: of the epoch, before and in this pass."""
        batches = _batches([(shard, k) for shard in group for k in range(len(shard))], rng)
        shuffled = rng.permutation(len(batches))
        return [self._step(batches[k], rng, done + share * n / len(batches)) for n, k in enumerate(shuffled)]

    def _step(self, batch, rng, part) -> float:
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate(part)
        x = _varied(batch, rng)
        with torch.autocast("cpu", torch.bfloat16):
            columns = self.model.backbone(x)
        loss = ctc(self.model.head(columns.float()), batch)
        self.optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        keep = min(AVERAGING, self.step / (self.step + 10))
        with torch.no_grad():
            for mine, theirs in zip(self.average.state_dict().values(), self.model.state_dict().values(), strict=True):
                if mine.dtype.is_floating_point:
                    mine.lerp_(theirs, 1 - keep)
        return loss.item()

    def _rate(self, part):
        """Warm up, stay, and fall in a straight line."""
        left = (self.epochs - self.epoch - part) / max(1.0, self.falling * self.epochs)
        return self.peak * min(1.0, (self.step + 1) / WARM_STEPS, max(left, 0.004))


class Partner:
    """Another process that trains beside this one, from the same state on the other half of an epoch."""

    def __init__(self, *settings):
        here, there = multiprocessing.get_context("spawn").Pipe()
        self._pipe = here
        self._process = multiprocessing.get_context("spawn").Process(
            target=_train_beside, args=(there, settings), daemon=True
        )
        self._process.start()

    def begin(self, state: dict, epochs: int) -> None:
        """Start on an epoch."""
        self._pipe.send((_arrays(state), epochs))

    def end(self) -> tuple[dict, list[float]]:
        """Wait for its end: the state it came to, and the losses."""
        return self._pipe.recv()

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def _train_beside(pipe, settings):
    torch.set_num_threads(1)
    training = Training(*settings)
    while True:
        state, training.epochs = pipe.recv()
        training.set_state(_tensors(state))
        losses = training.train(1, 2)
        pipe.send((_arrays(training.state()), losses))


def _arrays(tree):
    """A state with arrays for tensors, which pass through a pipe."""
    if isinstance(tree, dict):
        return {key: _arrays(value) for key, value in tree.items()}
    return tree.numpy() if isinstance(tree, torch.Tensor) else tree


def _tensors(tree):
    if isinstance(tree, dict):
        return {key: _tensors(value) for key, value in tree.items()}
    return torch.from_numpy(tree) if isinstance(tree, np.ndarray) else tree


def mean(one, other, share: float = 0.5):
    """The mean of two states, tensor by tensor; `other` may hold arrays and has this share."""
    if isinstance(one, dict):
        return {key: mean(value, other[key], share) for key, value in one.items()}
    if isinstance(one, torch.Tensor) and one.dtype.is_floating_point:
        return (1 - share) * one + share * torch.as_tensor(other)
    return one


def _batches(members, rng):
    """Strips, (shard, index) each, in batches of like widths."""
    widths = np.array([shard.ends[k] - (shard.ends[k - 1] if k else 0) for shard, k in members])
    order = np.argsort(widths + rng.uniform(0, 12, len(widths)))
    batches, at = [], 0
    while at < len(order):
        end = at + max(8, int(PIXELS / (widths[order[at]] + 12)))
        batches.append([members[k] for k in order[at:end]])
        at = end
    return batches


def _varied(batch, rng):
    return vary([shard.strip(k) for shard, k in batch], [(s.middles[k], s.spans[k]) for s, k in batch], rng)


def vary(strips, levels, rng: np.random.Generator) -> torch.Tensor:
    """uint8 strips to the network's input, each with its channels in another order, a half of them as a negative."""
    width = -(-max(strip.shape[1] for strip in strips) // 8) * 8
    batch = np.zeros((len(strips), strips[0].shape[0], width, 3), np.float32)
    for row, strip, (middle, span) in zip(batch, strips, levels, strict=True):
        x = normalise(strip, middle, span)
        if rng.random() < 0.5:
            x = x[:, :, rng.permutation(3)]
        row[:, : strip.shape[1]] = x * np.float32(rng.uniform(0.7, 1.1) * rng.choice([-1.0, 1.0])) + np.float32(
            rng.uniform(-0.1, 0.1)
        )
    return torch.from_numpy(batch).clamp_(-1, 1).permute(0, 3, 1, 2)  # rows of pixels: "channels last"


def ctc(logits: torch.Tensor, batch) -> torch.Tensor:
    """The mean loss of a batch by connectionist temporal classification (Graves et al. 2006).

    Of strips with two texts either is right, or both are as likely. Where letters don't count they are as good as
    blank.
    """
    scores = logits.log_softmax(-1)
    loose = torch.tensor([bool(shard.loose[k]) for shard, k in batch])
    if loose.any():
        scores = torch.where(loose[:, None, None], without_letters(scores), scores)
    lengths = torch.tensor(
        [(int(s.ends[k]) - (int(s.ends[k - 1]) if k else 0) + STRIDE - 1) // STRIDE for s, k in batch]
    )
    lengths = torch.clamp(lengths + 1, max=scores.shape[1])
    losses = _ctc(scores, lengths, [shard.texts[k] for shard, k in batch])
    modes = torch.tensor([int(shard.modes[k]) for shard, k in batch])
    two = modes > 0
    if two.any():
        rows = two.nonzero()[:, 0]
        others = _ctc(scores[rows], lengths[rows], [batch[int(k)][0].others[batch[int(k)][1]] for k in rows])
        one, mode = losses[rows], modes[rows]
        either = -torch.logaddexp(-one, -others)
        both = (one + others) / 2
        mixed = torch.where(mode == EITHER, either, torch.where(mode == BOTH, both, one))
        losses = losses.index_copy(0, rows, mixed)
    return (losses / torch.tensor([max(len(shard.texts[k]), 1) ** 0.5 for shard, k in batch])).mean()


def without_letters(scores: torch.Tensor) -> torch.Tensor:
    """Log probabilities (n, t, classes) with those of letters added to the blank's."""
    merged = scores.clone()
    merged[..., 0] = scores[..., [0, *LETTERS]].logsumexp(-1)
    merged[..., list(LETTERS)] = -30.0
    return merged


def _ctc(scores, lengths, texts):
    targets = [encode(text) for text in texts]
    sizes = torch.tensor([len(target) for target in targets])
    flat = torch.tensor([c for target in targets for c in target], dtype=torch.long)
    return nn.functional.ctc_loss(
        scores.transpose(0, 1), flat, lengths, sizes, blank=0, reduction="none", zero_infinity=True
    )


def predict(model: nn.Module, shard: Shard) -> list[np.ndarray]:
    """What a network gives for each strip of a shard: float32 (t, …) each."""
    widths = np.diff(shard.ends, prepend=0)
    found: dict[int, np.ndarray] = {}
    model.eval()
    for rows in np.array_split(np.argsort(widths, kind="stable"), -(-len(widths) // 64)):
        batch = np.zeros((len(rows), HEIGHT, -(-int(widths[rows].max()) // MULTIPLE) * MULTIPLE, 3), np.float32)
        for row, k in zip(batch, rows, strict=True):
            row[:, : widths[k]] = normalise(shard.strip(k), shard.middles[k], shard.spans[k])
        with torch.no_grad():
            out = model(torch.from_numpy(batch).permute(0, 3, 1, 2)).numpy()
        found |= {int(k): out[i, : -(-int(widths[k]) // STRIDE)] for i, k in enumerate(rows)}
    return [found[k] for k in range(len(widths))]
