"""Reading clips against decoding them, in one run.

    python build.py --bench video [--frames=6000] [--long=100000] [--json]

Clips are the bundled frames as a camera would film them: noise of its own in every frame, 30 frames a second, and a
new value now and then. Each is decoded alone, all frames thrown away at once, then dropped into the page with its
layout and read, then decoded again; the ratio is reading over the mean of the two. Last a clip of very many frames is
read: its memory is that of all Chromium processes after each tenth.
"""

import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.workbench import CHROMIUM, PATIENCE_MS, drop, open_workbench, resident
from readout.data.dataset import Dataset
from readout.imaging.images import load_image
from readout.layout.layout import Layout, Readout
from tests.page.modules import served
from tooling.serve import serve

ROOT = Path(__file__).resolve().parents[1]
RATE = 30
SEGMENT = 600
"""Frames that are encoded; a clip shows them again and again."""
SETTLE_MS = 8000
"""The page's code is compiled to the end meanwhile."""
CLIPS = {
    "H.264 1080p, a new value each half second": ("libx264", (1920, 1080), 15, {"crf": "26", "preset": "veryfast"}),
    "VP9 768p, a new value each half second": (
        "libvpx-vp9",
        (1024, 768),
        15,
        {"crf": "36", "b": "0", "deadline": "realtime", "cpu-used": "8"},
    ),
    "H.264 768p, a new value each half second": ("libx264", (1024, 768), 15, {"crf": "26", "preset": "veryfast"}),
    "H.264 768p, a new value each frame": ("libx264", (1024, 768), 1, {"crf": "18", "preset": "veryfast"}),
}
LONG = ("libx264", (1024, 768), 15, {"crf": "28", "preset": "veryfast"})
DECODE = "async (file) => (await (await globalThis.clip).decode()).seconds"
OPEN = """() => {
  globalThis.clip = import("./modules.js").then(({ openClip }) => openClip(document.querySelector("input").files[0]));
  return globalThis.clip.then(({ times }) => times.length);
}"""


def main() -> None:
    def option(name, default):
        return int(next((each.split("=")[1] for each in sys.argv if each.startswith(f"--{name}=")), default))

    frames, many = option("frames", 6000), option("long", 100_000)
    figures = {}
    with tempfile.TemporaryDirectory() as folder, serve(ROOT / "dist") as site, sync_playwright() as playwright:
        folder = Path(folder)
        (folder / "modules").mkdir()
        with served(folder / "modules", ["media/video_source.js"], ["workers/video.js"]) as modules:
            for title, making in CLIPS.items() if frames else ():
                clip, layout = film(folder, *making, frames)
                with tempfile.TemporaryDirectory() as profile:
                    browser = playwright.chromium.launch_persistent_context(profile, **CHROMIUM)
                    figures[title] = compare(browser, modules, site.url, clip, layout, truths(frames, making[2]))
                    browser.close()
                print(f"{title}: {say(figures[title])}")
            if many:
                clip, layout = film(folder, *LONG, many)
                with tempfile.TemporaryDirectory() as profile:
                    browser = playwright.chromium.launch_persistent_context(profile, **CHROMIUM)
                    figures["long"] = at_length(browser.new_page(), site.url, clip, layout, many)
                    browser.close()
                long = figures["long"]
                print(
                    f"{long['frames']:,} frames read in {long['read_s']:.0f} s, "
                    f"{long['frames'] / long['read_s']:.0f} a second, "
                    f"longest task {long['longest_task_ms']:.0f} ms; MB after each tenth: "
                    + ", ".join(f"{each:.0f}" for each in long["memory_mb"])
                )
    if "--json" in sys.argv:
        print(json.dumps(figures))


def say(figure: dict) -> str:
    return (
        f"decoding {figure['decode_s']:.2f} s, reading {figure['read_s']:.2f} s: {figure['ratio']:.2f} times; "
        f"{figure['right']:.2%} of the readings right"
    )


def film(folder: Path, codec: str, size: tuple[int, int], hold: int, options: dict, count: int) -> tuple[Path, Path]:
    """A clip of `count` frames and its layout; see `truths`."""
    dataset = Dataset.load(ROOT / "data")
    pictures = [load_image(path) for path in dataset.frames]
    scale = size[1] / pictures[0].shape[0]
    margin = (size[0] - round(pictures[0].shape[1] * scale)) // 2
    rng = np.random.default_rng(0)
    grain = [rng.normal(0, 2, (size[1], size[0], 1)).astype(np.float32) for _ in range(8)]
    shown = {}
    packets = []
    suffix = "webm" if "vp" in codec else "mp4"
    path = folder / f"{codec}-{size[1]}-{hold}-{count}.{suffix}"
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.options = *size, "yuv420p", options
        for k in range(min(count, SEGMENT)):
            value = k // hold % len(pictures)
            if value not in shown:
                wide = np.zeros((size[1], size[0], 3), np.uint8)
                scaled = Image.fromarray(pictures[value]).resize((size[0] - 2 * margin, size[1]), Image.BICUBIC)
                wide[:, margin : margin + scaled.width] = np.asarray(scaled)
                shown = {value: wide.astype(np.float32)}
            pixels = np.clip(shown[value] + grain[k % len(grain)] + 0.5, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
            frame.pts, frame.time_base = k, Fraction(1, RATE)
            packets += stream.encode(frame)
        packets += stream.encode()
        stored = [(bytes(p), p.pts, p.dts, p.is_keyframe, p.time_base) for p in packets]
        for turn in range(-(-count // SEGMENT)):
            for data, pts, dts, key, base in stored[: count - turn * SEGMENT]:
                packet = av.Packet(data)
                shift = round(turn * SEGMENT / RATE / base)
                packet.stream, packet.time_base, packet.is_keyframe = stream, base, key
                packet.pts, packet.dts = pts + shift, dts + shift
                out.mux(packet)
    layout = Layout(
        size,
        tuple(
            Readout(
                each.name,
                each.format,
                tuple((x * scale + margin, y * scale, w * scale, h * scale) for x, y, w, h in each.boxes),
            )
            for each in dataset.require_layout().readouts
        ),
    )
    where = path.with_suffix("") / "layout.json"
    where.parent.mkdir()
    where.write_text(layout.to_json(), encoding="utf-8")
    return path, where


def truths(count: int, hold: int) -> list[str]:
    """What `top` shows in each frame: a new value every `hold` frames, over and over."""
    values = list(Dataset.load(ROOT / "data").truths.values())
    return [values[k % SEGMENT // hold % len(values)] for k in range(count)]


def compare(browser, modules: str, site: str, clip: Path, layout: Path, shown: list[str]) -> dict:
    """Seconds to decode and to read one clip, in one browser."""
    alone = browser.new_page()
    alone.set_default_timeout(PATIENCE_MS)
    alone.goto(modules)
    alone.locator("input").set_input_files(str(clip))
    if (found := alone.evaluate(OPEN)) != len(shown):
        raise SystemExit(f"{clip.name} has {len(shown)} frames, the page finds {found}")
    before = [alone.evaluate(DECODE) for _ in range(2)][1]  # the first warms up
    page = browser.new_page()
    read_s, csv = read(page, site, clip, layout)
    page.close()
    decode_s = (before + alone.evaluate(DECODE)) / 2
    alone.close()
    tops = [line.split(",")[3] for line in csv.splitlines()[1:] if line.split(",")[2] == "top"]
    right = np.mean([text == truth for text, truth in zip(tops, shown, strict=True)])
    return {"decode_s": decode_s, "read_s": read_s, "ratio": read_s / decode_s, "right": float(right)}


def read(page: Page, site: str, clip: Path, layout: Path) -> tuple[float, str]:
    """Drop a clip with its layout; the seconds from the first chunk asked for to the last reading, and the CSV."""
    open_workbench(page, site)
    page.wait_for_timeout(SETTLE_MS)
    drop(page, [layout, clip])
    wait_until_read(page)
    seconds = (
        page.evaluate(
            "() => performance.getEntriesByName('readout:clips').reduce((sum, { duration }) => sum + duration, 0)"
        )
        / 1000
    )
    page.locator(".views button", has_text="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV", exact=True).click()
    return seconds, download.value.path().read_text(encoding="utf-8")


def wait_until_read(page: Page) -> None:
    page.wait_for_function(
        "() => ['clips', 'all'].every((name) => performance.getEntriesByName(`readout:${name}`).length)",
        timeout=PATIENCE_MS,
        polling=100,
    )


def at_length(page: Page, site: str, clip: Path, layout: Path, frames: int) -> dict:
    """Read a long clip; memory after each tenth, and the longest task on the page's own thread."""
    open_workbench(page, site)
    page.evaluate("""() => { globalThis.tasks = []; new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" }); }""")
    drop(page, [layout, clip])
    memory, start = [], time.perf_counter()
    for tenth in range(1, 11):
        page.wait_for_function(
            """(n) => performance.getEntriesByName('readout:clips').length
              || document.querySelector('.work progress')?.value >= n""",
            arg=frames * tenth // 10,
            timeout=PATIENCE_MS,
            polling=200,
        )
        memory.append(resident())
    wait_until_read(page)
    tasks = page.evaluate("tasks")
    return {
        "frames": frames,
        "read_s": time.perf_counter() - start,
        "memory_mb": memory,
        "longest_task_ms": max(tasks, default=0),
        "tasks_over_100_ms": sum(task > 100 for task in tasks),
    }


if __name__ == "__main__":
    main()
