"""The command of a recipe: its options, what it draws from, its clock, and what it keeps between runs."""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from tooling.fonts import debian_fonts

from .backgrounds import photographs
from .fonts import split, trainable

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
HELD_OUT = 0.06
"""The share of fonts that nothing is trained on."""
FEW_PACKAGES = ("b612", "cabin", "go", "inconsolata", "lato", "oldstandard")
"""Packages of fonts for a short run."""


def parser(name: str, what: str, kept: str) -> argparse.ArgumentParser:
    """The options that all recipes have. what: the recipe's description. kept: what lies in its cache."""
    options = argparse.ArgumentParser(prog=f"python -m models.{name}", description=what)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--finish", action="store_true", help="write the files with the weights of the last epoch")
    options.add_argument("--short", action="store_true", help="a minute's run that shows that the recipe works")
    options.add_argument("--out", type=Path, default=ROOT / "models", help="the folder for the files (default models/)")
    options.add_argument("--cache", type=Path, default=CACHE / name, help=f"where {kept} are kept")
    return options


@dataclass(frozen=True)
class Clock:
    """Says lines with the seconds since it was made."""

    started: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        """Print a line."""
        print(f"{time.monotonic() - self.started:6.0f} s  {text}", flush=True)

    def minutes(self) -> float:
        """To a tenth."""
        return round((time.monotonic() - self.started) / 60, 1)


@dataclass(frozen=True)
class Sources:
    """What is drawn from: font files to train on and others held out, and photographs, uint8 RGB."""

    seen: list[Path]
    unseen: list[Path]
    photographs: list[np.ndarray]

    def counts(self) -> dict[str, int]:
        """How many fonts, for the card."""
        return {"fonts": len(self.seen), "fonts_held_out": len(self.unseen)}


def fetch_sources(packages: tuple[str, ...], seed: int) -> Sources:
    """The fonts of Debian's packages, named without `fonts-`, split by the seed, and the photographs."""
    fonts = trainable(debian_fonts([f"fonts-{name}" for name in packages], CACHE / "fonts"))
    return Sources(*split(fonts, HELD_OUT, seed), photographs(CACHE / "models"))


def save(path: Path, state: dict) -> None:
    """Keep a state; a file that is there stays whole until the new one is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path.with_suffix(".part"))
    path.with_suffix(".part").replace(path)


def load(path: Path) -> dict:
    """What `save` kept."""
    return torch.load(path, weights_only=True)
