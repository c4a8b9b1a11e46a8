"""How an audio encoder's maps shrink: by patches, as published, or by residual convolutions.

Convolutions in front of a network of linear layers let it learn sooner and from fewer data
(Xiao et al., "Early Convolutions Help Transformers See Better", NeurIPS 2021).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PatchEmbedding(nn.Module):
    """Non-overlapping patches through one convolution, then LayerNorm."""

    def __init__(self, channels: int, width: int, patch: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, width, patch, stride=patch)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, H / patch, W / patch, width)`` of a map ``(N, channels, H, W)``."""
        out: Tensor = self.norm(self.conv(x).permute(0, 2, 3, 1))
        return out


class ResidualHalving(nn.Module):
    """Two 3x3 convolutions with stride 2 beside a 1x1 one (He et al., CVPR 2016)."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, width, 3, stride=2, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        self.short = nn.Conv2d(channels, width, 1, stride=2, bias=False)
        self.short_norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(N, H / 2, W / 2, width)`` of a map ``(N, channels, H, W)``."""
        inner = torch.relu(self.first_norm(self.first(x)))
        out = torch.relu(self.second_norm(self.second(inner)) + self.short_norm(self.short(x)))
        return out.permute(0, 2, 3, 1)


class _ChannelsFirst(nn.Module):
    """Turns ``(N, H, W, C)`` into ``(N, C, H, W)``."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 3, 1, 2)


def convolutional_stem(width: int, patch: int) -> nn.Sequential:
    """Return layers from ``(N, 1, H, W)`` to ``(N, width, 2 H / patch, 2 W / patch)``.

    Raises
    ------
    ValueError
        If `patch` is not a power of two from 4 up: one more halving follows in the first stage.
    """
    halvings = patch.bit_length() - 1
    if patch < 4 or patch != 1 << halvings:
        raise ValueError(f"a stem needs a patch that is a power of two from 4 up, not {patch}")
    layers: list[nn.Module] = [
        nn.Conv2d(1, width, 5, stride=2, padding=2, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU(),
    ]
    for _ in range(halvings - 2):
        layers += [ResidualHalving(width, width), _ChannelsFirst()]
    return nn.Sequential(*layers)
