"""Blocks of small MobileNets."""

import torch
from torch import nn


class Convolution(nn.Module):
    """A convolution without bias and its normalisation, and then, with `relu`, a ReLU."""

    def __init__(self, channels_in: int, channels: int, kernel, stride=1, padding=0, groups: int = 1, relu=True):
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels, kernel, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.relu = relu

    def forward(self, x):
        x = self.norm(self.conv(x))
        return torch.relu(x) if self.relu else x


class Separable(nn.Module):
    """A depthwise and a pointwise convolution (MobileNet v1, Howard et al. 2017, arXiv:1704.04861),
    with a shortcut where the shape stays the same (He et al. 2015, arXiv:1512.03385).

    down: only every so many rows go on, the same as a stride of (down, 1), whose gradient is slow on CPUs.
    """

    def __init__(self, channels_in: int, channels: int, kernel=(3, 3), stride: int = 1, down: int = 1):
        super().__init__()
        padding = tuple(k // 2 for k in kernel)
        self.depthwise = Convolution(channels_in, channels_in, kernel, stride, padding, channels_in)
        self.pointwise = Convolution(channels_in, channels, 1)
        self.down = down
        self.shortcut = stride == down == 1 and channels_in == channels

    def forward(self, x):
        y = self.depthwise(x)
        if self.down > 1:
            y = y[:, :, :: self.down]
        y = self.pointwise(y)
        return x + y if self.shortcut else y


class Classifier(nn.Module):
    """A backbone and the layer that it is trained with, which becomes the prior head: logits (…, classes)."""

    def __init__(self, backbone: nn.Module, dim: int, classes: int):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        return self.head(self.backbone(x))
