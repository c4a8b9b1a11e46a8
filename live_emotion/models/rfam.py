"""Residual-free attention network: one face crop in, one vector out.

Jia et al. (PMLR 260, 2025, section 3.1). It is trained with shortcuts (this file) and can be
turned into a plain stack of convolutions that computes the same (`live_emotion.models.merge`),
after Meng et al., RMNet (2021). SimAM stands after each block, not inside its residual branch,
where it could not be merged.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from live_emotion.models.attention import SimAM
from live_emotion.models.sizes import VECTOR_WIDTH, RfamSizes

FACE_SIZE = 48


class ConvBN(nn.Sequential):
    """Convolution without bias, then batch normalisation."""

    conv: nn.Conv2d
    norm: nn.BatchNorm2d

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride=stride, padding=kernel // 2, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs)


class RfamBlock(nn.Module):
    """``relu(norm(conv(relu(norm(conv(x))))) + shortcut(x))``.

    The shortcut is the input itself, or a 1x1 convolution with its normalisation where stride
    or width change. The input must not be negative (it never is behind a ReLU and SimAM's
    positive gate), else merging needs PReLU, see `live_emotion.models.merge`.
    """

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.first = ConvBN(inputs, outputs, 3, stride)
        self.second = ConvBN(outputs, outputs, 3)
        same = stride == 1 and inputs == outputs
        self.shortcut = None if same else ConvBN(inputs, outputs, 1, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, outputs, H / stride, W / stride)`` of ``(N, inputs, H, W)``."""
        beside = x if self.shortcut is None else self.shortcut(x)
        return torch.relu(self.second(torch.relu(self.first(x))) + beside)


class FaceNormalisation(nn.Module):
    """Subtract the training faces' mean and divide by their deviation, both fixed."""

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.full((3,), 0.5))
        self.register_buffer("deviation", torch.full((3,), 0.25))

    def forward(self, faces: Tensor) -> Tensor:
        """Return faces ``(N, 3, H, W)`` normalised."""
        return (faces - self.mean[:, None, None]) / self.deviation[:, None, None]


class Rfam(nn.Module):
    """Residual-free attention network in the form it is trained in.

    Parameters
    ----------
    sizes
        Widths and numbers of blocks of the stages; each stage begins with stride 2.
    """

    def __init__(self, sizes: RfamSizes) -> None:
        super().__init__()
        self.normalise = FaceNormalisation()
        self.stem = ConvBN(3, sizes.widths[0], 3)
        self.blocks = nn.Sequential(*_blocks(sizes))
        self.head = nn.Linear(sizes.widths[-1], VECTOR_WIDTH)

    def forward(self, faces: Tensor) -> Tensor:
        """Return vectors ``(N, 64)``.

        Parameters
        ----------
        faces
            ``(N, 3, 48, 48)`` float, RGB, 0..1. Grey faces have three equal channels.
        """
        x = self.blocks(torch.relu(self.stem(self.normalise(faces))))
        vectors: Tensor = self.head(x.mean((2, 3)))
        return vectors


def _blocks(sizes: RfamSizes) -> Iterable[nn.Module]:
    inputs = sizes.widths[0]
    for width, depth in zip(sizes.widths, sizes.depths, strict=True):
        for k in range(depth):
            yield RfamBlock(inputs, width, stride=2 if k == 0 else 1)
            yield SimAM()
            inputs = width
