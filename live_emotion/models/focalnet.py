"""Focal modulation network: one log-mel piece in, one vector out.

Yang, Li, Dai and Gao, "Focal Modulation Networks" (NeurIPS 2022), in its small form with a
small receptive field (FocalNet-S, SRF) for the preset ``paper``; used on mel spectra by Jia et
al. (PMLR 260, 2025, section 3.2).

Maps are kept as ``(N, H, W, C)``, so that the linear layers and norms, which are most of the
network, run on contiguous channels.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from live_emotion.models.embeddings import (
    PatchEmbedding,
    ResidualHalving,
    convolutional_stem,
)
from live_emotion.models.focal_modulation import FocalModulation
from live_emotion.models.sizes import VECTOR_WIDTH, FocalNetSizes

MEL_BANDS = 128


class DropPath(nn.Module):
    """Drops a whole residual branch per sample while training (Huang et al., 2016)."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, ``(N, ...)``, with a share `rate` of the samples set to zero in training."""
        if not self.training or self.rate == 0.0:
            return x
        keep = torch.rand((x.shape[0],) + (1,) * (x.dim() - 1), device=x.device) >= self.rate
        return x * keep.to(x.dtype) / (1.0 - self.rate)


class LayerScale(nn.Module):
    """A learned factor for each channel (Touvron et al., ICCV 2021)."""

    def __init__(self, width: int, first: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.full((width,), first))

    def forward(self, x: Tensor) -> Tensor:
        """Return `x`, ``(..., C)``, times the factors."""
        return x * self.factor


class FocalBlock(nn.Module):
    """Pre-norm block: ``x + modulation(norm(x))``, then ``x + mlp(norm(x))``."""

    def __init__(self, width: int, sizes: FocalNetSizes, drop_path: float) -> None:
        super().__init__()
        hidden = int(width * sizes.mlp_ratio)
        first = sizes.layer_scale
        self.norm_modulation = nn.LayerNorm(width)
        self.modulation = FocalModulation(width, sizes.focal_levels, sizes.focal_window)
        self.scale_modulation = LayerScale(width, first) if first else nn.Identity()
        self.norm_mlp = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
        self.scale_mlp = LayerScale(width, first) if first else nn.Identity()
        self.drop_path = DropPath(drop_path)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's map, same shape ``(N, H, W, C)``."""
        modulated = self.modulation(_over_channels(self.norm_modulation, x))
        x = x + self.drop_path(self.scale_modulation(modulated))
        normed = _over_channels(self.norm_mlp, x)
        out: Tensor = x + self.drop_path(self.scale_mlp(self.mlp(normed)))
        return out


def _over_channels(norm: nn.Module, x: Tensor) -> Tensor:
    """Return a map ``(N, H, W, C)`` normed as ``(N, H * W, C)``: OpenVINO has a kernel for that."""
    n, height, width, channels = x.shape
    out: Tensor = norm(x.reshape(n, height * width, channels))
    return out.reshape(n, height, width, channels)


class FocalTrunk(nn.Module):
    """The network up to its pooled features, without head.

    With a stem, maps shrink by residual convolutions instead of patches, and the maximum over
    the map stands beside the mean: on few speakers that learns in a fraction of the epochs.

    Parameters
    ----------
    sizes
        Widths and depths of the stages, patch or stem, focal levels and window.
    drop_path
        Rate of the last block; the others rise to it linearly from 0. Training only.
    """

    def __init__(self, sizes: FocalNetSizes, drop_path: float = 0.0) -> None:
        super().__init__()
        rates = iter(_rising(drop_path, sum(sizes.depths)))
        channels, patch = sizes.stem or 1, sizes.patch
        self.stem = convolutional_stem(channels, patch) if sizes.stem else nn.Identity()
        embeddings: list[nn.Module] = []
        stages = []
        for width, depth in zip(sizes.widths, sizes.depths, strict=True):
            embeddings.append(
                ResidualHalving(channels, width)
                if sizes.stem
                else PatchEmbedding(channels, width, patch)
            )
            stages.append(
                nn.Sequential(*(FocalBlock(width, sizes, next(rates)) for _ in range(depth)))
            )
            channels, patch = width, 2
        self.embeddings = nn.ModuleList(embeddings)
        self.stages = nn.ModuleList(stages)
        self.norm = nn.LayerNorm(channels)
        self.with_maximum = bool(sizes.stem)
        self.width = channels * (2 if self.with_maximum else 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return features ``(N, width)`` of maps ``(N, 1, H, W)``.

        H and W must be multiples of ``patch * 2 ** (stages - 1)``.
        """
        x = self.stem(x)
        for embedding, stage in zip(self.embeddings, self.stages, strict=True):
            x = stage(embedding(x)).permute(0, 3, 1, 2)
        x = self.norm(x.permute(0, 2, 3, 1))
        out: Tensor = x.mean((1, 2))
        return torch.cat((out, x.amax((1, 2))), dim=1) if self.with_maximum else out


class FocalNet(nn.Module):
    """Audio encoder: one raw log-mel piece to one vector.

    The mean and deviation of every band, fixed from training data, are buffers, so the network
    takes `perception.spectrogram` pieces as they are.

    Parameters
    ----------
    sizes
        Of the trunk.
    outputs
        Width of the vector.
    drop_path
        Highest rate of dropped residual branches, training only.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, sizes: FocalNetSizes, outputs: int = VECTOR_WIDTH, drop_path: float = 0.0
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(MEL_BANDS))
        self.register_buffer("deviation", torch.ones(MEL_BANDS))
        self.trunk = FocalTrunk(sizes, drop_path)
        self.head = nn.Linear(self.trunk.width, outputs)
        self.apply(_initialise)

    def set_drop_path(self, rate: float) -> None:
        """Let the rate of dropped branches rise linearly to `rate` at the last block."""
        blocks = [m for m in self.trunk.modules() if isinstance(m, DropPath)]
        for block, value in zip(blocks, _rising(rate, len(blocks)), strict=True):
            block.rate = value

    def set_statistics(self, mean: Tensor, deviation: Tensor) -> None:
        """Fix the normalisation: mean and deviation of each band, both ``(128,)``."""
        self.mean.copy_(mean)
        self.deviation.copy_(deviation)

    def forward(self, mel: Tensor) -> Tensor:
        """Return vectors ``(N, outputs)`` of raw log-mel pieces ``(N, 1, 128, 32)``."""
        x = (mel - self.mean[:, None]) / self.deviation[:, None]
        out: Tensor = self.head(self.trunk(x))
        return out


def _rising(last: float, count: int) -> list[float]:
    """Return `count` values from 0 to `last`, evenly spaced."""
    return [last * k / max(1, count - 1) for k in range(count)]


def _initialise(module: nn.Module) -> None:
    """Start linear layers with variance ``2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010).

    The published 0.02 suits widths from 96 up; at 32 it would start the gates near nothing.
    """
    if isinstance(module, nn.Linear):
        nn.init.xavier_normal_(module.weight)
        nn.init.zeros_(module.bias)
