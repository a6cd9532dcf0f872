"""From a dropped clip to its CSV in the page: interactions and seconds; and how long the finder takes for a frame.

    python build.py --bench first_table [--runs=3] [--seconds=30] [--json]

Clips: the bundled one, and one of 1920 x 1080 that is drawn here, 30 frames a second, with four numbers over a picture
that moves: a stopwatch, a speed, a temperature and a counter, in the font that comes with Pillow. Each is dropped on a
page that has just been opened, whose Python is still starting; everything that is found first is read. Interactions:
the drop, and clicks that the browser counts. Found, first value, CSV: seconds since the drop. Processor: seconds of all
of the browser's threads together, and of its busiest one, in which Python runs: on a loaded machine these say more.
Finder: milliseconds between two frames that were searched, once the lines that do not change are known (the median), in
the same drawing with 1280 x 720 pixels, on one thread of WebAssembly.
"""

import argparse
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Playwright, sync_playwright

from data.displays.scenery import photographs
from tests.page.helpers import browser_of, open_profile
from tooling.serve import serve

ROOT = Path(__file__).resolve().parents[1]
RATE = 30
LABELS = ("ELAPSED", "SPEED", "TEMPERATURE", "COUNT")
WATCH = """() => {
  globalThis.clicks = 0;
  globalThis.searched = [];
  addEventListener("click", (event) => event.isTrusted && clicks++, true);
  const look = () => {
    const value = document.querySelector(".suggestions-state progress")?.value;
    if (value !== undefined && searched.at(-1)?.[0] !== value) searched.push([value, performance.now()]);
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true });
}"""
"""Counts clicks, and notes when each frame had been searched."""


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=30, help="of the clip that is drawn")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    figures = {}
    with tempfile.TemporaryDirectory() as folder, serve(ROOT / "dist") as server, sync_playwright() as playwright:
        clips = {"bundled clip": (ROOT / "data" / "clip.webm", 2)}
        for name, size, seconds in (("drawn, 1080p", (1920, 1080), options.seconds), ("drawn, 720p", (1280, 720), 8)):
            clips[name] = Path(folder) / f"{size[1]}.mp4", len(LABELS)
            draw(clips[name][0], size, seconds)
        for name, (clip, numbers) in clips.items():
            figures[name] = [taken(playwright, server.url, clip, numbers) for _ in range(options.runs)]
            if not options.json:
                print(line(name, figures[name]), flush=True)
    if options.json:
        print(json.dumps(figures))
    return 0


def draw(path: Path, size: tuple[int, int], seconds: int) -> None:
    """A clip of four numbers, each with a word above it."""
    width, height = size
    scale = height / 1080
    ground = photographs()[0].resize((width + width // 8, height), Image.Resampling.BILINEAR)
    large, small = (ImageFont.load_default(each * scale / 0.72) for each in (48, 20))
    panel = Image.new("RGB", size)
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"crf": "23", "preset": "ultrafast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt, stream.time_base = width, height, "yuv420p", Fraction(1, RATE)
        for k in range(seconds * RATE):
            x = (k * width // 8) // (seconds * RATE)
            panel.paste(ground.crop((x, 0, x + width, height)))
            pen = ImageDraw.Draw(panel)
            for number, (word, text) in enumerate(zip(LABELS, shown(k), strict=True)):
                left, top = (0.08 + 0.6 * (number % 2)) * width, (0.1 + 0.65 * (number // 2)) * height
                pen.rectangle((left, top, left + 400 * scale, top + 150 * scale), fill=(16, 20, 28))
                pen.text((left + 20 * scale, top + 12 * scale), word, font=small, fill=(150, 170, 190))
                pen.text((left + 20 * scale, top + 130 * scale), text, font=large, fill=(245, 245, 240), anchor="ls")
            output.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(panel), format="rgb24")))
        output.mux(stream.encode())


def shown(k: int) -> tuple[str, str, str, str]:
    """What the four numbers show in a frame: they change with each third frame, five, two times a second and once."""
    tenths = k // 3
    speed = 90 + 60 * np.sin(k // 6 / 9)
    return f"{tenths // 10 % 60}.{tenths % 10}", f"{speed:.0f}", f"{18 + (k // 15) % 37 * 0.3:.1f}", f"{4180 + k // 30}"


def taken(playwright: Playwright, url: str, clip: Path, numbers: int) -> dict:
    """What it takes in one page that has just been opened."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        context = open_profile(playwright.chromium, Path(profile))
        page = context.new_page()
        page.add_init_script(f"({WATCH})()")
        page.goto(f"{url}#bench/frames")
        browser = browser_of(Path(profile))
        before, start = threads(browser), time.perf_counter()
        page.locator("input[type=file][multiple]").first.set_input_files(clip)
        read_all = page.get_by_role("button", name="Read all")
        page.locator(".suggestions > ul .suggestion").first.wait_for()
        found, offered = time.perf_counter() - start, read_all.inner_text()
        read_all.click()
        page.locator("table.readings td.text").first.wait_for()
        first = time.perf_counter() - start
        with page.expect_download() as download:
            page.get_by_role("button", name="Download CSV").click()
        path = download.value.path()
        done = time.perf_counter() - start
        used = {thread: spent - before.get(thread, 0.0) for thread, spent in threads(browser).items()}
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        searched, clicks = page.evaluate("[searched, clicks]")
        context.close()
    steps = [b[1] - a[1] for a, b in pairwise(searched[3:])]
    return {
        "interactions": 1 + clicks,
        "offered": offered,
        "found_s": found,
        "first_value_s": first,
        "csv_s": done,
        "processor_s": sum(used.values()),
        "python_s": max(used.values()),
        "finder_ms": statistics.median(steps) if steps else None,
        "rows": len(rows),
        "read": sum(bool(row["text"]) for row in rows),
        "numbers": numbers,
        "load": os.getloadavg()[0],
    }


def threads(browser: int) -> dict[tuple[int, int], float]:
    """Seconds of the processor by process and thread, of a browser and all that it has started; on a Linux."""
    parents, spent = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(_stat(folder)[1])
        except OSError:
            continue
    for process in parents:
        above = process
        while above in parents and above != browser:
            above = parents[above]
        if above == browser:
            for task in Path(f"/proc/{process}/task").glob("[0-9]*"):
                try:
                    user, system = _stat(task)[11:13]
                except OSError:
                    continue
                spent[process, int(task.name)] = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def _stat(folder: Path) -> list[str]:
    """The fields of a process or thread behind its name, which may hold blanks."""
    return (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()


def line(name: str, runs: list[dict]) -> str:
    """One clip for people: medians."""
    middle = {key: statistics.median(run[key] for run in runs) for key in runs[0] if key != "offered" and runs[0][key]}
    return (
        f"{name}: {middle['interactions']:.0f} interactions ({runs[0]['offered']}), found {middle['found_s']:.1f} s, "
        f"first value {middle['first_value_s']:.1f} s, CSV {middle['csv_s']:.1f} s with {middle['read']:.0f} of "
        f"{middle['rows']:.0f} rows read; processor {middle['processor_s']:.1f} s, its busiest thread "
        f"{middle['python_s']:.1f} s; finder {middle.get('finder_ms', 0):.0f} ms a frame; load {middle['load']:.1f}"
    )


if __name__ == "__main__":
    sys.exit(main())
