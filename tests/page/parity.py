"""Runs in the page's Python: every bundled crop, and every box of every frame, as a backbone of `size` sees them."""

import hashlib
from pathlib import Path

from readout.data.dataset import Dataset
from readout.imaging.crops import cut
from readout.imaging.images import load_image
from readout.imaging.resample import resample, to_tensor

dataset = Dataset.load(Path("/dataset"))
crops = [example.crop for examples in dataset.training.values() for example in examples]
crops += [example.crop for example in dataset.testing]
for path in dataset.frames:
    for readout in dataset.layout.readouts:
        crops += cut(load_image(path), readout.boxes)

{
    "crops": [hashlib.sha256(resample([crop], size).tobytes()).hexdigest() for crop in crops],
    "tensor": lambda k: to_tensor(resample(crops[k : k + 1], size)),
}
