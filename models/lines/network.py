"""The network: a MobileNet over a strip, that keeps a column for each two pixels."""

import torch
from torch import nn

from .texts import CLASSES

DIM = 160
STEM = 24
BLOCKS = ((32, 1), (64, 2), (64, 1), (96, 2), (96, 1), (128, 1))
"""(channels, stride down) of the depthwise-separable blocks: 16 rows come in, 4 go out; no block halves the width."""
CONTEXT = (5, 9, 9, 7)
"""Widths of the depthwise convolutions along the columns: each column hears of two or three digits on either side."""
STRIDE = 2
"""Pixels of the strip for each column."""


class Convolution(nn.Module):
    """A convolution and its normalisation, and then a ReLU."""

    def __init__(self, channels_in: int, channels: int, kernel, stride=1, padding=0, groups: int = 1):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return torch.relu(self.norm(self.conv(x)))


class Separable(nn.Module):
    """A depthwise and a pointwise convolution (MobileNet v1, Howard et al. 2017, arXiv:1704.04861),
    with a shortcut where the shape stays the same (He et al. 2015, arXiv:1512.03385)."""

    def __init__(self, channels_in: int, channels: int, kernel=(3, 3), down: int = 1):
        super().__init__()
        padding = tuple(k // 2 for k in kernel)
        self.depthwise = Convolution(channels_in, channels_in, kernel, 1, padding, channels_in)
        self.pointwise = Convolution(channels_in, channels, 1)
        self.down = down
        self.shortcut = down == 1 and channels_in == channels

    def forward(self, x):
        y = self.depthwise(x)
        if self.down > 1:  # the same as a stride, whose gradient is slow on CPUs
            y = y[:, :, :: self.down]
        y = self.pointwise(y)
        return x + y if self.shortcut else y


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


class Reader(nn.Module):
    """The backbone and the layer that it is trained with, which becomes the prior head: logits (n, w / 2, classes)."""

    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(DIM, len(CLASSES))

    def forward(self, x):
        return self.head(self.backbone(x))
