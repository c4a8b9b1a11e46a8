"""Attention: over a face's map without parameters, and over the ticks of a window."""

from __future__ import annotations

import torch
from torch import Tensor, nn

# Finite, so that a row of masked ticks yields numbers, and representable in half precision;
# exp(-1e4) is exactly zero in float32.
MASKED = -1.0e4


def simam(x: Tensor, regulariser: float = 1e-4) -> Tensor:
    """Weigh every position of every channel by its energy (Yang et al., SimAM, ICML 2021).

    With ``n = H * W - 1`` and sums over one channel's map: ``d = (x - mean) ** 2``,
    ``y = d / (4 * (sum(d) / n + regulariser)) + 0.5``, result ``x * sigmoid(y)``. Eq. 2 of
    Jia et al. (2025) as printed divides by n twice, which saturates the gate.

    Parameters
    ----------
    x
        Maps ``(N, C, H, W)`` of more than one position.
    regulariser
        Keeps flat maps from dividing by zero.

    Returns
    -------
    Tensor
        Same shape.

    Raises
    ------
    ValueError
        If the maps have a single position: there is no variance to speak of.
    """
    n = x.shape[2] * x.shape[3] - 1
    # While a converter traces, sizes are tensors and a comparison would warn.
    tracing = torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]
    if not tracing and n < 1:
        raise ValueError("SimAM needs maps of more than one position")
    d = (x - x.mean((2, 3), keepdim=True)).square()
    y = d / (4 * (d.sum((2, 3), keepdim=True) / n + regulariser)) + 0.5
    return x * y.sigmoid()


class SimAM(nn.Module):
    """`simam` as a module, so that it can stand between blocks."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the weighted maps, same shape ``(N, C, H, W)``."""
        return simam(x)


class SelfAttention(nn.Module):
    """Multi-head self-attention (Vaswani et al., 2017) written out in plain products.

    Parameters
    ----------
    width
        Of the vectors; must be a multiple of `heads`.
    heads
        Number of heads.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.head_width = width // heads
        self.project_in = nn.Linear(width, 3 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor, asked: int | None = None) -> Tensor:
        """Return vectors ``(N, asked, width)``.

        Parameters
        ----------
        x
            Vectors ``(N, T, width)``.
        bias
            ``(N, 1, 1, T)``, added to the attention logits: 0 or `MASKED`.
        asked
            How many of the first positions are asked for; all T by default.
        """
        n, t, width = x.shape
        split = self.project_in(x).reshape(n, t, 3, self.heads, self.head_width)
        query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
        if asked is not None:
            query, t = query[:, :, :asked], asked
        logits = query @ key.transpose(-1, -2) * self.head_width**-0.5 + bias
        gathered = (torch.softmax(logits, dim=-1) @ value).transpose(1, 2).reshape(n, t, width)
        out: Tensor = self.project_out(gathered)
        return out
