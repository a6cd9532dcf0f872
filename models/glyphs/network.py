"""The network: a MobileNet for 32 x 32 crops."""

import torch
from torch import nn

from .scenes import CLASSES, TWINS

DIM = 160
STEM = 24
BLOCKS = ((32, 1), (96, 2), (96, 1), (96, 1), (192, 2), (192, 1))
"""(channels, stride) of the depthwise-separable blocks; 16 x 16 pixels come in, 4 x 4 go out."""


class Block(nn.Module):
    """A depthwise 3 x 3 and a pointwise convolution (MobileNet v1, Howard et al. 2017, arXiv:1704.04861),
    with a shortcut where the shape stays the same (He et al. 2015, arXiv:1512.03385)."""

    def __init__(self, channels_in: int, channels: int, stride: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels_in, channels_in, 3, stride, 1, groups=channels_in, bias=False)
        self.norm1 = nn.BatchNorm2d(channels_in)
        self.pointwise = nn.Conv2d(channels_in, channels, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.shortcut = stride == 1 and channels_in == channels

    def forward(self, x):
        y = torch.relu(self.norm1(self.depthwise(x)))
        y = torch.relu(self.norm2(self.pointwise(y)))
        return x + y if self.shortcut else y


class Backbone(nn.Module):
    """float32 (n, 3, 32, 32) in [-1, 1] to embeddings (n, DIM).

    The last 4 x 4 pixels are weighed by place instead of averaged, as in MobileFaceNet (Chen et al.
    2018, arXiv:1804.07573): where a stroke is tells a 6 from a 9.
    """

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, STEM, 3, 2, 1, bias=False)
        self.norm = nn.BatchNorm2d(STEM)
        channels = [STEM, *(c for c, _ in BLOCKS)]
        self.blocks = nn.Sequential(
            *(Block(c_in, c, stride) for c_in, (c, stride) in zip(channels, BLOCKS, strict=False))
        )
        self.place = nn.Conv2d(channels[-1], channels[-1], 4, groups=channels[-1], bias=False)
        self.norm_place = nn.BatchNorm2d(channels[-1])
        self.embedding = nn.Conv2d(channels[-1], DIM, 1, bias=False)
        self.norm_embedding = nn.BatchNorm2d(DIM)

    def forward(self, x):
        x = torch.relu(self.norm(self.stem(x)))
        x = self.norm_place(self.place(self.blocks(x)))
        return self.norm_embedding(self.embedding(x)).flatten(1)


class Classifier(nn.Module):
    """The backbone and the layer that it is trained with, which becomes the prior head."""

    def __init__(self):
        super().__init__()
        self.backbone = Backbone()
        self.head = nn.Linear(DIM, len(CLASSES))

    def forward(self, x):
        return self.head(self.backbone(x))


def allowed() -> torch.Tensor:
    """float32 (C, C): row c is 0 for the classes that an example of c may be held against, -inf for its twins."""
    mask = torch.zeros(len(CLASSES), len(CLASSES))
    for a, b in TWINS:
        i, j = CLASSES.index(a), CLASSES.index(b)
        mask[i, j] = mask[j, i] = -torch.inf
    return mask
