"""Focal modulation (Yang, Li, Dai and Gao, NeurIPS 2022), which stands in place of attention.

Every position gathers its context by depthwise convolutions of growing reach, gates the levels,
and multiplies the result onto its own query.
"""

from __future__ import annotations

import functools
from typing import Final

import torch
from torch import Tensor, nn


class DepthwiseConv(nn.Conv2d):
    """Depthwise convolution with zero padding, without bias, that trains fast on small maps.

    The backward pass of a 5x5 depthwise convolution is slow on CPUs (14 ms for a hundred maps
    of 4x1, against 1 ms for what follows), so in training on a CPU the convolution of a small map
    is written as one matrix per channel. The numbers are the same.
    """

    _SMALL: Final = 64

    def __init__(self, width: int, kernel: int) -> None:
        super().__init__(width, width, kernel, padding=kernel // 2, groups=width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps ``(N, C, H, W)`` of the same shape."""
        small = x.shape[2] * x.shape[3] <= self._SMALL
        if self.training and small and self.kernel_size[0] > 3 and x.device.type == "cpu":
            return self._as_matrices(x)
        return super().forward(x)

    def _as_matrices(self, x: Tensor) -> Tensor:
        n, c, h, w = x.shape
        size = self.kernel_size[0]
        # The last column of the padded kernel is zero: where an offset lies outside it.
        kernel = nn.functional.pad(self.weight.reshape(c, size * size), (0, 1))
        index = _offsets(h, w, size)
        matrices = kernel[:, index].reshape(c, h * w, h * w)
        out = torch.bmm(x.permute(1, 0, 2, 3).reshape(c, n, h * w), matrices)
        return out.permute(1, 0, 2).reshape(n, c, h, w)


@functools.cache
def _offsets(height: int, width: int, kernel: int) -> Tensor:
    """Return for every pair (input, output) of positions which tap joins them, flat int64."""
    row, column = torch.arange(height), torch.arange(width)
    down = row[:, None, None, None] - row[None, None, :, None] + kernel // 2
    right = column[None, :, None, None] - column[None, None, None, :] + kernel // 2
    inside = (down >= 0) & (down < kernel) & (right >= 0) & (right < kernel)
    return torch.where(inside, down * kernel + right, kernel * kernel).flatten()


class QueryContextGates(nn.Linear):
    """One linear layer to query, context and gates, computed part by part.

    A compiled network then has nothing to cut apart, and gates and context lie the same way.
    That and norms over ``(N, H * W, C)`` take a tenth off the time of FocalNet-S in OpenVINO.
    """

    def __init__(self, width: int, gates: int) -> None:
        super().__init__(width, 2 * width + gates)
        self.parts = [width, width, gates]

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:  # type: ignore[override]
        """Return the query ``(N, H, W, C)``, and context and gates with their channels first."""
        query, context, gates = zip(
            torch.split(self.weight, self.parts), torch.split(self.bias, self.parts), strict=True
        )
        linear = nn.functional.linear
        weight, bias = gates
        return (
            linear(x, *query),
            linear(x, *context).permute(0, 3, 1, 2),
            nn.functional.conv2d(x.permute(0, 3, 1, 2), weight[:, :, None, None], bias),
        )


class FocalModulation(nn.Module):
    """Focal modulation (Yang et al., eq. 4 to 7) on maps ``(N, H, W, C)``.

    One linear layer gives query, context and ``levels + 1`` gates. The context runs through
    `levels` depthwise convolutions, each followed by GELU; the last one's mean over the map,
    through GELU, is the global level. The gated sum passes a 1x1 convolution (`mix`, written as
    a linear layer on channels) and multiplies the query.

    Parameters
    ----------
    width
        Channels C.
    levels
        Number of convolutional levels.
    window
        Kernel of the first level; each further one is larger by 2.
    """

    def __init__(self, width: int, levels: int, window: int) -> None:
        super().__init__()
        self.project_in = QueryContextGates(width, levels + 1)
        self.context = nn.ModuleList(
            DepthwiseConv(width, kernel) for kernel in range(window, window + 2 * levels, 2)
        )
        self.mix = nn.Linear(width, width)
        self.project_out = nn.Linear(width, width)
        self.act = nn.GELU()

    def forward(self, x: Tensor) -> Tensor:
        """Return the modulated map, same shape ``(N, H, W, C)``."""
        query, context, maps = self.project_in(x)
        gates = torch.split(maps, 1, dim=1)
        levels = []
        for conv, gate in zip(self.context, gates, strict=False):
            context = self.act(conv(context))
            levels.append(context * gate)
        levels.append(self.act(context.mean((2, 3), keepdim=True)) * gates[-1])
        gathered = functools.reduce(torch.add, levels).permute(0, 2, 3, 1)
        out: Tensor = self.project_out(query * self.mix(gathered))
        return out
