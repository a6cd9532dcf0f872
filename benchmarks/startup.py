"""Start-up and training times, in one run: `python build.py --bench startup [--json]`.

Opens dist/ in fresh Chromium profiles (cold) and in each a second time (warm), up to the first reading,
and once where the snapshot of Python does not work; then waits for the whole job. The lesson, cold, until ImageNet
MobileNet has a score with four sets, and until it has another with another number of sets. Firefox and WebKitGTK open
the page cold, where they are. Medians of RUNS visits; compare ratios, not milliseconds.
"""

import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import Page, Playwright, sync_playwright

from readout.data.dataset import Dataset
from readout.evaluation.score import evaluate
from readout.model.onnx_backbone import OnnxBackbone
from tests.page.engines import ENGINES, JS, Outside
from tests.page.helpers import CHROMIUM, wait_until_read, without_snapshots
from tooling.serve import serve

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5
LARGE = (".wasm", ".snapshot", ".onnx")
VISIT = """(large) => {
  const mark = (name) => performance.getEntriesByName(`readout:${name}`)[0];
  const isLarge = ({ name }) => large.some((ending) => new URL(name).pathname.endsWith(ending));
  const arrived = performance.getEntriesByType("resource").filter(isLarge);
  return {
    downloaded_s: Math.max(...arrived.map(({ responseEnd }) => responseEnd)) / 1000,
    embedder_s: mark("embedder").startTime / 1000,
    python_s: mark("python").startTime / 1000,
    python_took_s: mark("python").detail.seconds,
    loaded_s: mark("loaded").startTime / 1000,
    first_reading_s: mark("reading").startTime / 1000,
  };
}"""
VISIT_ROWS = {
    "downloaded_s": "everything large has arrived",
    "embedder_s": "onnxruntime has its first session",
    "python_s": "Python has imported readout",
    "loaded_s": "the dataset is open",
    "first_reading_s": "first reading",
    "python_took_s": "of this, Python alone, from its bytes",
}
SETTLE_MS = 1500
"""Long enough for the browser to write what it compiled into its cache."""
SCORED = """(sets) => new Promise((resolve) => {
  const scored = () => {
    const now = document.querySelector("#read")?.dataset.sets === String(sets);
    return now && /of 200 digits/.test(document.querySelector(".headline")?.textContent ?? "");
  };
  const look = () => (scored() ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
})"""
"""When the lesson shows a score of all digits with so many sets, in milliseconds since the page was opened."""
CHANGES = 1, 7, 2, 5, 3
MARKS = "(name) => performance.getEntriesByName(`readout:${name}`)[0].startTime / 1000"
LONG_TASKS = """() => {
  globalThis.longTasks = [];
  const keep = (list) => longTasks.push(...list.getEntries().map((e) => e.duration));
  new PerformanceObserver(keep).observe({ type: "longtask" });
}"""


def main() -> None:
    dataset = Dataset.load(ROOT / "data")
    with serve(ROOT / "dist") as server, sync_playwright() as playwright:
        visits = to_first_reading(playwright, server.url)
        browser = playwright.chromium.launch(**CHROMIUM)
        figures = {"visits": visits, "page": whole_job(browser.new_page(), server.url)}
        browser.close()
        figures["lesson"] = lesson(playwright, server.url)
        figures["engines"] = in_other_engines(server.url)
    figures["native"] = natively(dataset)
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    page, taught, native = figures["page"], figures["lesson"], figures["native"]
    print(f"{'seconds from opening the page until':45} {'cold':>8} {'warm':>8} {'no snapshot':>12}")
    for name, words in VISIT_ROWS.items():
        print(f"{words:45} {visits['cold'][name]:8.2f} {visits['warm'][name]:8.2f} {visits['plain'][name]:12.2f}")
    for engine, marks in figures["engines"].items():
        seconds = ", ".join(f"{name} {value:.2f}" for name, value in marks.items())
        print(f"{engine}, seconds from opening the page: {seconds}")
    print()
    print(f"{'page opened to parts loaded and started':45} {page['loaded_s']:8.2f} s")
    print(f"{'page opened to training done (4 sets)':45} {page['trained_s']:8.2f} s")
    print(f"{'page opened to all 100 readings, learned':45} {page['all_read_s']:8.2f} s")
    print(f"{'longest task on the page thread':45} {page['longest_task_ms']:8.0f} ms")
    print(f"{'lesson opened to a score of 4 sets, ImageNet':45} {taught['first_s']:8.2f} s")
    changes = f"{taught['change_ms']:8.0f} ms, at most {taught['worst_ms']:.0f}"
    print(f"{'… to the score of another number of sets':45} {changes}")
    for n in (40, 80):
        ours, theirs = page[f"fit_{n}_ms"], native[f"fit_{n}_ms"]
        print(
            f"{f'head trained on {n} examples':45} browser {ours:6.1f} ms  native {theirs:6.1f} ms  "
            f"ratio {ours / theirs:.1f}"
        )


def to_first_reading(playwright: Playwright, url: str) -> dict[str, dict[str, float]]:
    """Medians by kind of visit: "cold", "warm" (the second of a profile), "plain" (cold, no snapshot)."""
    visits: dict[str, list[dict]] = {"cold": [], "warm": [], "plain": []}
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            for kind in ("cold", "warm"):
                visits[kind].append(visit(playwright, url, profile))
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
            visits["plain"].append(visit(playwright, url, profile, without_snapshots))
    return {
        kind: {name: statistics.median(each[name] for each in found) for name in VISIT_ROWS}
        for kind, found in visits.items()
    }


def in_other_engines(url: str) -> dict[str, dict[str, float]]:
    """Medians of the seconds from opening the page until its marks, by engine; those that are not here are left out."""
    found = {}
    for name, (kind, variable) in ENGINES.items():
        visits = []
        for _ in range(RUNS if os.environ.get(variable) else 0):
            with contextlib.closing(Outside()) as outside, contextlib.closing(kind(outside)) as engine:
                engine.open(url)
                visits.append({mark: engine.wait(JS.mark, mark)["at"] / 1000 for mark in ("python", "reading")})
        if visits:
            found[name] = {mark: statistics.median(each[mark] for each in visits) for mark in visits[0]}
    return found


def visit(playwright: Playwright, url: str, profile: str, python_worker: Callable | None = None) -> dict[str, float]:
    """One visit with a profile's cache; `python_worker` answers the request for that script."""
    context = playwright.chromium.launch_persistent_context(profile, **CHROMIUM)
    try:
        if python_worker:
            context.route("**/workers/python.js*", python_worker)
        page = context.new_page()
        page.set_default_timeout(180_000)
        page.goto(url)
        page.locator("button.frame:enabled").first.wait_for()
        found = page.evaluate(VISIT, list(LARGE))
        page.wait_for_timeout(SETTLE_MS)
        return found
    finally:
        context.close()


def whole_job(page: Page, url: str) -> dict:
    """Seconds since the page was opened, for what the page does by itself."""
    page.set_default_timeout(180_000)
    page.add_init_script(f"({LONG_TASKS})()")
    page.goto(url)
    wait_until_read(page)
    done = page.evaluate("performance.now() / 1000")
    score, fit_40 = page.locator(".headline").inner_text(), fit_ms(page, 40)
    page.get_by_role("slider").fill("8")
    return {
        "loaded_s": page.evaluate(MARKS, "loaded"),
        "trained_s": page.evaluate(MARKS, "trained"),
        "all_read_s": done,
        "longest_task_ms": max(page.evaluate("longTasks"), default=0),
        "fit_40_ms": fit_40,
        "fit_80_ms": fit_ms(page, 80),
        "score": score,
    }


def lesson(playwright: Playwright, url: str) -> dict[str, float]:
    """Seconds from opening the lesson until its first score; milliseconds until further ones, median and worst."""
    first, changes = [], []
    for _ in range(RUNS):
        browser = playwright.chromium.launch(**CHROMIUM)
        page = browser.new_page()
        page.set_default_timeout(180_000)
        page.goto(f"{url}#learn")
        first.append(page.evaluate(SCORED, 4) / 1000)
        page.wait_for_function("() => performance.getEntriesByName('readout:live').length")
        for sets in CHANGES:
            begun = page.evaluate("performance.now()")
            page.get_by_role("slider").fill(str(sets))
            changes.append(page.evaluate(SCORED, sets) - begun)
        browser.close()
    return {
        "first_s": statistics.median(first),
        "change_ms": statistics.median(changes),
        "worst_ms": max(changes),
    }


def fit_ms(page: Page, examples: int) -> float:
    """What the page says learning `examples` pictures took."""
    page.get_by_text(f"Learned {examples} pictures").wait_for()
    return float(page.locator(".outcome .number").first.inner_text().removesuffix(" ms"))


def natively(dataset: Dataset) -> dict[str, float]:
    """Milliseconds to fit 40 and 80 examples outside the browser."""
    backbone = OnnxBackbone.named()
    fits = {n: evaluate(replace(dataset, frames=[]), backbone, n // 10).fit_s for n in (40, 80)}
    return {f"fit_{n}_ms": seconds * 1000 for n, seconds in fits.items()}


if __name__ == "__main__":
    main()
