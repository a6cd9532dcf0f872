"""The workbench at size, in one run: `python build.py --bench workbench [--frames=5000] [--json]`.

Drops many frames of 1024 x 768 with their layout into the page, reads them all, and tells the rate, the memory of
all Chromium processes after every thousand, and the longest task on the page's own thread. Then types what
fifty frames show in a project of a thousand, and tells how long an edit takes until all readings are new.
Frames are the bundled ones as JPEG, with noise of their own, so that no two crops are alike.
"""

import io
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from readout.data.dataset import Dataset
from readout.imaging.images import load_image
from tooling.serve import serve

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_MS = 900_000
LABELLED, PROJECT = 50, 1000
CHROMIUM = {"executable_path": os.environ.get("READOUT_CHROMIUM") or None, "args": ["--no-sandbox", "--disable-gpu"]}
WATCH = """() => {
  globalThis.longTasks = [];
  const keep = (list) => longTasks.push(...list.getEntries().map((e) => e.duration));
  new PerformanceObserver(keep).observe({ type: "longtask" });
}"""
FORGET = "() => performance.clearMarks('readout:all')"
NEWS = "() => performance.getEntriesByName('readout:edited').map(({ duration }) => duration)"


def main() -> None:
    frames = int(next((each.split("=")[1] for each in sys.argv if each.startswith("--frames=")), 5000))
    with tempfile.TemporaryDirectory() as folder, serve(ROOT / "dist") as server, sync_playwright() as playwright:
        print(f"drawing {frames} frames …", file=sys.stderr)
        paths = draw(Path(folder) / "many", frames)
        few = Path(folder) / "few"
        few.mkdir()
        for path in paths[:PROJECT]:
            os.link(path, few / path.name)
        figures = {}
        for name, measure, some in (("size", at_size, paths[0].parent), ("label", labels, few)):
            with tempfile.TemporaryDirectory() as profile:  # a real one: in a private window storage is memory
                browser = playwright.chromium.launch_persistent_context(profile, **CHROMIUM)
                figures[name] = measure(browser.new_page(), server.url, some)
                browser.close()
    if "--json" in sys.argv:
        print(json.dumps(figures))
        return
    size, label = figures["size"], figures["label"]
    print(
        f"{frames} frames: looked at in {size['import_s']:.0f} s ({frames / size['import_s']:.0f} a second), "
        f"read in {size['read_s']:.0f} s ({frames / size['read_s']:.0f} a second)"
    )
    print(
        f"reopened after {size['reopened_s']:.1f} s, the first are read after {size['first_read_s']:.1f} s, "
        f"all after {size['all_read_s']:.1f} s"
    )
    print(
        f"longest task on the page's thread: {size['longest_task_ms']:.0f} ms, {size['tasks_over_100_ms']} over 100 ms"
    )
    print(
        "memory of all processes in MB after each thousand frames read: "
        + ", ".join(f"{megabytes:.0f}" for megabytes in size["memory_mb"])
    )
    print(
        f"label to updated readings, {label['examples']} examples, {PROJECT} frames: "
        f"median of the last ten {label['median_ms']:.0f} ms, longest {label['longest_ms']:.0f} ms"
    )


def draw(folder: Path, count: int) -> list[Path]:
    """Frames as JPEG, the bundled ones over and over with other noise."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    pictures = [load_image(path) for path in Dataset.load(ROOT / "data").frames]
    paths = []
    for k in range(count):
        picture = pictures[k % len(pictures)]
        noise = rng.integers(-6, 7, (*picture.shape[:2], 1), np.int16)
        file = io.BytesIO()
        Image.fromarray(np.clip(picture + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=90)
        paths.append(folder / f"frame-{k + 1:05d}.jpg")
        paths[-1].write_bytes(file.getvalue())
    return paths


def at_size(page: Page, url: str, folder: Path) -> dict:
    """Import and read all frames of a folder."""
    frames = len(list(folder.iterdir()))
    start = time.perf_counter()
    open_workbench(page, url)
    page.evaluate(WATCH)
    drop(page, [folder, ROOT / "data" / "layout.json"])
    page.get_by_text(f"{frames:,} frames are here").wait_for(timeout=PATIENCE_MS)
    page.evaluate(FORGET)
    looked = time.perf_counter()
    page.locator(".views button", has_text="Read").click()
    memory, step = [], max(1000, 1)
    for done in range(step, frames + 1, step):
        page.wait_for_function(
            """(n) => {
              const bar = document.querySelector('.work progress');
              return bar ? bar.value >= n : performance.getEntriesByName('readout:all').length;
            }""",
            arg=done,
            timeout=PATIENCE_MS,
            polling=200,
        )
        memory.append(resident())
    page.wait_for_function("() => performance.getEntriesByName('readout:all').length", timeout=PATIENCE_MS)
    read = time.perf_counter()
    tasks = page.evaluate("longTasks")
    page.locator(".project summary").filter(has_text="saved in this browser").wait_for(timeout=PATIENCE_MS)
    reopened = reopen(page, frames)
    page.close()
    return {
        **reopened,
        "import_s": looked - start,
        "read_s": read - looked,
        "memory_mb": memory,
        "longest_task_ms": max(tasks, default=0),
        "tasks_over_100_ms": sum(task > 100 for task in tasks),
    }


def reopen(page: Page, frames: int) -> dict:
    """Reload the page, which goes on with the project."""
    start = time.perf_counter()
    page.reload()
    page.locator(".views button", has_text="Frames").click()
    page.locator(".frames-line", has_text=f"{frames:,} frames").wait_for(timeout=PATIENCE_MS)
    here = time.perf_counter()
    page.wait_for_function(
        "() => performance.getEntriesByName('readout:reading').length", timeout=PATIENCE_MS, polling=50
    )
    first = time.perf_counter()
    page.wait_for_function("() => performance.getEntriesByName('readout:all').length", timeout=PATIENCE_MS, polling=50)
    return {"reopened_s": here - start, "first_read_s": first - start, "all_read_s": time.perf_counter() - start}


def labels(page: Page, url: str, folder: Path) -> dict:
    """Type what LABELLED frames show, one after the other."""
    truths = list(Dataset.load(ROOT / "data").truths.values())
    open_workbench(page, url)
    drop(page, [folder, ROOT / "data" / "layout.json"])
    page.get_by_text(f"{len(list(folder.iterdir())):,} frames are here").wait_for(timeout=PATIENCE_MS)
    page.evaluate(FORGET)
    page.wait_for_function("() => performance.getEntriesByName('readout:all').length", timeout=PATIENCE_MS)
    page.evaluate("() => { location.hash = '#bench/label'; }")
    field = page.get_by_label("It shows")
    for _ in range(LABELLED):
        row = int(page.locator(".entry-frame small").inner_text().split(" of ")[0].replace(",", "")) - 1
        before = len(page.evaluate(NEWS))
        field.fill(truths[row % len(truths)])
        field.press("Enter")
        page.wait_for_function(f"(n) => ({NEWS})().length > n", arg=before, timeout=PATIENCE_MS, polling=20)
        page.wait_for_timeout(300)
    last = page.evaluate(NEWS)[-10:]
    page.close()
    return {"examples": 4 * LABELLED, "median_ms": statistics.median(last), "longest_ms": max(last)}


def open_workbench(page: Page, url: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}#bench/frames")
    page.get_by_text("Drop pictures here").wait_for()


def drop(page: Page, paths: list[Path]) -> None:
    """Drop files and folders as a person does."""
    devtools = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, "x": 300, "y": 300, "data": data})


def resident() -> float:
    """Memory of all processes that this one has begun, of their own, in MB; Linux only."""
    parents, sizes = {}, {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            facts = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except OSError:  # it has ended meanwhile
            continue
        pid = int(facts["Pid"])
        parents[pid] = int(facts["PPid"])
        sizes[pid] = sum(int(facts.get(kind, "0").split()[0]) for kind in ("RssAnon", "RssShmem"))

    def ours(pid):
        return parents.get(pid) == os.getpid() or (pid in parents and ours(parents[pid]))

    return sum(size for pid, size in sizes.items() if ours(pid)) / 1024


if __name__ == "__main__":
    main()
