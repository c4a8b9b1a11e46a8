"""Nested hierarchical transformer (NesT-B): V2EM's encoder of mel pieces.

Zhang et al., "Nested Hierarchical Transformer" (AAAI 2022): attention runs inside blocks of
8x8 positions that do not overlap; between the levels a 3x3 convolution and a pooling by 2 join
four blocks into one. Wei, Huang and Zhang (2023) feed it a mel piece cut into four strips of 32
bands, as a map of 4x32x32 with patches of one position, and put two linear layers behind.

With four input channels and the 1000-way head that nobody uses the base size has 67,244,648
parameters; the papers say 67.24 and 67.25 M.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.models.bands import BandNormalisation
from live_emotion.models.focalnet import DropPath
from live_emotion.models.sizes import VECTOR_WIDTH, NestSizes

SIDE = 32  # of the map that a piece is reshaped to
STRIPS = 4
HEAD_CLASSES = 1000  # of the published network
_NORM_EPS = 1e-6


class NestLayer(nn.Module):
    """Pre-norm transformer layer whose attention stays inside each block of positions."""

    def __init__(self, width: int, heads: int, mlp_ratio: float) -> None:
        super().__init__()
        self.heads = heads
        hidden = int(width * mlp_ratio)
        self.norm_attention = nn.LayerNorm(width, eps=_NORM_EPS)
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)
        self.norm_mlp = nn.LayerNorm(width, eps=_NORM_EPS)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.drop_path = DropPath(0.0)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``(n, blocks, positions, width)`` of the same."""
        x = x + self.drop_path(self._attend(self.norm_attention(x)))
        out: Tensor = x + self.drop_path(self.mlp(self.norm_mlp(x)))
        return out

    def _attend(self, x: Tensor) -> Tensor:
        n, blocks, positions, width = x.shape
        split = self.project_in(x).reshape(n * blocks, positions, 3, self.heads, -1)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(query, key, value)
        out: Tensor = self.project_out(mixed.transpose(1, 2).reshape(n, blocks, positions, width))
        return out


class NestLevel(nn.Module):
    """One level: learned positions are added to each block, then the layers run.

    Parameters
    ----------
    width, depth, heads
        Channels, number of layers, heads of each.
    side
        Of the level's map; must be a multiple of `block`.
    block
        Side of a block.
    mlp_ratio
        Hidden width of a layer's perceptron against its own.
    """

    def __init__(
        self, width: int, depth: int, heads: int, *, side: int, block: int, mlp_ratio: float
    ) -> None:
        super().__init__()
        self.block = block
        self.position = nn.Parameter(torch.zeros(1, (side // block) ** 2, block * block, width))
        nn.init.trunc_normal_(self.position, std=0.02)
        self.layers = nn.Sequential(*(NestLayer(width, heads, mlp_ratio) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, C, S, S)`` of the same shape."""
        n, c, side, _ = x.shape
        grid, b = side // self.block, self.block
        # Positions of a block beside each other: (n, grid * grid, b * b, c).
        x = x.reshape(n, c, grid, b, grid, b).permute(0, 2, 4, 3, 5, 1)
        x = self.layers(x.reshape(n, grid * grid, b * b, c) + self.position)
        x = x.reshape(n, grid, grid, b, b, c).permute(0, 5, 1, 3, 2, 4)
        return x.reshape(n, c, side, side)


class Aggregation(nn.Module):
    """From one level to the next: 3x3 convolution, LayerNorm over channels, pooling by 2."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.norm = nn.LayerNorm(outputs, eps=_NORM_EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, outputs, S / 2, S / 2)`` of ``(N, inputs, S, S)``."""
        x = self.norm(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return F.max_pool2d(x, 3, stride=2, padding=1)


class NestTrunk(nn.Module):
    """The network up to its last normalised map, ``(N, 4, 32, 32)`` to ``(N, C, 8, 8)``.

    Parameters
    ----------
    sizes
        Widths, depths and heads of the levels.
    with_head
        Whether to carry the published 1000-way head, which no score here needs.
    """

    def __init__(self, sizes: NestSizes, *, with_head: bool = False) -> None:
        super().__init__()
        self.patches = nn.Conv2d(STRIPS, sizes.widths[0], 1)
        levels: list[nn.Module] = []
        joins: list[nn.Module] = [nn.Identity()]
        side = SIDE
        for k, (width, depth, heads) in enumerate(
            zip(sizes.widths, sizes.depths, sizes.heads, strict=True)
        ):
            if k:
                joins.append(Aggregation(sizes.widths[k - 1], width))
                side //= 2
            levels.append(
                NestLevel(
                    width, depth, heads, side=side, block=sizes.block, mlp_ratio=sizes.mlp_ratio
                )
            )
        self.joins = nn.ModuleList(joins)
        self.levels = nn.ModuleList(levels)
        self.norm = nn.LayerNorm(sizes.widths[-1], eps=_NORM_EPS)
        self.side = side
        self.classes = nn.Linear(sizes.widths[-1], HEAD_CLASSES) if with_head else None

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, C, S, S)`` of maps ``(N, 4, 32, 32)``."""
        x = self.patches(x)
        for join, level in zip(self.joins, self.levels, strict=True):
            x = level(join(x))
        out: Tensor = self.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return out


class NestVoice(BandNormalisation):
    """V2EM's voice encoder: raw log-mel pieces ``(N, 1, 128, 32)`` to ``(N, 64)``.

    Parameters
    ----------
    sizes
        Of the trunk, and of the hidden linear layer behind it.
    """

    def __init__(self, sizes: NestSizes) -> None:
        super().__init__()
        self.trunk = NestTrunk(sizes)
        self.hidden = nn.Linear(self.trunk.side**2 * sizes.widths[-1], sizes.hidden)
        self.head = nn.Linear(sizes.hidden, VECTOR_WIDTH)

    def forward(self, mel: Tensor) -> Tensor:
        """Return vectors ``(N, 64)`` of raw log-mel pieces ``(N, 1, 128, 32)``."""
        strips = self.normalised(mel).reshape(-1, STRIPS, SIDE, SIDE)
        maps = self.trunk(strips)
        vectors: Tensor = self.head(torch.relu(self.hidden(maps.flatten(1))))
        return vectors
