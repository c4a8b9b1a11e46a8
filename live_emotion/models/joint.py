"""What networks that judge a whole window at once have in common: inputs, masks, positions.

A joint network takes three streams, each with what is there of it: faces and voice tick by tick,
words piece by piece. A stream with nothing in it changes nothing but by its absence.
"""

from __future__ import annotations

import abc
import math

import torch
from torch import Tensor, nn

from live_emotion.models.architectures import FeatureSizes
from live_emotion.models.attention import MASKED


class StreamNormalisation(nn.Module):
    """Subtract a stream's mean and divide by its deviation, fixed from training; masked is 0."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def set_statistics(self, mean: Tensor, deviation: Tensor) -> None:
        """Fix mean and deviation, both ``(width,)``; a constant feature is left unscaled."""
        self.mean.copy_(mean)
        self.deviation.copy_(torch.where(deviation > 1e-5, deviation, torch.ones_like(deviation)))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return ``(N, T, width)``; what stands at absent steps does not matter, not even NaN."""
        x = torch.where(present[..., None], x, torch.zeros_like(x))
        scaled = ((x - self.mean) / self.deviation).clamp(-8.0, 8.0)
        return scaled * present[..., None].to(x.dtype)


class FeatureNetwork(nn.Module, abc.ABC):
    """Base of the networks on hand-made features.

    Attributes
    ----------
    sizes
        Widths of the streams.
    normalise
        One `StreamNormalisation` each, in the order of `BRANCHES`.
    """

    def __init__(self, sizes: FeatureSizes) -> None:
        super().__init__()
        self.sizes = sizes
        self.normalise = nn.ModuleList(StreamNormalisation(width) for width in sizes.widths)

    def forward(
        self,
        face: Tensor,
        face_present: Tensor,
        voice: Tensor,
        voice_present: Tensor,
        words: Tensor,
        words_present: Tensor,
    ) -> Tensor:
        """Return logits ``(N, 6)``.

        Parameters
        ----------
        face, voice
            ``(N, T, width)`` features of each tick.
        words
            ``(N, L, width)`` of each subword, padding behind.
        face_present, voice_present, words_present
            ``(N, T)`` or ``(N, L)`` bool.
        """
        given = ((face, face_present), (voice, voice_present), (words, words_present))
        streams = [norm(x, there) for norm, (x, there) in zip(self.normalise, given, strict=True)]
        return self.judge(streams, [there for _, there in given])

    @abc.abstractmethod
    def judge(self, streams: list[Tensor], present: list[Tensor]) -> Tensor:
        """Return logits ``(N, 6)`` of the normalised streams."""


def last_present(x: Tensor, present: Tensor) -> Tensor:
    """Return the last step that is there, ``(N, width)`` of ``(N, T, width)``; 0 without any."""
    later = present.to(x.dtype).flip(1).cumsum(1).flip(1)
    is_last = present.to(x.dtype) * (later == 1.0).to(x.dtype)
    return (x * is_last[..., None]).sum(1)


def key_bias(present: Tensor, dtype: torch.dtype) -> Tensor:
    """Return ``(N, 1, 1, T)`` that keeps attention off absent steps."""
    return ((~present).to(dtype) * MASKED)[:, None, None, :]


def sinusoids(length: int, width: int) -> Tensor:
    """Return positions ``(length, width)`` as sines and cosines (Vaswani et al., 2017)."""
    half = width // 2
    rates = torch.exp(torch.arange(half) * (-math.log(10_000.0) / max(1, half - 1)))
    angles = torch.arange(length)[:, None] * rates[None, :]
    return torch.nn.functional.pad(torch.cat((angles.sin(), angles.cos()), 1), (0, width % 2))
