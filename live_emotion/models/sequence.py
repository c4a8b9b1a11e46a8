"""Sequence encoder: the vectors of up to 12 ticks in, six logits out.

Jia et al. (PMLR 260, 2025, section 3): a learned first token, transformer layers (width 64,
4 heads, feed-forward 2048, ReLU, post-norm), no positional encoding, and a linear layer on the
first token. Without positions the order of the ticks does not matter, and any number of them
may be masked out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.attention import MASKED, SelfAttention
from live_emotion.models.sizes import SequenceSizes


class SequenceLayer(nn.Module):
    """Post-norm transformer layer: ``norm(x + f(x))`` for attention, then feed-forward."""

    def __init__(self, sizes: SequenceSizes, dropout: float) -> None:
        super().__init__()
        self.attention = SelfAttention(sizes.width, sizes.heads)
        self.norm_attention = nn.LayerNorm(sizes.width)
        self.feed_forward = nn.Sequential(
            nn.Linear(sizes.width, sizes.feed_forward),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(sizes.feed_forward, sizes.width),
        )
        self.norm_feed_forward = nn.LayerNorm(sizes.width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, bias: Tensor, asked: int | None = None) -> Tensor:
        """Return vectors ``(N, T, width)``; `bias` ``(N, 1, 1, T)`` masks positions.

        Of the first `asked` positions alone, ``(N, asked, width)``, if it is given.
        """
        x = self.norm_attention(x[:, :asked] + self.dropout(self.attention(x, bias, asked)))
        out: Tensor = self.norm_feed_forward(x + self.dropout(self.feed_forward(x)))
        return out


class SequenceEncoder(nn.Module):
    """Transformer over ticks that reads its answer from a learned first token.

    Parameters
    ----------
    sizes
        Width, layers, heads, feed-forward width.
    dropout
        In training.
    """

    def __init__(self, sizes: SequenceSizes, dropout: float = 0.1) -> None:
        super().__init__()
        self.first = nn.Parameter(torch.randn(1, 1, sizes.width) * 0.02)
        self.layers = nn.ModuleList(SequenceLayer(sizes, dropout) for _ in range(sizes.layers))
        self.head = nn.Linear(sizes.width, len(EMOTIONS))

    def forward(self, vectors: Tensor, present: Tensor) -> Tensor:
        """Return logits ``(N, 6)``.

        Parameters
        ----------
        vectors
            ``(N, T, 64)``; what stands at masked ticks does not matter, not even NaN.
        present
            ``(N, T)`` bool; False masks a tick out. The first token is always attended, so a
            row without any tick gives finite logits (which the caller must call missing).
        """
        vectors = torch.where(present[..., None], vectors, torch.zeros_like(vectors))
        first = self.first.expand(vectors.shape[0], -1, -1)
        x = torch.cat((first.to(vectors.dtype), vectors), dim=1)
        there = torch.cat((torch.ones_like(present[:, :1]), present), dim=1)
        bias = ((~there).to(vectors.dtype) * MASKED)[:, None, None, :]
        *before, last = self.layers
        for layer in before:
            x = layer(x, bias)
        # Nothing but the first token is read, so the last layer makes nothing else.
        logits: Tensor = self.head(last(x, bias, 1)[:, 0])
        return logits
