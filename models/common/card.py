"""The files that a recipe leaves: network, prior head, and a card for programs."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from readout.model.prior import Prior

from .fonts import PACKAGES
from .packages import PHOTOGRAPHS


def write_network(
    folder: Path, name: str, network: bytes, make_prior: Callable[[str], Prior], *, trained: dict, **facts
) -> tuple[dict, Prior]:
    """Write NAME.onnx and NAME.npz; returns the card and the prior.

    make_prior: called with the network's SHA-256. trained: how it was trained. facts: what else the card says.
    """
    folder.mkdir(parents=True, exist_ok=True)
    sha256 = hashlib.sha256(network).hexdigest()
    prior = make_prior(sha256)
    (folder / f"{name}.onnx").write_bytes(network)
    (folder / f"{name}.npz").write_bytes(prior.to_bytes())
    card = {
        "name": name,
        "file": f"{name}.onnx",
        "sha256": sha256,
        "bytes": len(network),
        **facts,
        "classes": prior.classes.tolist(),
        "licence": "MIT, as Readout",
        "recipe": f"python -m models.{name}",
        "trained": trained,
        "fonts": [f"fonts-{name}" for name in PACKAGES],
        "photographs": " ".join(PHOTOGRAPHS),
    }
    return card, prior


def write_card(folder: Path, card: dict) -> None:
    """Write NAME.json, which the page and the command line read."""
    (folder / f"{card['name']}.json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")


def percent(share):
    """A share, or an array of shares, in percent to two places: a float, or a list of floats."""
    return np.round(100 * np.asarray(share), 2).tolist()
