"""ImageNet MobileNet: its feature maps, and Readout's head on their means."""

from collections.abc import Sequence

import numpy as np
import onnx
import onnxruntime

from readout.errors import ReadoutError
from readout.imaging.crops import Crop
from readout.imaging.resample import resample, to_tensor
from readout.model.backbone import find_model
from readout.model.head import SoftmaxHead

BATCH = 8
SIZE = 224


class FeatureMaps:
    """The last feature maps of MobileNet before they are averaged; those of the last few calls are kept.

    The ONNX file ends in GlobalAveragePool and Flatten: what enters the pool becomes its output.
    """

    def __init__(self, keep: int = 3):
        model = onnx.load(find_model("mobilenet_v1_imagenet"))
        pools = [node for node in model.graph.node if node.op_type == "GlobalAveragePool"]
        if len(pools) != 1:
            raise ReadoutError(
                f"MobileNet v1 has one GlobalAveragePool, got {len(pools)}: make the file with its recipe"
            )
        self._map, self._input = pools[0].input[0], model.graph.input[0].name
        model.graph.output.append(onnx.helper.make_empty_tensor_value_info(self._map))
        options = onnxruntime.SessionOptions()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # costly where cores are shared
        self._session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )
        self._kept: dict[tuple, np.ndarray] = {}
        self._keep = keep

    def of(self, crops: Sequence[Crop]) -> np.ndarray:
        """Feature maps of crops: float32 (n, 1024, 7, 7)."""
        key = tuple(crop.key for crop in crops)
        if key not in self._kept:
            while len(self._kept) >= self._keep:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self._computed(crops)
        return self._kept[key]

    def _computed(self, crops):
        maps = np.empty((len(crops), 1024, SIZE // 32, SIZE // 32), np.float32)
        for start in range(0, len(crops), BATCH):
            x = to_tensor(resample(crops[start : start + BATCH], SIZE))
            maps[start : start + BATCH] = self._session.run([self._map], {self._input: x})[0]
        return maps


class ImageNet:
    """Pooled ImageNet features and Readout's head without a prior."""

    title, zero = "ImageNet MobileNet", False

    def __init__(self, maps: FeatureMaps):
        self._maps = maps

    def features(self, crops: Sequence[Crop]) -> np.ndarray:
        """Embeddings float32 (n, 1024)."""
        return self._maps.of(crops).mean(axis=(2, 3))

    def fit(self, features: np.ndarray, labels: Sequence[str]) -> SoftmaxHead:
        """Readout's head, on the examples as they are."""
        return SoftmaxHead().fit(features, labels)
