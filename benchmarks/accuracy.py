"""How many digits are read right, by display style and examples per digit.

    python build.py --bench accuracy [--json] [--seeds=3] [--styles="tiny,dot matrix"] [--methods=glyphs]

Every set is one display drawn with the reserved fonts (data/displays); a row is the mean over
its seeds, each of which is another display of that style. No method has seen these fonts. The ml5
head is slow to train and gets the first `--ml5-seeds` of them. Handwriting is scikit-learn's.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from functools import partial

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import methods
from benchmarks._scores import Outcome, table
from data.displays import STYLES, draw, handwriting
from readout.errors import ReadoutError
from readout.evaluation.metrics import calibration_error
from tooling.errors import BuildError

COUNTS = (0, 1, 2, 4, 8)
DECLINED = (
    "digits_declined",
    "digits_flagged",
    "blank_declined",
    "unknown_declined",
    "others_declined",
    "others_declined_or_flagged",
)
WRITTEN_COUNTS = (0, 1, 2, 5, 10, 20, 50)
WRITTEN_TESTS = {"ml5": 500}
"""How many of the handwritten digits that are left a slow method is tested on."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status, 2 for an error the user can fix."""
    options = parse(arguments)
    say = lambda text: print(text, file=sys.stderr, flush=True)  # noqa: E731
    try:
        names = []
        for name in options.methods:
            why = methods.missing_model(name)
            say(why) if why else names.append(name)
        if not names:
            raise ReadoutError("nothing to measure: choose a method whose model is there")
        contest = methods.create(names)
        begun = time.perf_counter()
        with threadpool_limits(1):  # matrices this small gain nothing from a second thread
            sets = displays(contest, options, say)
            written = handwritten(contest, options, say) if options.handwriting else {}
    except (ReadoutError, BuildError) as error:
        print(f"accuracy: {error}", file=sys.stderr)
        return 2
    figures = {
        "seeds": options.seeds,
        "ml5_seeds": min(options.ml5_seeds, options.seeds),
        "tests_per_set": options.tests,
        "seconds": round(time.perf_counter() - begun, 1),
        "displays": {name: summary(sets[name]) for name in sets},
        "handwriting": {name: summary(written[name], by_style=False) for name in written},
    }
    print(json.dumps(figures) if options.json else report(figures, contest))
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options, as the documentation above gives them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    split = lambda text: [part.strip() for part in text.split(",")]  # noqa: E731
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    parser.add_argument("--seeds", type=int, default=3, help="displays of each style (default 3)")
    parser.add_argument("--first-seed", type=int, default=0, help="the seed of the first display (default 0)")
    parser.add_argument("--ml5-seeds", type=int, default=1, help="of these, for the ml5 head (default 1)")
    parser.add_argument("--tests", type=int, default=200, help="test digits of each display (default 200)")
    parser.add_argument("--methods", type=split, default=list(methods.NAMES), help=", ".join(methods.NAMES))
    parser.add_argument("--styles", type=split, default=list(STYLES), help="display styles, separated by commas")
    parser.add_argument("--no-handwriting", dest="handwriting", action="store_false", help="leave handwriting out")
    options = parser.parse_args(arguments)
    if min(options.seeds, options.tests) < 1 or min(options.first_seed, options.ml5_seeds) < 0:
        parser.error("--seeds and --tests are at least 1, --first-seed and --ml5-seeds at least 0")
    return options


def displays(contest: dict, options: argparse.Namespace, say) -> dict:
    """Every method on every display: name to a list of results, one for each display and count."""
    results = defaultdict(list)
    for style in options.styles:
        begun = time.perf_counter()
        for seed in range(options.first_seed, options.first_seed + options.seeds):
            drawn = draw(style, seed, max(COUNTS), options.tests)
            for name, method in contest.items():
                if name != "ml5" or seed < options.first_seed + options.ml5_seeds:
                    results[name] += on_display(method, drawn)
        say(f"{style}: {time.perf_counter() - begun:.0f} s")
    return results


def on_display(method, drawn) -> list[dict]:
    """One method on one display, with each number of examples."""
    crops, labels = (list(part) for part in zip(*drawn.examples, strict=True))
    others, _ = zip(*drawn.others, strict=True) if method.zero else ((), ())
    test_crops, truth = zip(*drawn.tests, strict=True)
    features = method.features([*crops, *test_crops])
    examples, tests = features[: len(crops)], features[len(crops) :]
    found = []
    for count in COUNTS:
        if count or method.zero:
            model = method.fit(examples[: 10 * count], labels[: 10 * count])
            result = {
                "style": drawn.style,
                "seed": drawn.seed,
                "count": count,
                "digits": Outcome.of(model, tests, truth),
            }
            if others:
                result["others"] = Outcome.of(model, method.features(others), [kind for _, kind in drawn.others])
                result["outliers"] = model.outliers(others), model.outliers(tests)
            found.append(result)
    return found


def handwritten(contest: dict, options: argparse.Namespace, say) -> dict:
    """Every method on scikit-learn's digits, learned from a few and tested on the rest."""
    crops, labels = (list(part) for part in zip(*handwriting(), strict=True))
    labels = np.array(labels)
    results = defaultdict(list)
    for name, method in contest.items():
        begun = time.perf_counter()
        features = method.features(crops)
        pick = partial(_rows, features)
        for seed in range(options.seeds if name != "ml5" else min(options.seeds, max(1, options.ml5_seeds))):
            rng = np.random.default_rng(seed)
            order = rng.permutation(len(crops))
            decks = np.array([order[labels[order] == digit][: max(WRITTEN_COUNTS)] for digit in sorted(set(labels))]).T
            for count in WRITTEN_COUNTS:
                if count or method.zero:
                    learned = decks[:count].ravel()
                    rest = np.setdiff1d(order, learned)
                    rest = rng.permutation(rest)[: WRITTEN_TESTS.get(name)]
                    model = method.fit(pick(learned), labels[learned].tolist())
                    digits = Outcome.of(model, pick(rest), labels[rest])
                    results[name].append({"style": "handwriting", "seed": seed, "count": count, "digits": digits})
        say(f"handwriting, {name}: {time.perf_counter() - begun:.0f} s")
    return results


def _rows(features, rows):
    return [features[k] for k in rows] if isinstance(features, list) else features[rows]


def summary(results: list[dict], by_style: bool = True) -> dict:
    """Shares by number of examples: mean over styles, worst style, worst display, each style's and each display's."""
    counts = sorted({result["count"] for result in results})
    figures = {}
    for count in counts:
        chosen = [result for result in results if result["count"] == count]
        sets = {f"{result['style']} {result['seed']}": result["digits"].accuracy for result in chosen}
        styles = defaultdict(list)
        for result in chosen:
            styles[result["style"]].append(result["digits"].accuracy)
        styles = {style: float(np.mean(shares)) for style, shares in styles.items()}
        digits = Outcome.together([result["digits"] for result in chosen])
        figures[count] = {
            "mean": float(np.mean(list(styles.values()))),
            "worst": min(sets.values()),
            "calibration_error": calibration_error(digits.confidence, digits.right),
            "sets": sets,
        }
        if by_style:
            figures[count] |= {"worst_style": min(styles.values()), "styles": styles}
        if "others" in chosen[0]:
            figures[count] |= _declined(chosen, digits)
    every = Outcome.together([result["digits"] for result in results])
    return {"calibration_error": calibration_error(every.confidence, every.right), "counts": figures}


def _declined(chosen, digits):
    others = Outcome.together([result["others"] for result in chosen])
    flagged = np.concatenate([result["outliers"][0] for result in chosen])
    declined = np.isin(others.answer, ("blank", "unknown"))
    return {
        "digits_declined": digits.declined,
        "digits_flagged": float(np.concatenate([result["outliers"][1] for result in chosen]).mean()),
        "others_declined": others.declined,
        "others_declined_or_flagged": float((declined | flagged).mean()),
        **{f"{kind}_declined": float(declined[others.truth == kind].mean()) for kind in ("blank", "unknown")},
    }


def report(figures: dict, contest: dict) -> str:
    """The tables that people read."""
    displays, written = figures["displays"], figures["handwriting"]
    lines = [
        f"Percent of digits read right; {figures['seeds']} displays of each style ({figures['ml5_seeds']} for ml5), "
        f"{figures['tests_per_set']} test digits of each; {figures['seconds']:.0f} s in all."
    ]
    lines += [f"  {name}: {method.title}" for name, method in contest.items()]
    columns = [(name, count) for name in displays for count in displays[name]["counts"]]
    cells = [displays[name]["counts"][count] for name, count in columns]
    heads = [f"{name}:{count}" if count == min(displays[name]["counts"]) else str(count) for name, count in columns]
    if cells:
        rows = [(style, [cell["styles"].get(style) for cell in cells]) for style in cells[0]["styles"]]
        rows += [
            ("mean of styles", [cell["mean"] for cell in cells]),
            ("worst style", [cell["worst_style"] for cell in cells]),
            ("worst display", [cell["worst"] for cell in cells]),
            ("calibration error", [cell["calibration_error"] for cell in cells]),
        ]
        lines += ["", table(rows, heads, "method:examples per digit")]
    for name, found in displays.items():
        if contest[name].zero:
            counts = found["counts"]
            rows = [(field.replace("_", " "), [counts[count][field] for count in counts]) for field in DECLINED]
            lines += ["", table(rows, [str(count) for count in counts], f"{name}: blank or unknown")]
            lines += [f"{name}: calibration error over all {100 * found['calibration_error']:.2f} %"]
    if written:
        rows = [
            (name + end, [found["counts"].get(count, {}).get(key) for count in WRITTEN_COUNTS])
            for name, found in written.items()
            for key, end in (("mean", ""), ("worst", ", worst split"))
        ]
        tested = ", ".join(f"{name} on {count} of them" for name, count in WRITTEN_TESTS.items() if name in written)
        lines += ["", f"Handwriting, tested on the rest{f' ({tested})' if tested else ''}:"]
        lines += [table(rows, [str(count) for count in WRITTEN_COUNTS], "examples per digit")]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
