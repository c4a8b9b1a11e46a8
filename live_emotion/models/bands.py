"""What every encoder of mel pieces has in common: normalisation that is fixed from training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.models.focalnet import MEL_BANDS, DropPath


class BandNormalisation(nn.Module):
    """Base of audio encoders that take `perception.spectrogram` pieces as they are.

    Attributes
    ----------
    mean, deviation
        ``(128,)`` of each band, buffers; nothing is normalised by file, which could not stream.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MEL_BANDS))
        self.register_buffer("deviation", torch.ones(MEL_BANDS))

    def set_statistics(self, mean: Tensor, deviation: Tensor) -> None:
        """Fix the normalisation: mean and deviation of each band, both ``(128,)``."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def set_drop_path(self, rate: float) -> None:
        """Let the rate of dropped branches rise linearly to `rate`; nothing where none are."""
        blocks = [m for m in self.modules() if isinstance(m, DropPath)]
        for k, block in enumerate(blocks):
            block.rate = rate * k / max(1, len(blocks) - 1)

    def normalised(self, mel: Tensor) -> Tensor:
        """Return raw log-mel pieces ``(N, 1, 128, T)`` with about zero mean, unit deviation."""
        return (mel - self.mean[:, None]) / self.deviation[:, None]
