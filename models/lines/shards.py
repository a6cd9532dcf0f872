"""Strips in files, drawn by a process of their own while training goes on; the same seed gives the same strips."""

import multiprocessing
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.glyphs.scenes import Scenery
from readout.imaging.strips import levels

from .strips import STYLES, strips

SIZE = 2048
"""Strips in a shard."""
AHEAD = 6
"""How many shards are drawn before they are asked for: processors are for training where there is enough."""


@dataclass
class Shard:
    """pixels: uint8 (32, all widths, 3), strip beside strip. ends: where each ends. texts, others: labels.

    modes, loose, styles: see `strips.Strip`. middles, spans: (n, 3), see `readout.imaging.strips.levels`.
    """

    pixels: np.ndarray
    ends: np.ndarray
    texts: list[str]
    others: list[str]
    modes: np.ndarray
    loose: np.ndarray
    styles: np.ndarray
    middles: np.ndarray
    spans: np.ndarray

    def __len__(self):
        return len(self.ends)

    def strip(self, k: int) -> np.ndarray:
        """uint8 (32, w, 3)."""
        return self.pixels[:, self.ends[k - 1] if k else 0 : self.ends[k]]


def draw_shard(scenery: Scenery, seed: int, index: int, size: int = SIZE) -> Shard:
    """The shard of that index."""
    source = strips(np.random.default_rng([seed, index]), scenery)
    drawn = [next(source) for _ in range(size)]
    middles, spans = zip(*(levels(strip.pixels) for strip in drawn), strict=True)
    return Shard(
        np.concatenate([strip.pixels for strip in drawn], axis=1),
        np.cumsum([strip.pixels.shape[1] for strip in drawn]),
        [strip.text for strip in drawn],
        [strip.other for strip in drawn],
        np.array([strip.mode for strip in drawn], np.uint8),
        np.array([strip.loose for strip in drawn]),
        np.array([STYLES.index(strip.style) for strip in drawn], np.uint8),
        np.array(middles),
        np.array(spans),
    )


class Shards:
    """Shards in a folder, by index. One that is not there yet is waited for, or drawn where no other process draws."""

    def __init__(self, folder: Path, scenery: Scenery, seed: int, count: int, size: int = SIZE):
        self.waits = False
        self.folder, self.scenery, self.seed, self.count, self.size = folder, scenery, seed, count, size
        self._process: multiprocessing.Process | None = None
        self._newest = multiprocessing.Value("i", 0)

    def __getstate__(self):
        """Another process reads the same folder, and waits for the drawing that was begun here."""
        return {**self.__dict__, "_process": None, "_newest": None, "waits": True, "scenery": None}

    def load(self, index: int) -> Shard:
        """Read a shard; it is drawn here where its file is missing and no other process works ahead."""
        path = self._path(index)
        while not path.exists():
            if self.waits or (self._process is not None and self._process.is_alive()):
                time.sleep(0.5)
            else:
                self._draw(index)
        with np.load(path) as arrays:
            fields = {name: arrays[name] for name in arrays.files}
        fields["texts"], fields["others"] = (str(fields[name]).split("\n") for name in ("texts", "others"))
        return Shard(**fields)

    def draw_ahead(self) -> None:
        """Start a process that draws all shards, in order."""
        self._process = multiprocessing.get_context("fork").Process(target=self._draw_all, daemon=True)
        self._process.start()

    def want(self, index: int) -> None:
        """Say that this shard is needed soon: those up to it, and a few more, are drawn."""
        if self._newest:
            self._newest.value = index

    def stop(self) -> None:
        """End that process."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            self._process.join()

    def _draw_all(self):
        parent = os.getppid()
        for index in range(self.count):
            while index > self._newest.value + AHEAD and os.getppid() == parent:
                time.sleep(1)
            if os.getppid() != parent:
                return
            if not self._path(index).exists():
                self._draw(index)

    def _draw(self, index):
        shard = draw_shard(self.scenery, self.seed, index, self.size)
        self.folder.mkdir(parents=True, exist_ok=True)
        unfinished = self.folder / f"{os.getpid()}.part"
        fields = dict(shard.__dict__)
        fields["texts"], fields["others"] = "\n".join(shard.texts), "\n".join(shard.others)
        with unfinished.open("wb") as file:
            np.savez(file, **fields)
        unfinished.replace(self._path(index))

    def _path(self, index):
        return self.folder / f"{self.seed}-{index:05d}.npz"
