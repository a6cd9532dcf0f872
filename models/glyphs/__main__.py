"""One command: draw glyphs, train, export, make the prior head, evaluate, write the card."""

from dataclasses import dataclass

import torch

from models.common.command import FEW_PACKAGES, Clock, fetch_sources, load, parser, save
from models.common.fonts import PACKAGES

from .card import write_files
from .examples import draw_examples
from .training import train, untrained


@dataclass(frozen=True)
class Size:
    """How much is drawn and learned. packages: of fonts, without `fonts-`. held_out: examples in other fonts."""

    packages: tuple[str, ...]
    examples: int
    held_out: int
    epochs: int


FULL = Size(tuple(PACKAGES), 600_000, 12_000, 8)
SHORT = Size(FEW_PACKAGES, 6_000, 2_000, 2)


def main(arguments: list[str] | None = None) -> None:
    """Run the recipe; see --help."""
    options = parser("glyphs", __doc__, "weights").parse_args(arguments)
    size, clock = (SHORT if options.short else FULL), Clock()
    weights = options.cache / "weights.pt"
    if options.short:
        torch.set_num_threads(1)  # beside other work two threads wait for each other longer than they compute
    sources = fetch_sources(size.packages, options.seed)
    clock.say(f"{len(sources.seen)} fonts to train on, {len(sources.unseen)} held out")
    held_out = draw_examples(size.held_out, options.seed + 1, sources.unseen, sources.photographs)
    facts = {**sources.counts(), "examples": size.examples, "epochs": size.epochs}
    if options.finish:
        kept = load(weights)
        facts |= kept["facts"]
        model = untrained().eval()
        model.load_state_dict(kept["weights"])
    else:
        clock.say(f"drawing {size.examples:,} examples")
        examples = draw_examples(size.examples, options.seed, sources.seen, sources.photographs)
        clock.say("training")

        def keep(line, model):
            clock.say(line)
            facts["minutes"] = clock.minutes()
            save(weights, {"weights": model.state_dict(), "facts": facts})

        model = train(examples, size.epochs, options.seed, keep)
        keep("trained", model)
    write_files(options.out, model, held_out, {"seed": options.seed, **facts}, options.short)
    clock.say(f"wrote glyphs.onnx, glyphs.npz and glyphs.json into {options.out}")


if __name__ == "__main__":
    main()
