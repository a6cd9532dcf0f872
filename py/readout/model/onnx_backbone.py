"""The backbone outside the browser, in onnxruntime."""

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime

from ..errors import ReadoutError
from .backbone import DEFAULT, Card, check_input, find_model
from .prior import load_prior


class OnnxBackbone:
    """A backbone from an ONNX file and its card; see `readout.model.backbone.Backbone`.

    Raises ReadoutError when a file is missing or is not the one that the card describes.
    """

    def __init__(self, path: Path, threads: int = 0):
        path = Path(path)
        try:
            data = path.read_bytes()
            card = Card.from_json(path.with_suffix(".json").read_text(encoding="utf-8"))
        except OSError as error:
            raise ReadoutError(
                f"{error.filename} cannot be read ({error.strerror}): make it with its recipe"
            ) from error
        self.sha256 = hashlib.sha256(data).hexdigest()
        if self.sha256 != card.sha256:
            raise ReadoutError(
                f"{path} has sha256 {self.sha256[:12]}…, its card says {card.sha256[:12]}…: "
                "restore the file, or make both again with the recipe"
            )
        self.name, self.input_size, self.dim, self.stride = card.name, card.input_size, card.dim, card.stride
        self.prior = load_prior(path)
        self._input, self._output = card.input, card.output
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    @classmethod
    def named(cls, name: str = DEFAULT) -> "OnnxBackbone":
        """The bundled backbone of that name."""
        return cls(find_model(name))

    def embed(self, x: np.ndarray) -> np.ndarray:
        """float32 (n, 3, s, s) in [-1, 1] to float32 (n, d), or strips (n, 3, s, w) to columns (n, t, d)."""
        x = check_input(self, x)
        return self._session.run([self._output], {self._input: x})[0]
