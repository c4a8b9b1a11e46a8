"""MulT: transformers that look from every stream into every other, over hand-made features.

Tsai et al., "Multimodal Transformer for Unaligned Multimodal Language Sequences" (ACL 2019):
each stream is projected to one width and gets positions; for each ordered pair a crossmodal
transformer lets the target's steps attend to the source's (section 3.2, queries from the target,
keys and values from the source's lowest level, pre-norm); the two results of a target are joined
along their channels and pass a self-attention transformer; the last steps of the three are joined,
and a residual perceptron and a linear layer give the logits.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.architectures import FeatureSizes
from live_emotion.models.joint import (
    FeatureNetwork,
    key_bias,
    last_present,
    sinusoids,
)

_STREAMS = 3


@dataclass(frozen=True, slots=True)
class MultSizes:
    """Width and heads of the crossmodal transformers, their layers, and those of the last ones."""

    width: int = 40
    heads: int = 8
    crossmodal_layers: int = 4
    self_layers: int = 3


class CrossAttention(nn.Module):
    """Multi-head attention from one sequence into another."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.project_out = nn.Linear(width, width)

    def forward(self, target: Tensor, source: Tensor, bias: Tensor) -> Tensor:
        """Return ``(N, T, width)`` of T target and S source steps; bias as `key_bias`."""
        n, t, width = target.shape
        part = width // self.heads
        query = self.query(target).reshape(n, t, self.heads, part).transpose(1, 2)
        both = self.key_value(source).reshape(n, source.shape[1], 2, self.heads, part)
        key, value = both.permute(2, 0, 3, 1, 4).unbind(0)
        logits = query @ key.transpose(-1, -2) * part**-0.5 + bias
        gathered = (logits.softmax(-1) @ value).transpose(1, 2).reshape(n, t, width)
        out: Tensor = self.project_out(gathered)
        return out


class CrossLayer(nn.Module):
    """Pre-norm layer: attention, then a feed-forward part of four times the width.

    It looks into a source, or into its own sequence where there is none.
    """

    def __init__(self, width: int, heads: int, dropout: float, *, alone: bool) -> None:
        super().__init__()
        self.norm_target = nn.LayerNorm(width)
        self.norm_source = None if alone else nn.LayerNorm(width)
        self.attention = CrossAttention(width, heads)
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.ReLU(), nn.Dropout(dropout), nn.Linear(4 * width, width)
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, source: Tensor | None, bias: Tensor) -> Tensor:
        """Return ``(N, T, width)``."""
        target = self.norm_target(x)
        into = target
        if self.norm_source is not None and source is not None:
            into = self.norm_source(source)
        x = x + self.dropout(self.attention(target, into, bias))
        out: Tensor = x + self.dropout(self.mlp(self.norm_mlp(x)))
        return out


class CrossTransformer(nn.Module):
    """A stack of `CrossLayer`, normalised at its end."""

    def __init__(
        self, width: int, heads: int, layers: int, dropout: float, *, alone: bool = False
    ) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            CrossLayer(width, heads, dropout, alone=alone) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, x: Tensor, source: Tensor | None, there: Tensor) -> Tensor:
        """Return ``(N, T, width)``; `there` ``(N, S)`` says which steps are looked into."""
        bias = key_bias(there, x.dtype)
        for layer in self.layers:
            x = layer(x, source, bias)
        out: Tensor = self.norm(x)
        return out


class Mult(FeatureNetwork):
    """MulT over faces, voice and words.

    Parameters
    ----------
    sizes
        Widths of the streams.
    inner
        Sizes of the transformers.
    dropout
        While training.
    """

    def __init__(
        self,
        sizes: FeatureSizes | None = None,
        inner: MultSizes | None = None,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(sizes or FeatureSizes())
        inner = inner or MultSizes()
        width, joined = inner.width, 2 * inner.width
        self.project = nn.ModuleList(nn.Linear(w, width, bias=False) for w in self.sizes.widths)
        longest = max(WINDOW_TICKS, self.sizes.length)
        self.register_buffer("position", sinusoids(longest, width), persistent=False)
        self.cross = nn.ModuleDict(
            {
                f"{source}_to_{target}": CrossTransformer(
                    width, inner.heads, inner.crossmodal_layers, dropout
                )
                for target in range(_STREAMS)
                for source in range(_STREAMS)
                if source != target
            }
        )
        self.alone = nn.ModuleList(
            CrossTransformer(joined, inner.heads, inner.self_layers, dropout, alone=True)
            for _ in range(_STREAMS)
        )
        whole = _STREAMS * joined
        self.residual = nn.Sequential(
            nn.Linear(whole, whole), nn.ReLU(), nn.Dropout(dropout), nn.Linear(whole, whole)
        )
        self.head = nn.Linear(whole, len(EMOTIONS))

    position: Tensor

    def judge(self, streams: list[Tensor], present: list[Tensor]) -> Tensor:
        """Return logits ``(N, 6)`` of the normalised streams."""
        placed = [
            project(x) + self.position[: x.shape[1]]
            for project, x in zip(self.project, streams, strict=True)
        ]
        lasts = []
        for target in range(_STREAMS):
            seen = []
            for source in range(_STREAMS):
                if source != target:
                    looked = self.cross[f"{source}_to_{target}"](
                        placed[target], placed[source], present[source]
                    )
                    # Into an empty source there is nothing to look.
                    seen.append(looked * _any(present[source], looked))
            joined = self.alone[target](torch.cat(seen, dim=2), None, present[target])
            lasts.append(last_present(joined, present[target]))
        whole = torch.cat(lasts, dim=1)
        logits: Tensor = self.head(whole + self.residual(whole))
        return logits


def _any(present: Tensor, like: Tensor) -> Tensor:
    return present.any(1).to(like.dtype)[:, None, None]
