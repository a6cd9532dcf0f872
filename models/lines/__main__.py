"""One command: draw strips, train beside that, export, make the prior head, write the card."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from models.glyphs.backgrounds import photographs
from models.glyphs.fonts import PACKAGES, split, trainable
from models.glyphs.scenes import Scenery
from tooling.fonts import debian_fonts

from .shards import SIZE, Shards
from .training import Partner, Training

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
HELD_OUT = 0.06
FEW_PACKAGES = ("b612", "cabin", "go", "inconsolata", "lato", "oldstandard")


@dataclass(frozen=True)
class Size:
    """How much is drawn and learned: packages of fonts, strips a shard, new shards and all shards of an epoch, epochs,
    held-out strips, and in how many processes it is learned, 1 or 2."""

    packages: tuple[str, ...]
    shard: int
    fresh: float
    shown: int
    epochs: int
    held_out: int
    trainers: int


FULL = Size(tuple(PACKAGES), SIZE, 0.5, 4, 72, 4000, 2)
SHORT = Size(FEW_PACKAGES, 96, 1, 2, 2, 200, 1)


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe; see --help."""
    options = _parser().parse_args(arguments)
    size, started = (SHORT if options.short else FULL), time.monotonic()
    epochs = options.epochs or size.epochs
    torch.set_num_threads(1)  # two processes share two processors better than two threads do
    saved = options.cache / "training.pt"

    def say(text):
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    fonts = trainable(debian_fonts([f"fonts-{name}" for name in size.packages], CACHE / "fonts"))
    seen, unseen = split(fonts, HELD_OUT, options.seed)
    pictures = photographs(CACHE / "models")
    say(f"{len(seen)} fonts to train on, {len(unseen)} held out")
    count = max(1, int(epochs * size.fresh))
    shards = Shards(options.cache / "shards", Scenery(seen, pictures), options.seed, count, size.shard)
    training = Training(shards, size.fresh, size.shown, epochs, options.seed)
    if (options.resume or options.finish) and saved.exists():
        training.load(saved)
        say(f"going on after epoch {training.epoch}")
    if not options.finish:
        shards.draw_ahead()
        partner = Partner(shards, size.fresh, size.shown, epochs, options.seed) if size.trainers > 1 else None
        try:
            training.run(lambda line: (training.save(saved), say(line)), partner)
        finally:
            shards.stop()
            if partner:
                partner.stop()
    from .card import write_files

    held_out = Shards(options.cache / "held_out", Scenery(unseen, pictures), options.seed + 1, 1, size.held_out).load(0)
    facts = {
        "seed": options.seed,
        "fonts": len(seen),
        "fonts_held_out": len(unseen),
        "epochs": training.epoch,
        "strips": max(1, int(training.epoch * size.fresh)) * size.shard,
        "strips_seen": training.seen,
    }
    write_files(options.out, training.average.eval(), held_out, facts)
    say(f"wrote lines.onnx, lines.npz, lines.json and lines.md into {options.out}")


def _parser():
    parser = argparse.ArgumentParser(prog="python -m models.lines", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, help="in all; may differ from that of a run which is resumed")
    parser.add_argument("--resume", action="store_true", help="go on after the last epoch of a run that was cut off")
    parser.add_argument("--finish", action="store_true", help="write the files with the weights of the last epoch")
    parser.add_argument("--short", action="store_true", help="a minute's run that shows that the recipe works")
    parser.add_argument("--out", type=Path, default=ROOT / "models", help="the folder for the files (default models/)")
    parser.add_argument("--cache", type=Path, default=CACHE / "lines", help="where strips and weights are kept")
    return parser


if __name__ == "__main__":
    main()
