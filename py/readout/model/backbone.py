"""What a backbone is: a network without its last layer, and the card that describes its file."""

from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ..errors import ReadoutError, quoted
from ..files.json_fields import check, parse
from .prior import Prior

if TYPE_CHECKING:
    from .head import SoftmaxHead

DEFAULT = "glyphs"


class Identity(Protocol):
    """Which backbone: its name, and the sha256 of its file."""

    @property
    def name(self) -> str: ...

    @property
    def sha256(self) -> str: ...


class BackboneInfo(Protocol):
    """What is known of a backbone without running it.

    input_size: s, the side of its crops in pixels, or the height of its strips. dim: d, the length of its embeddings.
    sha256: of its file. stride: of a line backbone, pixels of a strip for each column; 0 of one for crops.
    prior: what a head on it knows before the first example, or None.
    """

    name: str
    input_size: int
    dim: int
    sha256: str
    prior: Prior | None
    stride: int


class Backbone(BackboneInfo, Protocol):
    """Turns crops into embeddings at once."""

    def embed(self, x: np.ndarray) -> np.ndarray:
        """float32 (n, 3, s, s) in [-1, 1] to float32 (n, d)."""


class AsyncBackbone(BackboneInfo, Protocol):
    """Turns crops into embeddings elsewhere, with `workers` answering in parallel, as in the page."""

    workers: int

    def embed(self, x: np.ndarray) -> Awaitable[np.ndarray]:
        """float32 (n, 3, s, s) in [-1, 1] to float32 (n, d)."""


@dataclass(frozen=True)
class Card:
    """The facts about a model file that its JSON card, beside it, states.

    stride: of a line backbone, pixels of a strip for each column; 0 of one that takes square crops.
    """

    name: str
    file: str
    sha256: str
    bytes: int
    input_size: int
    dim: int
    input: str
    output: str
    stride: int = 0

    @classmethod
    def from_json(cls, text: str) -> "Card":
        """Parse a card; fields beyond these (licence, source, figures) are for people."""
        fields = check(parse(text, "a model card"), "a model card", dict)
        missing = [key for key in cls.__dataclass_fields__ if key not in fields and key != "stride"]
        if missing:
            raise ReadoutError(f"a model card lacks {', '.join(missing)}: make it again with the model's recipe")
        return cls(**{key: fields[key] for key in cls.__dataclass_fields__ if key in fields})


def find_model(name: str) -> Path:
    """The ONNX file of a backbone named by its stem: in the installed package, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    folders = [package / "models", package.parents[1] / "models"]
    for folder in folders:
        if (folder / f"{name}.onnx").is_file():
            return folder / f"{name}.onnx"
    known = sorted({path.stem for folder in folders for path in folder.glob("*.onnx")})
    raise ReadoutError(
        f"a backbone is named by its file's stem, got {quoted(name)}: use one of {', '.join(known) or 'none'}"
    )


def check_input(backbone: BackboneInfo, x: np.ndarray) -> np.ndarray:
    """Return x as contiguous float32, or raise ReadoutError if it is no batch for this backbone."""
    x = np.ascontiguousarray(x, np.float32)
    s = backbone.input_size
    if backbone.stride:
        if x.ndim != 4 or x.shape[1:3] != (3, s):
            raise ReadoutError(f"{backbone.name} takes strips of shape (n, 3, {s}, w), got {x.shape}: resample them")
    elif x.ndim != 4 or x.shape[1:] != (3, s, s):
        raise ReadoutError(f"{backbone.name} takes crops of shape (n, 3, {s}, {s}), got {x.shape}: resample them")
    if not np.isfinite(x).all() or np.abs(x).max(initial=0) > 1:
        raise ReadoutError(f"{backbone.name} takes crops scaled to [-1, 1], got other values: use imaging.to_tensor")
    return x


def check_trained_on(head: "SoftmaxHead", backbone: Identity) -> None:
    """Raise ReadoutError when a head was trained on the embeddings of another backbone."""
    if head.backbone_sha256 not in (None, backbone.sha256):
        raise ReadoutError(
            f"this head was trained on the backbone {head.backbone_sha256[:12]}…, got {backbone.name} "
            f"({backbone.sha256[:12]}…): train it again, or use the backbone it knows"
        )
