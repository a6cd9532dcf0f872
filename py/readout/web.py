"""The one module that knows Pyodide: JavaScript values in, JavaScript values out."""

import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from importlib.machinery import FileFinder, ModuleSpec, PathFinder
from typing import Any

import numpy as np
import numpy.ma  # np.unique asks for it: here it is in the snapshot, and unpacks nothing
from js import Object
from pyodide.ffi import JsBuffer, JsProxy, to_js

from .model.backbone import Card, check_input
from .model.prior import Prior
from .workbench.calls import find
from .workbench.demo import Demo
from .workbench.workbench import Workbench


class WebBackbone:
    """A backbone whose network runs in onnxruntime-web; see `readout.model.backbone.AsyncBackbone`.

    prior: bytes of the backbone's .npz file, or None. run: JavaScript function from a float32 array
    (n, 3, s, s) to a promise of a Float32Array (n * d).
    """

    def __init__(self, card: Card, prior: bytes | None, run: Callable[[np.ndarray], Awaitable[Any]], workers: int):
        self.name, self.input_size, self.dim, self.sha256 = card.name, card.input_size, card.dim, card.sha256
        self.stride = card.stride
        self.prior = Prior.from_bytes(prior) if prior else None
        self.workers = workers
        self._run = run

    async def embed(self, x: np.ndarray) -> np.ndarray:
        """float32 (n, 3, s, s) in [-1, 1] to float32 (n, d), or strips (n, 3, s, w) to columns (n, t, d)."""
        rows = await self._run(check_input(self, x))
        shape = (len(x), -1, self.dim) if self.stride else (len(x), self.dim)
        return np.asarray(rows.to_py(), np.float32).reshape(shape)


class WebSession:
    """The user's own project and the demo, whose methods take JavaScript values and return promises of them."""

    def __init__(self, folder: str, frames: Any, card: str, prior: Any, run: Any, workers: int):
        """frames: JavaScript array of the names of the demo's frames; see `Demo` for them and `folder`."""
        backbone = _backbone(card, prior, run, workers)
        self._bench, self._demo = Workbench(backbone), Demo(folder, frames.to_py(), backbone)
        self._lines: WebBackbone | None = None

    def open_demo(self, folder: str, frames: Any) -> None:
        """Show another dataset in place of the demo's, with the same backbone; see `Demo`."""
        self._demo = Demo(folder, frames.to_py(), self._demo.bench.learner.backbone)
        if self._lines:
            self._demo.use_lines(self._lines)

    def use(self, card: str, prior: Any, run: Any, workers: int) -> None:
        """Go on with another backbone, in both projects; see `Workbench.use`."""
        backbone = _backbone(card, prior, run, workers)
        for bench in (self._demo.bench, self._bench):
            bench.use(backbone)

    def use_lines(self, card: str, prior: Any, run: Any, workers: int) -> None:
        """Read windows too; see `Workbench.use_lines` and `Demo.use_lines`."""
        self._lines = _backbone(card, prior, run, workers)
        self._bench.use_lines(self._lines)
        self._demo.use_lines(self._lines)

    async def decode(self, decoder: Any) -> None:
        """Open the dataset with pictures decoded by a JavaScript function; see `Demo.decode`.

        decoder: from a Uint8Array to a promise of {width, height, rgba}.
        """

        async def decode(data: bytes) -> np.ndarray:
            picture = await decoder(to_js(data))
            rgba = np.asarray(picture.rgba.to_py(), np.uint8).reshape(picture.height, picture.width, 4)
            return np.ascontiguousarray(rgba[:, :, :3])

        await self._demo.decode(decode)

    async def call(self, method: str, arguments: Any, progress: Any) -> Any:
        """Call `method`, of the form namespace/name, as `find` knows it, with an object of arguments.

        Methods that take a `progress` get one that hands its dictionaries to the JavaScript function.
        """
        function = find(self._bench, self._demo, method)
        values = {name: _from_js(value) for name, value in Object.entries(arguments)}
        if "progress" in inspect.signature(function).parameters:
            values["progress"] = lambda news: progress(_to_js(news))
        result = function(**values)
        return _to_js(await result if inspect.isawaitable(result) else result)


def run_lesson(data: Any, card: str, prior: Any, code: Any) -> Any:
    """Run the lesson with edited code; see `readout.evaluation.edited_code.run`. code: JavaScript object by source."""
    from .evaluation import edited_code  # no part of a first visit

    return _to_js(edited_code.run(_from_js(data), _backbone(card, prior, None, 1), code.to_py()))


class WhenImported:
    """Finds modules of packages that are in memory only as far as they were imported when the snapshot was taken."""

    def __init__(self, unpack: Callable[[str], bool]):
        """unpack: JavaScript function that unpacks a package by its name; false where it knows none, or did before."""
        self._unpack = unpack

    def find_spec(self, name: str, path: Sequence[str] | None, target: Any = None) -> ModuleSpec | None:
        """As Python's own path finder, once the package is there."""
        if not self._unpack(name.partition(".")[0]):
            return None
        for finder in sys.path_importer_cache.values():
            if isinstance(finder, FileFinder):  # nothing is added to the zip of the standard library, which takes long
                finder.invalidate_caches()
        return PathFinder.find_spec(name, path, target)


def complete(unpack: Callable[[str], bool]) -> None:
    """Have packages unpacked when a module of theirs is missing; see `WhenImported`."""
    sys.meta_path.append(WhenImported(unpack))


def _backbone(card: str, prior: Any, run: Any, workers: int) -> WebBackbone:
    return WebBackbone(Card.from_json(card), _from_js(prior), run, workers)


def _from_js(value: Any) -> Any:
    if isinstance(value, JsBuffer):
        return value.to_bytes() if getattr(value, "BYTES_PER_ELEMENT", 1) == 1 else np.asarray(value.to_py())
    return value.to_py() if isinstance(value, JsProxy) else value


def _to_js(value: Any) -> Any:
    return to_js(value, dict_converter=Object.fromEntries, create_pyproxies=False)
