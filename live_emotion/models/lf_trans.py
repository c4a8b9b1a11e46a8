"""LF-TRANS: late fusion of one transformer a stream over hand-made features.

The second baseline of Dai et al. (NAACL 2021): LF-LSTM with a transformer encoder (Vaswani et
al., 2017) in each LSTM's place, read out at a learned first token.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.architectures import FeatureSizes
from live_emotion.models.joint import FeatureNetwork, key_bias, sinusoids
from live_emotion.models.sequence import SequenceLayer
from live_emotion.models.sizes import SequenceSizes


class StreamTransformer(nn.Module):
    """A projection, positions, a learned first token, and transformer layers."""

    position: Tensor

    def __init__(self, inputs: int, length: int, sizes: SequenceSizes, dropout: float) -> None:
        super().__init__()
        self.project = nn.Linear(inputs, sizes.width)
        self.first = nn.Parameter(torch.randn(1, 1, sizes.width) * 0.02)
        self.register_buffer("position", sinusoids(length, sizes.width), persistent=False)
        self.layers = nn.ModuleList(SequenceLayer(sizes, dropout) for _ in range(sizes.layers))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return ``(N, width)`` of ``(N, T, inputs)``; 0 where nothing is there."""
        x = self.project(x) + self.position[: x.shape[1]]
        x = torch.cat((self.first.expand(x.shape[0], -1, -1), x), dim=1)
        there = torch.cat((torch.ones_like(present[:, :1]), present), dim=1)
        bias = key_bias(there, x.dtype)
        for layer in self.layers:
            x = layer(x, bias)
        return x[:, 0] * present.any(1, keepdim=True).to(x.dtype)


class LfTrans(FeatureNetwork):
    """One transformer a stream, first tokens joined, a linear layer.

    Parameters
    ----------
    sizes
        Widths of the streams.
    layers
        Sizes of each transformer.
    dropout
        While training.
    """

    def __init__(
        self,
        sizes: FeatureSizes | None = None,
        layers: SequenceSizes | None = None,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(sizes or FeatureSizes())
        inner = layers or SequenceSizes(width=64, layers=3, heads=4, feed_forward=256)
        lengths = (WINDOW_TICKS, WINDOW_TICKS, self.sizes.length)
        self.streams = nn.ModuleList(
            StreamTransformer(width, length, inner, dropout)
            for width, length in zip(self.sizes.widths, lengths, strict=True)
        )
        self.head = nn.Linear(inner.width * len(self.streams), len(EMOTIONS))

    def judge(self, streams: list[Tensor], present: list[Tensor]) -> Tensor:
        """Return logits ``(N, 6)`` of the normalised streams."""
        states = [
            part(x, there) for part, x, there in zip(self.streams, streams, present, strict=True)
        ]
        logits: Tensor = self.head(torch.cat(states, dim=1))
        return logits
