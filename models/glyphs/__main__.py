"""One command: draw glyphs, train, export, make the prior head, evaluate, write the card."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import torch

from tooling.fonts import debian_fonts

from .backgrounds import photographs
from .card import write_files
from .examples import draw_examples
from .fonts import PACKAGES, split, trainable
from .network import Classifier
from .training import train

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
HELD_OUT = 0.06
FEW_PACKAGES = ("b612", "cabin", "go", "inconsolata", "lato", "oldstandard")


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
    options = _parser().parse_args(arguments)
    size, started = (SHORT if options.short else FULL), time.monotonic()
    weights = options.cache / "weights.pt"

    def say(text):
        print(f"{time.monotonic() - started:6.0f} s  {text}", flush=True)

    fonts = trainable(debian_fonts([f"fonts-{name}" for name in size.packages], CACHE / "fonts"))
    seen, unseen = split(fonts, HELD_OUT, options.seed)
    pictures = photographs(CACHE / "models")
    say(f"{len(seen)} fonts to train on, {len(unseen)} held out")
    held_out = draw_examples(size.held_out, options.seed + 1, unseen, pictures)
    facts = {"fonts": len(seen), "fonts_held_out": len(unseen), "examples": size.examples, "epochs": size.epochs}
    if options.finish:
        kept = torch.load(weights, weights_only=True)
        facts |= kept["facts"]
        model = Classifier().eval()
        model.load_state_dict(kept["weights"])
    else:
        say(f"drawing {size.examples:,} examples")
        examples = draw_examples(size.examples, options.seed, seen, pictures)
        say("training")

        def keep(line, model):
            say(line)
            facts["minutes"] = round((time.monotonic() - started) / 60, 1)
            weights.parent.mkdir(parents=True, exist_ok=True)
            torch.save({"weights": model.state_dict(), "facts": facts}, weights)

        model = train(examples, size.epochs, options.seed, keep)
        keep("trained", model)
    write_files(options.out, model, held_out, {"seed": options.seed, **facts}, options.short)
    say(f"wrote glyphs.onnx, glyphs.npz and glyphs.json into {options.out}")


def _parser():
    parser = argparse.ArgumentParser(prog="python -m models.glyphs", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--finish", action="store_true", help="with the weights of the last run, don't train again")
    parser.add_argument("--short", action="store_true", help="a minute's run that shows that the recipe works")
    parser.add_argument("--out", type=Path, default=ROOT / "models", help="the folder for the files (default models/)")
    parser.add_argument("--cache", type=Path, default=CACHE / "glyphs", help="where weights are kept after every epoch")
    return parser


if __name__ == "__main__":
    main()
