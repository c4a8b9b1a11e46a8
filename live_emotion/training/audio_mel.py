"""Log-mel pieces for whole batches in torch, equal in numbers to `perception.spectrogram`."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception.spectrogram import (
    FFT_SIZE,
    HISTORY,
    HOP,
    MEL_BANDS,
    PIECE_FRAMES,
    POWER_FLOOR,
    analysis_window,
    mel_filters,
)

# A frame counts as voice while it is at most this far below the clip's loud frames.
ACTIVE_RANGE_DB: Final = 32.0
ACTIVE_FLOOR_DB: Final = -78.0
# A tick with a smaller share of voiced frames is masked, as the live speech gate does.
ACTIVE_SHARE: Final = 0.25


def mel_pieces(waves: Tensor) -> Tensor:
    """Return raw log-mel pieces of a batch of sound.

    Parameters
    ----------
    waves
        ``(n, 200 + 6400 t)`` float32: 200 samples of history, then t whole ticks.

    Returns
    -------
    Tensor
        ``(n, t, 1, 128, 32)`` float32.

    Raises
    ------
    ValueError
        If the length does not fit.
    """
    n, length = waves.shape
    if (length - HISTORY) % TICK_SAMPLES:
        raise ValueError(f"{length} samples are not {HISTORY} and whole ticks of {TICK_SAMPLES}")
    window = torch.tensor(analysis_window(), dtype=waves.dtype, device=waves.device)
    filters = torch.tensor(mel_filters().T, dtype=waves.dtype, device=waves.device)
    spectrum = torch.fft.rfft(waves.unfold(-1, FFT_SIZE, HOP) * window)
    power = spectrum.real.square() + spectrum.imag.square()
    mel = torch.log(power @ filters + POWER_FLOOR)
    return mel.reshape(n, -1, 1, PIECE_FRAMES, MEL_BANDS).transpose(-1, -2)


def voiced_ticks(waves: Tensor) -> Tensor:
    """Return which ticks hold voice, ``(n, t)`` bool, by energy.

    For clean recordings of one speaker each: frames within `ACTIVE_RANGE_DB` of the clip's 95th
    percentile count as voice. A clip in which no tick qualifies keeps its loudest.

    Parameters
    ----------
    waves
        As `mel_pieces` takes them, before noise is added.
    """
    n = waves.shape[0]
    blocks = waves[:, HISTORY:].reshape(n, -1, HOP)
    level = 10.0 * torch.log10(blocks.square().mean(-1) + 1e-12)
    loud = torch.quantile(level, 0.95, dim=1, keepdim=True)
    active = level > (loud - ACTIVE_RANGE_DB).clamp(min=ACTIVE_FLOOR_DB)
    share = active.reshape(n, -1, PIECE_FRAMES).float().mean(-1)
    loudest = share == share.amax(dim=1, keepdim=True)
    return (share >= ACTIVE_SHARE) | (loudest & (share.amax(dim=1, keepdim=True) < ACTIVE_SHARE))
