"""`readout watch` as a program of its own, and what it is given to see."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from readout.imaging.images import load_image
from readout.layout.frame import Frame
from readout.layout.layout import Layout
from readout.model.onnx_backbone import OnnxBackbone
from readout.project.document import Document
from readout.project.project_file import BackboneId, Project
from readout.video.anchor import Anchor
from tests.core.displays import drawn
from tests.shaken import ANCHOR, covered, moved

SIZE = (160, 48)
WINDOW = "20,4,120,40"
PATIENCE_S = 90.0
"""Nothing here waits so long unless it fails: a machine may be busy."""


def display(text, seed=0):
    """A picture of a display, uint8 RGB (48, 160, 3)."""
    return drawn(text, seed, SIZE)


def put(folder, name, text, seed=0):
    """A picture of a display in a folder, there at once and whole, as a careful camera does it."""
    hidden = folder / f".{name}"
    Image.fromarray(display(text, seed)).save(hidden, "PNG")
    hidden.rename(folder / name)


def reading(text="12.5", confirmed=True, flags=(), readout="speed"):
    """What `Live.read` gives of a readout."""
    return {
        "readout": readout,
        "text": text,
        "value": float(text),
        "note": "",
        "confidence": 0.98765,
        "flags": list(flags),
        "confirmed": confirmed,
    }


def until(found, what):
    """Wait until `found()` gives something that is true, and return that."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited for {what}, in vain; at last {found()!r}")


class Watching:
    """A run; `with Watching(...) as run` ends it as systemd does. said: what is on standard error so far."""

    def __init__(self, source, *arguments, serve=True, log=None, env=None):
        self._log = Path(log)
        command = [sys.executable, "-m", "readout", "watch", str(source), *map(str, arguments)]
        served = ["--serve", "0"] if serve else []
        with self._log.open("wb") as file:
            settings = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
            self.process = subprocess.Popen([*command, *served], stderr=file, env=settings)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self, number=signal.SIGTERM):
        """End it. Returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(PATIENCE_S)
        return status

    @property
    def said(self):
        return self._log.read_text()

    @property
    def url(self):
        """Where it serves."""
        mark = "the values are at "

        def address():
            assert self.process.poll() is None, self.said
            return next((each for each in self.said.splitlines() if mark in each), "")

        return until(address, "its address").split(mark)[1]

    def json(self):
        """What /json says."""
        with urllib.request.urlopen(f"{self.url}json", timeout=PATIENCE_S) as answer:
            return json.load(answer)

    def held(self):
        """What /json says of its first readout, {} before the first frame."""
        return next(iter(self.json()["readouts"]), {})


def noise(seed):
    """A picture that shows nothing."""
    return np.random.default_rng(seed).integers(0, 255, (48, 160, 3)).astype(np.uint8)


ROOT = Path(__file__).resolve().parents[2]
FRAME = "image-0001.png"


def anchored_project(path):
    """A project whose boxes follow the word LIVE in a bundled frame. Returns what that shows at the top."""
    pixels = load_image(ROOT / "data" / "frames" / FRAME)
    layout = Layout.from_json((ROOT / "data" / "layout.json").read_text())
    anchor = Anchor.of(FRAME, tuple(ANCHOR), pixels, (0, 0))
    document = Document(layout=replace(layout, anchor=tuple(map(float, ANCHOR))), anchor=anchor)
    backbone = OnnxBackbone.named()
    frames = [Frame(FRAME, 1024, 768)]
    path.write_bytes(Project("live", BackboneId(backbone.name, backbone.sha256), frames, document).to_bytes())
    return dict(line.split(",") for line in (ROOT / "data" / "labels.csv").read_text().splitlines()[1:])[FRAME]


def anchored_frame(move):
    """The first bundled frame, as a camera sees it that has moved by so many pixels, or to which LIVE is covered."""
    picture = Image.open(ROOT / "data" / "frames" / FRAME).convert("RGB")
    return covered(picture) if move is None else moved(picture, *move)
