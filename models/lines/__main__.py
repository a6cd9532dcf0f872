"""One command: draw strips, train beside that, export, make the prior head, write the card."""

from dataclasses import dataclass

import torch

from models.common.command import FEW_PACKAGES, Clock, fetch_sources, load, parser, save
from models.common.fonts import PACKAGES
from models.glyphs.scenes import Scenery

from .card import write_files
from .shards import SIZE, Shards
from .training import Partner, Training


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
    size, clock = (SHORT if options.short else FULL), Clock()
    epochs = options.epochs or size.epochs
    torch.set_num_threads(1)  # two processes share two processors better than two threads do
    saved = options.cache / "training.pt"
    sources = fetch_sources(size.packages, options.seed)
    clock.say(f"{len(sources.seen)} fonts to train on, {len(sources.unseen)} held out")
    count = max(1, int(epochs * size.fresh))
    scenery = Scenery(sources.seen, sources.photographs)
    shards = Shards(options.cache / "shards", scenery, options.seed, count, size.shard)
    training = Training(shards, size.fresh, size.shown, epochs, options.seed)
    if (options.resume or options.finish) and saved.exists():
        training.set_state(load(saved))
        clock.say(f"going on after epoch {training.epoch}")
    if not options.finish:
        shards.draw_ahead()
        partner = Partner(shards, size.fresh, size.shown, epochs, options.seed) if size.trainers > 1 else None
        try:
            training.run(lambda line: (save(saved, training.state()), clock.say(line)), partner)
        finally:
            shards.stop()
            if partner:
                partner.stop()
    scenery = Scenery(sources.unseen, sources.photographs)
    held_out = Shards(options.cache / "held_out", scenery, options.seed + 1, 1, size.held_out).load(0)
    facts = {
        "seed": options.seed,
        **sources.counts(),
        "epochs": training.epoch,
        "strips": max(1, int(training.epoch * size.fresh)) * size.shard,
        "strips_seen": training.seen,
    }
    write_files(options.out, training.average.eval(), held_out, facts)
    clock.say(f"wrote lines.onnx, lines.npz, lines.json and lines.md into {options.out}")


def _parser():
    options = parser("lines", __doc__, "strips and weights")
    options.add_argument("--epochs", type=int, help="in all; may differ from that of a run which is resumed")
    options.add_argument("--resume", action="store_true", help="go on after the last epoch of a run that was cut off")
    return options


if __name__ == "__main__":
    main()
