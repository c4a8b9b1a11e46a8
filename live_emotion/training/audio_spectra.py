"""Other throats, distances and microphones: what happens to the mel spectra of speech in training.

It follows what `audio_augment` does on the waveform.
"""

from __future__ import annotations

import functools
import math
from typing import Final

import numpy as np
import torch
from torch import Tensor

from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.spectrogram import FLOOR_VALUE, MEL_BANDS, hz_to_mel, mel_to_hz
from live_emotion.training.audio_augment import AudioAugmentation

# Share of the rows whose frequencies are warped.
_WARPED: Final = 0.5


class SpectrumAugmenter:
    """Applies the spectral part of `AudioAugmentation` to batches of log-mel pieces.

    Parameters
    ----------
    settings
        How strongly.
    generator
        Of all random numbers, so that a seed repeats a run.
    """

    def __init__(self, settings: AudioAugmentation, generator: torch.Generator) -> None:
        self.settings = settings
        self._generator = generator

    def __call__(self, mel: Tensor, fill: Tensor) -> Tensor:
        """Return pieces ``(n, t, 1, 128, 32)`` warped, coloured, masked with `fill`, ``(128,)``."""
        return self.mask(self.colour(self.warp(mel)), fill)

    def warp(self, mel: Tensor) -> Tensor:
        """Return pieces ``(n, t, 1, 128, 32)`` with formants and harmonics moved up or down.

        Vocal tract length perturbation (Jaitly and Hinton, 2013): each warped row's frequencies
        are stretched by one factor; between bands the log spectrum is interpolated linearly.
        """
        n = len(mel)
        stretch = self.settings.warp * (2 * torch.rand(n, generator=self._generator) - 1)
        stretch = stretch * (torch.rand(n, generator=self._generator) < _WARPED)
        if not stretch.any():
            return mel
        hz, highest = _band_centres()
        wanted = hz_to_mel((hz[None] * (1 + stretch[:, None].double())).numpy())
        place = torch.from_numpy(wanted / highest * (MEL_BANDS + 1) - 1).float()
        place = place.clamp(0, MEL_BANDS - 1)
        lower = place.long().clamp(max=MEL_BANDS - 2)
        share = (place - lower)[:, None, None, :, None]
        rows = torch.arange(n)[:, None]
        # (n, 128, t, 1, 32): gathered along the bands, then back in place.
        bands = mel.permute(0, 3, 1, 2, 4)
        low = bands[rows, lower].permute(0, 2, 3, 1, 4)
        high = bands[rows, lower + 1].permute(0, 2, 3, 1, 4)
        return torch.lerp(low, high, share.expand_as(low))

    def colour(self, mel: Tensor) -> Tensor:
        """Return pieces ``(n, t, 1, 128, 32)`` at another level and through another microphone.

        Each row gets one gain and one smooth curve over the bands (four cosines), on the log
        spectrum; the floor of silence stays where it is.
        """
        n, bands = len(mel), mel.shape[-2]
        order = torch.arange(1, 5)
        place = (torch.arange(bands) + 0.5) / bands
        size = torch.randn((n, 4), generator=self._generator) / order.sqrt()
        phase = 2 * math.pi * torch.rand((n, 4), generator=self._generator)
        waves = torch.cos(math.pi * order[:, None] * place + phase[..., None])
        curve = self.settings.colour_db * (size[..., None] * waves).sum(1)
        gain = self.settings.gain_db * torch.randn((n, 1), generator=self._generator)
        change = ((curve + gain) * (math.log(10.0) / 10.0))[:, None, None, :, None]
        return torch.logaddexp(mel + change, torch.full((), FLOOR_VALUE))

    def mask(self, mel: Tensor, fill: Tensor) -> Tensor:
        """Return pieces ``(n, t, 1, 128, 32)`` with bands and frames set to `fill` ``(128,)``.

        One run of bands is masked through all pieces of a row, one run of frames in each piece,
        each for half of them.
        """
        n, t, _, bands, frames = mel.shape
        band = self._run((n, 1, 1, 1, 1), bands, self.settings.bands).transpose(-1, -2)
        frame = self._run((n, t, 1, 1, 1), frames, self.settings.frames)
        return torch.where(band | frame, fill[:, None], mel)

    def _run(self, shape: tuple[int, ...], size: int, widest: int) -> Tensor:
        def draw() -> Tensor:
            return torch.rand(shape, generator=self._generator)

        width = widest * draw() * (draw() < 0.5)
        start = draw() * (size - width)
        at = torch.arange(size)
        return (at >= start) & (at < start + width)


@functools.cache
def _band_centres() -> tuple[Tensor, float]:
    """Return the middle of each band in Hz, ``(128,)``, and the mel value of the highest edge."""
    highest = float(hz_to_mel(SAMPLE_RATE / 2))
    edges = mel_to_hz(np.linspace(0.0, highest, MEL_BANDS + 2))
    return torch.from_numpy(edges[1:-1]), highest
