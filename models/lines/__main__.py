"""One command: draw strips, train beside that, export, make the prior head, write the card."""

import copy
import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from models.common.command import FEW_PACKAGES, Clock, fetch_sources, load, parser, save
from models.common.fonts import PACKAGES
from models.glyphs.scenes import Scenery

from .card import write_files
from .shards import SIZE, Shards
from .training import Partner, Training, mean


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
TUNED = replace(FULL, fresh=1, epochs=48, trainers=1)
SHORT = Size(FEW_PACKAGES, 96, 1, 2, 2, 200, 1)


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe; see --help."""
    options = _parser().parse_args(arguments)
    size, clock = (SHORT if options.short else TUNED if options.start else FULL), Clock()
    epochs = options.epochs or size.epochs
    torch.set_num_threads(1)  # two processes share two processors better than two threads do
    saved = options.cache / "training.pt"
    sources = fetch_sources(size.packages, options.seed)
    clock.say(f"{len(sources.seen)} fonts to train on, {len(sources.unseen)} held out")
    count = max(1, int(epochs * size.fresh))
    scenery = Scenery(sources.seen, sources.photographs)
    shards = Shards(options.cache / "shards", scenery, options.seed, count, size.shard)
    settings = shards, size.fresh, size.shown, epochs, options.seed, options.start is not None
    training = Training(*settings)
    if options.start:
        training.start_from(options.start)
    start = copy.deepcopy(training.average.state_dict())
    if (options.resume or options.finish) and saved.exists():
        training.set_state(load(saved))
        clock.say(f"going on after epoch {training.epoch}")
    if not options.finish:
        shards.draw_ahead()
        partner = Partner(*settings) if size.trainers > 1 else None
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
    if options.start:
        card = json.loads(options.start.with_suffix(".json").read_text("utf-8"))
        facts |= {"kept": options.kept, "start": {key: card[key] for key in ("sha256", "trained")}}
        training.average.load_state_dict(mean(training.average.state_dict(), start, options.kept))
    write_files(options.out, training.average.eval(), held_out, facts)
    clock.say(f"wrote lines.onnx, lines.npz, lines.json and lines.md into {options.out}")


def _parser():
    options = parser("lines", __doc__, "strips and weights")
    options.add_argument("--epochs", type=int, help="in all; may differ from that of a run which is resumed")
    options.add_argument("--resume", action="store_true", help="go on after the last epoch of a run that was cut off")
    options.add_argument("--from", dest="start", type=Path, metavar="ONNX", help="train on from these weights")
    options.add_argument("--kept", type=float, default=0.0, help="their share in the mean of them and the new ones")
    return options


if __name__ == "__main__":
    main()
