"""The network: a MobileNet over a strip, that keeps a column for each two pixels, and its export as ONNX."""

import numpy as np
from torch import nn

from models.common.network import Convolution, Separable
from models.common.onnx_graph import Graph
from readout.imaging.strips import HEIGHT

INPUT, OUTPUT = "strips", "columns"

DIM = 160
STEM = 24
BLOCKS = ((32, 1), (64, 2), (64, 1), (96, 2), (96, 1), (128, 1))
"""(channels, stride down) of the depthwise-separable blocks: 16 rows come in, 4 go out; no block halves the width."""
CONTEXT = (5, 9, 9, 7)
"""Widths of the depthwise convolutions along the columns: each column hears of two or three digits on either side."""
STRIDE = 2
"""Pixels of the strip for each column."""


class Backbone(nn.Module):
    """float32 (n, 3, 32, w) in [-1, 1], w even, to columns (n, w / 2, DIM)."""

    def __init__(self):
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2, 1)
        channels = [STEM, *(c for c, _ in BLOCKS)]
        self.blocks = nn.Sequential(
            *(Separable(c_in, c, down=down) for c_in, (c, down) in zip(channels, BLOCKS, strict=False))
        )
        self.collapse = Convolution(channels[-1], channels[-1], (4, 1), groups=channels[-1])
        self.widen = Convolution(channels[-1], DIM, 1)
        self.context = nn.Sequential(*(Separable(DIM, DIM, (1, k)) for k in CONTEXT))

    def forward(self, x):
        return self.context(self.widen(self.collapse(self.blocks(self.stem(x))))).squeeze(2).transpose(1, 2)


def to_onnx(backbone: Backbone) -> bytes:
    """An ONNX model from float32 (n, 3, 32, w) to (n, w / 2, DIM), n and w free; equal weights give equal bytes."""
    graph = Graph()
    x = graph.convolution(INPUT, backbone.stem)
    for block in backbone.blocks:
        x = graph.separable(x, block)
    x = graph.convolution(graph.convolution(x, backbone.collapse), backbone.widen)
    for block in backbone.context:
        x = graph.separable(x, block)
    x = graph.add("Squeeze", [x, graph.weight("row", np.array([2], np.int64))])
    graph.add("Transpose", [x], OUTPUT, perm=[0, 2, 1])
    return graph.to_bytes("lines", (INPUT, ["n", 3, HEIGHT, "w"]), (OUTPUT, ["n", "t", DIM]))
