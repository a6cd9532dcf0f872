"""The methods that the accuracy benchmark compares.

A method has a `title`, `zero` (whether it answers without an example), `features(crops)`, whose
result can be sliced, and `fit(features, labels)`. What that returns has `classes_` and
`predict_proba(features)`.
"""

from readout.errors import ReadoutError
from readout.model.backbone import find_model

from .glyphs import Glyphs
from .imagenet import FeatureMaps, ImageNet
from .ml5 import Ml5
from .pixels import Pixels

NAMES = ("glyphs", "imagenet", "ml5", "pixels")
NEEDS = {"glyphs": "glyphs", "imagenet": "mobilenet_v1_imagenet", "ml5": "mobilenet_v1_imagenet"}
"""The model file that a method needs."""


def missing_model(name: str) -> str | None:
    """Why a method can't be measured, or None."""
    try:
        find_model(NEEDS[name]) if name in NEEDS else None
    except ReadoutError:
        return f"{name}: left out, because models/{NEEDS[name]}.onnx is missing: make it with its recipe"
    return None


def create(names: list[str]) -> dict[str, object]:
    """The methods of these names; those on ImageNet features share them."""
    unknown = sorted(set(names) - set(NAMES))
    if unknown:
        raise ReadoutError(f"a method is one of {', '.join(NAMES)}, got {unknown[0]!r}: choose one of them")
    maps = FeatureMaps() if {"imagenet", "ml5"} & set(names) else None
    make = {"glyphs": Glyphs, "imagenet": lambda: ImageNet(maps), "ml5": lambda: Ml5(maps), "pixels": Pixels}
    return {name: make[name]() for name in names}
