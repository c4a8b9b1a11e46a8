"""RepVGG face encoder of V2EM: three branches a block in training, one convolution after.

Ding et al., "RepVGG: Making VGG-style ConvNets Great Again" (CVPR 2021): a block adds up a 3x3
convolution, a 1x1 convolution and (where widths agree) the input itself, each behind a batch
normalisation of its own. All three are linear, so that for inference they are one 3x3
convolution. Wei, Huang and Zhang (IEEE Trans. Broadcasting 69, 2023) stack them as V2EM's face
encoder: 1,811,584 parameters before fusing, without the linear layers.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.models.merge import fused
from live_emotion.models.rfam import FACE_SIZE, ConvBN, FaceNormalisation
from live_emotion.models.sizes import VECTOR_WIDTH, RepVggSizes
from live_emotion.models.vgg import ConvStem, pooled_side


class RepVggBlock(nn.Module):
    """``relu(norm(conv3x3(x)) + norm(conv1x1(x)) + norm(x))``, the last where widths agree."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.wide = ConvBN(inputs, outputs, 3)
        self.narrow = ConvBN(inputs, outputs, 1)
        self.identity = nn.BatchNorm2d(inputs) if inputs == outputs else None

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, outputs, H, W)`` of ``(N, inputs, H, W)``."""
        total = self.wide(x) + self.narrow(x)
        if self.identity is not None:
            total = total + self.identity(x)
        return torch.relu(total)


class PlainRepVggBlock(nn.Module):
    """What a block becomes: one 3x3 convolution and a ReLU."""

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        """Return the same maps as the block that this was fused from."""
        return torch.relu(self.conv(x))


class RepVgg(nn.Module):
    """V2EM's face encoder in the form it is trained in.

    A 5x5 convolution, then pooling by 2 before the blocks of each stage and behind the last;
    the map that is left goes through two linear layers.

    Parameters
    ----------
    sizes
        Widths of the stem, of every block by stage, and of the hidden linear layer.
    """

    def __init__(self, sizes: RepVggSizes) -> None:
        super().__init__()
        self.normalise = FaceNormalisation()
        self.stem = ConvStem(3, sizes.stem)
        stages: list[nn.Module] = []
        width = sizes.stem
        for widths in sizes.stages:
            blocks: list[nn.Module] = []
            for outputs in widths:
                blocks.append(RepVggBlock(width, outputs))
                width = outputs
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.hidden = nn.Linear(pooled_side(FACE_SIZE, len(stages)) ** 2 * width, sizes.hidden)
        self.head = nn.Linear(sizes.hidden, VECTOR_WIDTH)

    def forward(self, faces: Tensor) -> Tensor:
        """Return vectors ``(N, 64)`` of faces ``(N, 3, 48, 48)``, RGB, 0..1."""
        x = F.max_pool2d(self.stem(self.normalise(faces)), 2)
        for stage in self.stages:
            x = F.max_pool2d(stage(x), 2)
        vectors: Tensor = self.head(torch.relu(self.hidden(x.flatten(1))))
        return vectors


def fuse_block(block: RepVggBlock) -> PlainRepVggBlock:
    """Return a block, in evaluation mode, as one 3x3 convolution (section 3.3).

    A normalisation is folded into its convolution; a 1x1 kernel is a 3x3 one that is zero but at
    its centre; the input itself is a 1x1 convolution with the identity matrix.
    """
    wide, narrow = fused(block.wide), fused(block.narrow)
    weight = wide.weight.double() + F.pad(narrow.weight.double(), (1, 1, 1, 1))
    assert wide.bias is not None and narrow.bias is not None
    bias = wide.bias.double() + narrow.bias.double()
    if block.identity is not None:
        norm = block.identity
        assert norm.running_mean is not None and norm.running_var is not None
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = weight + F.pad(torch.diag(scale)[:, :, None, None], (1, 1, 1, 1))
        bias = bias + norm.bias.double() - norm.running_mean.double() * scale
    conv = nn.Conv2d(wide.in_channels, wide.out_channels, 3, padding=1)
    conv.weight = nn.Parameter(weight.detach().to(wide.weight), requires_grad=False)
    conv.bias = nn.Parameter(bias.detach().to(wide.weight), requires_grad=False)
    return PlainRepVggBlock(conv)


def fuse_repvgg(encoder: RepVgg) -> RepVgg:
    """Return a copy of `encoder` in evaluation mode, every block one convolution.

    It computes the same, to about 1e-6 in float32.
    """
    plain = copy.deepcopy(encoder).eval().requires_grad_(False)
    for stage in plain.stages:
        assert isinstance(stage, nn.Sequential)
        for k, block in enumerate(stage):
            assert isinstance(block, RepVggBlock)
            stage[k] = fuse_block(block)
    plain.stem.fuse()
    return plain
