"""The network: a MobileNet for 32 x 32 crops, and its export as ONNX."""

import torch
from torch import nn

from models.common.network import Convolution, Separable
from models.common.onnx_graph import Graph

from .examples import SIZE
from .scenes import CLASSES, TWINS

INPUT, OUTPUT = "crops", "embeddings"

DIM = 160
STEM = 24
BLOCKS = ((32, 1), (96, 2), (96, 1), (96, 1), (192, 2), (192, 1))
"""(channels, stride) of the depthwise-separable blocks; 16 x 16 pixels come in, 4 x 4 go out."""


class Backbone(nn.Module):
    """float32 (n, 3, 32, 32) in [-1, 1] to embeddings (n, DIM).

    The last 4 x 4 pixels are weighed by place instead of averaged, as in MobileFaceNet (Chen et al.
    2018, arXiv:1804.07573): where a stroke is tells a 6 from a 9.
    """

    def __init__(self):
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2, 1)
        channels = [STEM, *(c for c, _ in BLOCKS)]
        self.blocks = nn.Sequential(
            *(Separable(c_in, c, stride=stride) for c_in, (c, stride) in zip(channels, BLOCKS, strict=False))
        )
        self.place = Convolution(channels[-1], channels[-1], 4, groups=channels[-1], relu=False)
        self.embedding = Convolution(channels[-1], DIM, 1, relu=False)

    def forward(self, x):
        return self.embedding(self.place(self.blocks(self.stem(x)))).flatten(1)


def to_onnx(backbone: Backbone) -> bytes:
    """An ONNX model from float32 (n, 3, 32, 32) to (n, DIM); the same weights give the same bytes."""
    graph = Graph()
    x = graph.convolution(INPUT, backbone.stem)
    for block in backbone.blocks:
        x = graph.separable(x, block)
    x = graph.convolution(graph.convolution(x, backbone.place), backbone.embedding)
    graph.add("Flatten", [x], OUTPUT)
    return graph.to_bytes("glyphs", (INPUT, ["n", 3, SIZE, SIZE]), (OUTPUT, ["n", DIM]))


def allowed() -> torch.Tensor:
    """float32 (C, C): row c is 0 for the classes that an example of c may be held against, -inf for its twins."""
    mask = torch.zeros(len(CLASSES), len(CLASSES))
    for a, b in TWINS:
        i, j = CLASSES.index(a), CLASSES.index(b)
        mask[i, j] = mask[j, i] = -torch.inf
    return mask
