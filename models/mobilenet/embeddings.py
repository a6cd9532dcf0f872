"""What ImageNet MobileNet makes of the bundled crops, so that the page's lesson can begin before the network is there.

    python -m models.mobilenet.embeddings         # writes embeddings_thermal.npz and embeddings_leds.npz beside it

The page embeds the same crops itself meanwhile, says whether both agree, and goes on with its own. A file holds keys
(n, 16) of crops, rows (n, 2 d), float16 as bytes, and the sha256 of the model file. The same input gives the same bytes
on one machine; another one's arithmetic may differ in the last bit of a row.
"""

import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DATASETS = {"thermal": ROOT / "data", "leds": ROOT / "data" / "leds"}
"""The datasets, by the name that the page gives each; see site/shared/displays.js."""


def target(name):
    """The file of a dataset's embeddings."""
    return Path(__file__).with_name(f"embeddings_{name}.npz")


def crops(data):
    """All crops of a dataset: training, testing, and the boxes of all readouts in all frames."""
    from readout.data.dataset import Dataset
    from readout.imaging.crops import cut
    from readout.imaging.images import load_image

    dataset = Dataset.load(data)
    examples = [*(e for each in dataset.training.values() for e in each), *dataset.testing]
    frames = [load_image(path) for path in dataset.frames]
    boxes = [box for readout in dataset.layout.readouts for box in readout.boxes]
    return [*(example.crop for example in examples), *(crop for frame in frames for crop in cut(frame, boxes))]


def main():
    """Write the files."""
    sys.path.insert(0, str(ROOT / "py"))
    from readout.model.embedding_cache import EmbeddingCache
    from readout.model.onnx_backbone import OnnxBackbone
    from readout.model.precomputed import Precomputed

    backbone = OnnxBackbone.named("mobilenet_v1_imagenet")
    for name, data in DATASETS.items():
        distinct = {crop.key: crop for crop in crops(data)}
        rows = EmbeddingCache(backbone).embed(list(distinct.values()))
        found = Precomputed(backbone.sha256, dict(zip(distinct, np.float16(rows), strict=True)))
        target(name).write_bytes(found.to_bytes())
        print(f"{target(name).name}: {len(distinct)} crops, {target(name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
