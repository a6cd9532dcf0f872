"""How fast digits are read, beside the ml5 way: `python build.py --bench throughput [--json]`.

In one Chromium, one after the other: an ml5.js page's way (TensorFlow.js, WebAssembly, one thread,
one call a crop, the same ImageNet weights; ml5.js says what it does), and Readout's page with each
backbone. All learn 4 sets of the bundled data and read the first readout of 50 frames, 240 crops, no
two of which are equal, so Readout's cache spares it none. The page as it is shipped has as many
embedder workers as the machine has cores, up to four. `one crop` is one thread everywhere; TensorFlow.js
gets one a call, as ml5 does it, and onnxruntime eight, because Readout sends it batches. Most of the
ml5 way's learning is TensorFlow.js multiplying transposed matrices. Compare ratios, not milliseconds.
"""

import json
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from benchmarks._mobilenet import read_layers, write_layers
from readout.data.dataset import Dataset
from readout.evaluation.score import evaluate
from readout.imaging.resample import resample, to_tensor
from readout.model.backbone import find_model
from readout.model.onnx_backbone import OnnxBackbone
from tooling import npm
from tooling.serve import serve
from tooling.venv import Venv

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "benchmarks"
CACHE = ROOT / ".cache" / "benchmarks"
TFJS_WASM = "node_modules/@tensorflow/tfjs-backend-wasm/dist/"
IMAGENET = "mobilenet_v1_imagenet"
BACKBONES = {"imagenet": IMAGENET, "glyphs": "glyphs"}
"""Names in the page's `?backbone=`, and the stems of their files in models/."""

SETS = 4
CROPS = 8
WARM_UP = 10
CALLS = {"ml5": 40, "imagenet": 8, "glyphs": 100}
ROUNDS = 3
AGREEMENT = 1e-2
WAYS = {"ml5": "ml5 way", "imagenet": "ImageNet", "glyphs": "glyphs"}
ROWS = (
    ("crop_ms", "one crop, backbone only, ms", "{:.2f}", True),
    ("train_s", f"learning {10 * SETS} examples, s", "{:.2f}", True),
    ("fit_s", "  of that, fitting the head, s", "{:.2f}", False),
    ("read_s", "reading 50 frames, s", "{:.2f}", True),
    ("job_s", "the whole job, s", "{:.2f}", True),
    ("digits_per_s", "digits read a second", "{:.0f}", False),
    ("digits_correct", "digits right, of 200", "{:.0f}", False),
    ("pool", "two workers against one, times", "{:.2f}", False),
    ("native_crop_ms", "natively: one crop, one thread, ms", "{:.2f}", False),
    ("native_ratio", "  one crop, browser / native", "{:.1f}", False),
    ("native_job_s", "  the whole job, one thread, s", "{:.2f}", False),
    ("native_job_ratio", "  the whole job, browser / native", "{:.1f}", False),
)


def main() -> None:
    dataset = Dataset.load(ROOT / "data")
    prepare()
    with serve(ROOT) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("READOUT_CHROMIUM") or None, args=["--no-sandbox", "--disable-gpu"]
        )
        figures = {"ml5": ml5_way(browser, server.url, dataset)}
        for way, name in BACKBONES.items():
            figures[way] = readouts_way(browser, server.url, dataset, way, name)
        browser.close()
    print(json.dumps(figures) if "--json" in sys.argv else table(figures))


def prepare() -> None:
    """Bundle ml5.js with TensorFlow.js, and write the network for it, into the cache."""
    CACHE.mkdir(parents=True, exist_ok=True)
    options = ["--bundle", "--format=esm", "--platform=browser", "--target=es2022", "--minify"]
    npm.esbuild(npm.find_node(Venv(ROOT)), ROOT, [str(HERE / "ml5.js"), *options, f"--outfile={CACHE / 'ml5.js'}"])
    write_layers(read_layers(find_model(IMAGENET)), CACHE)


def write_crops(dataset: Dataset, size: int) -> np.ndarray:
    """The first CROPS training crops as a backbone takes them, float32 (n, 3, size, size); also into a file."""
    x = to_tensor(resample([example.crop for example in dataset.first_sets(1)[:CROPS]], size))
    (CACHE / f"crops-{size}.bin").write_bytes(x.tobytes())
    return x


def ml5_way(browser: Browser, url: str, dataset: Dataset) -> dict:
    """The job in TensorFlow.js, then its milliseconds a crop.

    Raises RuntimeError unless it runs in WebAssembly with SIMD on one thread and computes the
    embeddings that onnxruntime does.
    """
    x = write_crops(dataset, 224)
    page = browser.new_page()
    page.goto(f"{url}.cache/benchmarks/mobilenet.json")
    page.evaluate("async (url) => { globalThis.ml5 = await import(url); }", f"{url}.cache/benchmarks/ml5.js")
    started = page.evaluate(
        "(args) => ml5.start(args)", {"wasm": f"{url}{TFJS_WASM}", "files": f"{url}.cache/benchmarks/"}
    )
    if (started["backend"], started["simd"], started["threads"]) != ("wasm", True, False):
        raise RuntimeError(f"TensorFlow.js is to run in wasm with SIMD on one thread, it says {started}")
    training = [{"url": f"{url}data/{each.source}", "label": each.label} for each in dataset.first_sets(SETS)]
    frames = [f"{url}data/frames/{path.name}" for path in dataset.frames]
    readout = dataset.require_layout().readouts[0]
    options = {"training": training, "frames": frames, "boxes": [list(box) for box in readout.boxes]}
    job = page.evaluate("(args) => ml5.job(args)", options)
    truths = [readout.split(dataset.truths[path.name]) for path in dataset.frames]
    crops = f"{url}.cache/benchmarks/crops-224.bin"
    check_agreement(np.array(page.evaluate("(url) => ml5.embeddings(url)", crops)), x)
    options = {"url": crops, "warmUp": WARM_UP, "calls": CALLS["ml5"]}
    times = page.evaluate("(args) => ml5.timing(args)", options)
    page.close()
    correct = int((np.array(job["labels"]) == np.array(truths)).sum())
    return {"crop_ms": median(times), **job_figures(job, correct), "tfjs": started["version"]}


def check_agreement(theirs: np.ndarray, x: np.ndarray) -> None:
    """Raise RuntimeError unless TensorFlow.js computed what onnxruntime does for the crops x."""
    ours = OnnxBackbone(find_model(IMAGENET), threads=1).embed(x)
    difference = (np.linalg.norm(theirs - ours, axis=1) / np.linalg.norm(ours, axis=1)).max()
    if not difference < AGREEMENT:
        raise RuntimeError(
            f"TensorFlow.js and onnxruntime have the same weights, their embeddings differ by {difference:.2g} of "
            f"their length, {AGREEMENT} is allowed: look at benchmarks/_mobilenet.py and ml5.js"
        )


def readouts_way(browser: Browser, url: str, dataset: Dataset, way: str, name: str) -> dict:
    """The job in Readout's page, milliseconds a crop of its embedder, and both natively; or why they are missing."""
    if not (ROOT / "dist" / "models" / f"{name}.onnx").is_file():
        return {"skipped": f"there is no models/{name}.onnx"}
    page = browser.new_page()
    page.add_init_script(path=HERE / "job.js")
    page.goto(f"{url}dist/?backbone={way}&sets={SETS}")
    job = page.evaluate("finishedJob")
    page.close()
    figures = {"skipped": f"the page does not know ?backbone={way}"}
    if any(model.endswith(f"/{name}.onnx") for model in job["models"]):
        figures = job_figures(job, int(re.match(r"(\d+) of 200 digits", job["score"])[1]))
    backbone = OnnxBackbone(find_model(name), threads=1)
    figures |= embedders(browser, url, dataset, way, backbone) | natively(dataset, backbone, CALLS[way])
    figures["native_ratio"] = figures["crop_ms"] / figures["native_crop_ms"]
    if "job_s" in figures:
        figures["native_job_ratio"] = figures["job_s"] / figures["native_job_s"]
    return figures


def job_figures(job: dict, correct: int) -> dict:
    """Of the seconds of a job and the digits it got right, what the table shows."""
    return {
        "train_s": job["train_s"],
        "fit_s": job["fit_s"],
        "read_s": job["read_s"],
        "job_s": job["train_s"] + job["read_s"],
        "digits_per_s": 200 / job["read_s"],
        "digits_correct": correct,
    }


def embedders(browser: Browser, url: str, dataset: Dataset, way: str, backbone: OnnxBackbone) -> dict:
    """Milliseconds a crop of one embedder worker, and how much more two of them do."""
    size = backbone.input_size
    write_crops(dataset, size)
    page = browser.new_page()
    page.goto(f"{url}dist/manifest.json")
    start = (ROOT / "tests" / "page" / "embedder.js").read_text(encoding="utf-8")
    measure = (HERE / "embedders.js").read_text(encoding="utf-8")
    result = page.evaluate(
        f"(options) => ({measure})({start}, options)",
        {
            "model": f"models/{BACKBONES[way]}",
            "crops": f"{url}.cache/benchmarks/crops-{size}.bin",
            "size": size,
            "warmUp": WARM_UP,
            "calls": CALLS[way],
            "rounds": ROUNDS,
        },
    )
    page.close()
    return {"crop_ms": median(result["times"]) / CROPS, "pool": median(result["gains"])}


def natively(dataset: Dataset, backbone: OnnxBackbone, calls: int) -> dict:
    """Milliseconds a crop and seconds of the whole job in native onnxruntime on one thread."""
    x = write_crops(dataset, backbone.input_size)
    times = []
    for _ in range(WARM_UP + calls):
        start = time.perf_counter()
        backbone.embed(x)
        times.append(1000 * (time.perf_counter() - start))
    start = time.perf_counter()
    evaluate(replace(dataset, testing=[]), backbone, SETS)
    return {"native_crop_ms": median(times[WARM_UP:]) / CROPS, "native_job_s": time.perf_counter() - start}


def table(figures: dict[str, dict]) -> str:
    """The figures of each way as text; where seconds are compared, how many times as fast as the ml5 way."""
    lines = [f"{'':38}" + "".join(f"{title:>12}" for title in WAYS.values())]
    for key, title, form, compared in ROWS:
        values = [figures[way].get(key) for way in WAYS]
        lines.append(f"{title:38}" + "".join(f"{'' if v is None else form.format(v):>12}" for v in values))
        if compared:
            ratios = ["" if v is None else f"{values[0] / v:.1f}" for v in values]
            lines.append(f"{'  times as fast':38}" + "".join(f"{ratio:>12}" for ratio in ratios))
    lines += [f"{WAYS[way]}: {each['skipped']}" for way, each in figures.items() if "skipped" in each]
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
