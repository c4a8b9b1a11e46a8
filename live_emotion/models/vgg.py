"""VGG encoders of FE2E, for faces and for mel pieces.

Dai et al., "Multimodal End-to-End Sparse Model for Emotion Recognition" (NAACL 2021, section
4.2), without its sparse convolutions: a 5x5 convolution, then blocks of two 3x3 convolutions
(Simonyan and Zisserman, ICLR 2015), each with batch normalisation and ReLU, pooled by 2 between
the stages and behind the last, and two linear layers.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.models.bands import BandNormalisation
from live_emotion.models.rfam import FACE_SIZE, ConvBN, FaceNormalisation
from live_emotion.models.sizes import VECTOR_WIDTH, VggSizes

MEL_SHAPE = (128, 32)


class ConvStem(nn.Module):
    """A 5x5 convolution with bias, batch normalisation, ReLU; maps keep their size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 5, padding=2)
        self.norm: nn.BatchNorm2d | None = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, outputs, H, W)`` of ``(N, inputs, H, W)``."""
        x = self.conv(x)
        return torch.relu(x if self.norm is None else self.norm(x))

    def fuse(self) -> None:
        """Fold the normalisation into the convolution, in place, for inference only."""
        norm = self.norm
        if norm is None:
            return
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = self.conv.weight.double() * scale[:, None, None, None]
        old = cast(Tensor, self.conv.bias).double()
        bias = (old - norm.running_mean.double()) * scale + norm.bias.double()
        with torch.no_grad():
            self.conv.weight.copy_(weight)
            cast(Tensor, self.conv.bias).copy_(bias)
        self.norm = None


class VggBlock(nn.Module):
    """Two 3x3 convolutions, each with batch normalisation and ReLU."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first = ConvBN(inputs, outputs, 3)
        self.second = ConvBN(outputs, outputs, 3)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, outputs, H, W)`` of ``(N, inputs, H, W)``."""
        return torch.relu(self.second(torch.relu(self.first(x))))


class VggTrunk(nn.Module):
    """Maps to one vector: stem, stages of blocks, a hidden linear layer and the last.

    Parameters
    ----------
    sizes
        Widths of the stem, of every block by stage, and of the hidden linear layer.
    channels
        Of the input: 3 for faces, 1 for mel pieces.
    shape
        Height and width of the input.
    """

    def __init__(self, sizes: VggSizes, channels: int, shape: tuple[int, int]) -> None:
        super().__init__()
        self.stem = ConvStem(channels, sizes.stem)
        stages: list[nn.Module] = []
        width = sizes.stem
        for widths in sizes.stages:
            blocks: list[nn.Module] = []
            for outputs in widths:
                blocks.append(VggBlock(width, outputs))
                width = outputs
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        height, breadth = (pooled_side(side, len(stages)) for side in shape)
        self.hidden = nn.Linear(height * breadth * width, sizes.hidden)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, hidden)`` of maps ``(N, channels, *shape)``."""
        x = F.max_pool2d(self.stem(x), 2)
        for stage in self.stages:
            x = F.max_pool2d(stage(x), 2)
        return torch.relu(self.hidden(x.flatten(1)))


class VggFace(nn.Module):
    """FE2E's face encoder: ``(N, 3, 48, 48)`` to ``(N, 64)``."""

    def __init__(self, sizes: VggSizes) -> None:
        super().__init__()
        self.normalise = FaceNormalisation()
        self.trunk = VggTrunk(sizes, 3, (FACE_SIZE, FACE_SIZE))
        self.head = nn.Linear(sizes.hidden, VECTOR_WIDTH)

    def forward(self, faces: Tensor) -> Tensor:
        """Return vectors ``(N, 64)`` of faces ``(N, 3, 48, 48)``, RGB, 0..1."""
        vectors: Tensor = self.head(self.trunk(self.normalise(faces)))
        return vectors


class VggVoice(BandNormalisation):
    """FE2E's voice encoder: raw log-mel pieces ``(N, 1, 128, 32)`` to ``(N, 64)``."""

    def __init__(self, sizes: VggSizes) -> None:
        super().__init__()
        self.trunk = VggTrunk(sizes, 1, MEL_SHAPE)
        self.head = nn.Linear(sizes.hidden, VECTOR_WIDTH)

    def forward(self, mel: Tensor) -> Tensor:
        """Return vectors ``(N, 64)`` of raw log-mel pieces ``(N, 1, 128, 32)``."""
        vectors: Tensor = self.head(self.trunk(self.normalised(mel)))
        return vectors


def pooled_side(side: int, stages: int) -> int:
    """Return what is left of a side after the pooling behind the stem and behind each stage."""
    return int(side) >> (stages + 1)
