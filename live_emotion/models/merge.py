"""Two forms of a trained `Rfam` for inference, both equal to it in numbers.

`fuse_bn` folds every batch normalisation into its convolution and keeps the shortcuts: the
fewest multiply-adds. `merge` also removes the shortcuts (reserve and merge, after Meng et al.,
RMNet, 2021; Jia et al., 2025, section 3.1): a plain stack of convolutions with nearly twice
the multiply-adds but no additions of maps. Which one is faster depends on the machine.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from live_emotion.models.attention import SimAM
from live_emotion.models.rfam import ConvBN, Rfam, RfamBlock


def fused(layer: ConvBN) -> nn.Conv2d:
    """Return one convolution with bias that computes `layer` in evaluation mode."""
    conv, norm = layer.conv, layer.norm
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("a normalisation without running statistics cannot be folded")
    scale = norm.weight.double() / (variance.double() + norm.eps).sqrt()
    return _conv(
        conv.weight.double() * scale[:, None, None, None],
        norm.bias.double() - mean.double() * scale,
        conv.stride[0],
        like=conv.weight,
    )


def fuse_bn(encoder: Rfam) -> Rfam:
    """Return a copy of `encoder`, in evaluation mode, with every normalisation folded."""
    plain = copy.deepcopy(encoder).eval().requires_grad_(False)
    for module in list(plain.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, ConvBN):
                setattr(module, name, fused(child))
    return plain


class PlainBlock(nn.Module):
    """What a residual block becomes: convolution, ReLU (or PReLU), convolution, ReLU."""

    def __init__(self, first: nn.Conv2d, middle: nn.Module, second: nn.Conv2d) -> None:
        super().__init__()
        self.first = first
        self.middle = middle
        self.second = second

    def forward(self, x: Tensor) -> Tensor:
        """Return maps as the block's `RfamBlock` does, without its shortcut."""
        return torch.relu(self.second(self.middle(self.first(x))))


def merge_block(block: RfamBlock, *, nonnegative: bool = True) -> PlainBlock:
    """Return the plain form of a block.

    *Reserve*: the first convolution gains one output channel for each input, with a Dirac
    kernel, so that the input passes beside the features. *Merge*: the second convolution reads
    these channels with the shortcut's kernel (a Dirac one for an identity), which replaces
    the addition.

    Parameters
    ----------
    block
        In evaluation mode its statistics are used as they are.
    nonnegative
        Whether the block's input is never negative. If it can be, PReLU with slope 1 lets the
        reserved channels pass; its slope 0 on the features is ReLU.
    """
    first, second = fused(block.first), fused(block.second)
    inputs, features = first.in_channels, first.out_channels
    like = first.weight
    pass_by = _centred(torch.eye(inputs, dtype=torch.float64, device=like.device))
    grown = _conv(
        torch.cat((_weight(first), pass_by)),
        torch.cat((_bias(first), torch.zeros(inputs, dtype=torch.float64, device=like.device))),
        first.stride[0],
        like=like,
    )
    if block.shortcut is None:
        kernel, shift = pass_by, torch.zeros_like(_bias(second))
    else:
        shortcut = fused(block.shortcut)
        kernel, shift = _centred(_weight(shortcut)[:, :, 0, 0]), _bias(shortcut)
    merged = _conv(torch.cat((_weight(second), kernel), dim=1), _bias(second) + shift, 1, like=like)
    middle: nn.Module = nn.ReLU()
    if not nonnegative:
        middle = nn.PReLU(features + inputs).to(like)
        slopes = torch.cat((torch.zeros(features), torch.ones(inputs)))
        middle.weight.data.copy_(slopes)
        middle.requires_grad_(False)
    return PlainBlock(grown, middle, merged)


class MergedRfam(nn.Module):
    """`Rfam` as a plain stack of convolutions with SimAM between; made by `merge`."""

    def __init__(self, encoder: Rfam) -> None:
        super().__init__()
        self.normalise = copy.deepcopy(encoder.normalise)
        self.stem = fused(encoder.stem)
        self.blocks = nn.Sequential(
            *(merge_block(m) if isinstance(m, RfamBlock) else SimAM() for m in encoder.blocks)
        )
        self.head = copy.deepcopy(encoder.head)

    def forward(self, faces: Tensor) -> Tensor:
        """Return vectors ``(N, 64)`` of faces ``(N, 3, 48, 48)``, RGB, 0..1."""
        x = self.blocks(torch.relu(self.stem(self.normalise(faces))))
        vectors: Tensor = self.head(x.mean((2, 3)))
        return vectors


def merge(encoder: Rfam) -> MergedRfam:
    """Return the plain form of a trained encoder, in evaluation mode."""
    return MergedRfam(encoder).eval().requires_grad_(False)


def _weight(conv: nn.Conv2d) -> Tensor:
    return conv.weight.detach().double()


def _bias(conv: nn.Conv2d) -> Tensor:
    assert conv.bias is not None
    return conv.bias.detach().double()


def _centred(matrix: Tensor) -> Tensor:
    """Return a 3x3 kernel that applies `matrix` ``(out, in)`` at its centre."""
    return torch.nn.functional.pad(matrix[:, :, None, None], (1, 1, 1, 1))


def _conv(weight: Tensor, bias: Tensor, stride: int, *, like: Tensor) -> nn.Conv2d:
    """Return a convolution of given numbers, in the type and on the device of `like`."""
    outputs, inputs, kernel, _ = weight.shape
    conv = nn.Conv2d(inputs, outputs, kernel, stride=stride, padding=kernel // 2)
    conv.weight = nn.Parameter(weight.detach().to(like), requires_grad=False)
    conv.bias = nn.Parameter(bias.detach().to(like), requires_grad=False)
    return conv
