"""Rooms, noises, microphones and voices: what happens to speech before a network hears it.

All on the waveform, batch by batch, so that the mel spectra of noisy speech are those that a
noisy room would give; `audio_spectra` goes on with the pieces.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

_ROOM_SAMPLES: Final = 6_400


@dataclass(frozen=True, slots=True)
class AudioAugmentation:
    """How strongly training sound is varied.

    Attributes
    ----------
    speed
        Largest change of speed and pitch together, as a share; applied to three clips in four.
    warp
        Largest stretch of the frequencies by itself, as a share: throats of other lengths.
    gain_db, colour_db
        Standard deviations of the level, and of the smooth curve over frequency, that every clip
        gets: what differs between speakers' distances, rooms and microphones.
    noise, room, band
        Share of the clips that get noise, reverberation, and a band limit.
    snr_db
        Lowest and highest signal-to-noise ratio.
    empty
        Share of the clips replaced by noise alone, with no emotion.
    pauses
        Share of the clips replaced by pauses of speakers, with no emotion.
    bands, frames
        Widest masks of SpecAugment in mel bands and in frames.
    """

    speed: float = 0.17
    warp: float = 0.1
    gain_db: float = 3.0
    colour_db: float = 1.5
    noise: float = 0.5
    room: float = 0.15
    band: float = 0.1
    snr_db: tuple[float, float] = (4.0, 25.0)
    empty: float = 0.02
    pauses: float = 0.05
    bands: int = 10
    frames: int = 3


def change_speed(wave: FloatArray, factor: float) -> FloatArray:
    """Return the sound played `factor` times as fast, pitch included (linear interpolation)."""
    at = np.arange(0.0, max(1, len(wave) - 1), factor)
    return np.asarray(np.interp(at, np.arange(len(wave)), wave), dtype=np.float32)


def level_of(waves: Tensor) -> Tensor:
    """Return the root mean square of the louder half of each row, ``(n, 1)``."""
    blocks = waves[:, : waves.shape[1] // 400 * 400].reshape(waves.shape[0], -1, 400)
    power = blocks.square().mean(-1)
    loud = power >= power.median(dim=1, keepdim=True).values
    return ((power * loud).sum(1) / loud.sum(1)).sqrt()[:, None]


class NoiseBank:
    """A minute or two of noises that training sound is mixed with.

    Half of every draw is babble, several of the given voices at once; the rest is noise whose
    power falls with frequency: white, pink, or in between and steeper.

    Parameters
    ----------
    voices
        Clips of speech.
    rng
        Of all choices.
    seconds
        Length of each noise.
    """

    SLOPES: Final = (0.0, 0.6, 1.0, 1.6)
    TALKERS: Final = 5

    def __init__(
        self, voices: list[FloatArray], rng: np.random.Generator, seconds: float = 60.0
    ) -> None:
        size = int(seconds * SAMPLE_RATE)
        babbles = [_babble(voices, size, rng) for _ in self.SLOPES]
        self._noises = np.stack([coloured_noise(size, s, rng) for s in self.SLOPES] + babbles)

    def draw(self, count: int, length: int, rng: np.random.Generator) -> Tensor:
        """Return ``(count, length)`` noise of about unit level."""
        rows = rng.integers(len(self._noises), size=count)
        starts = rng.integers(self._noises.shape[1] - length, size=count)
        cuts = [self._noises[r, a : a + length] for r, a in zip(rows, starts, strict=True)]
        noise = torch.from_numpy(np.stack(cuts) if cuts else np.zeros((0, length), np.float32))
        return noise / noise.square().mean(1, keepdim=True).sqrt().clamp(min=0.1)


def coloured_noise(size: int, slope: float, rng: np.random.Generator) -> FloatArray:
    """Return ``(size,)`` noise of unit level, power ``1 / f ** slope`` above 30 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(size))
    hz = np.linspace(0.0, SAMPLE_RATE / 2, len(spectrum))
    noise = np.fft.irfft(spectrum * np.maximum(hz, 30.0) ** (-slope / 2), n=size)
    return np.asarray(noise / noise.std(), dtype=np.float32)


def _babble(voices: list[FloatArray], size: int, rng: np.random.Generator) -> FloatArray:
    total = np.zeros(size, dtype=np.float32)
    for _ in range(NoiseBank.TALKERS):
        parts: list[FloatArray] = []
        while sum(map(len, parts)) < size:
            voice = voices[int(rng.integers(len(voices)))]
            parts.append(voice / np.float32(max(1e-4, float(np.sqrt(np.mean(voice**2))))))
        total += np.concatenate(parts)[:size]
    return np.asarray(total / total.std(), dtype=np.float32)


def room_response(count: int, generator: torch.Generator) -> Tensor:
    """Return impulse responses ``(count, 6400)``: the direct sound, then a decaying tail.

    Reverberation times of 0.1 to 0.7 s and tails of -22 to -6 dB against the direct sound.
    """
    seconds = torch.arange(_ROOM_SAMPLES) / SAMPLE_RATE
    decay = 0.1 + 0.6 * torch.rand((count, 1), generator=generator)
    tail = torch.randn((count, _ROOM_SAMPLES), generator=generator) * 10 ** (-3 * seconds / decay)
    tail[:, :32] = 0.0
    tail /= tail.square().sum(1, keepdim=True).sqrt()
    wet = 10 ** ((-22 + 16 * torch.rand((count, 1), generator=generator)) / 20)
    response = tail * wet
    response[:, 0] = 1.0
    return response


def band_gain(count: int, bins: int, generator: torch.Generator) -> Tensor:
    """Return frequency gains ``(count, bins)`` of cheap microphones and phone lines."""
    hz = torch.linspace(0.0, SAMPLE_RATE / 2, bins)
    low = 400.0 * torch.rand((count, 1), generator=generator)
    high = 2800.0 + 5000.0 * torch.rand((count, 1), generator=generator)
    tilt = 6.0 * torch.randn((count, 1), generator=generator)
    lowest = 1 / (1 + (low / hz.clamp(min=1.0)) ** 4)
    highest = 1 / (1 + (hz / high) ** 8)
    return lowest * highest * 10 ** (tilt * (torch.log2(hz.clamp(min=125.0) / 1000.0) / 3) / 20)


class WaveAugmenter:
    """Applies `AudioAugmentation` to batches of sound.

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

    def chance(self, count: int, share: float) -> Tensor:
        """Return ``(count,)`` bool, true for about `share`."""
        return torch.rand(count, generator=self._generator) < share

    def __call__(self, waves: Tensor, noise: Tensor, empty: Tensor) -> Tensor:
        """Return the sound as a far, noisy or cheap microphone might hear it.

        Parameters
        ----------
        waves
            ``(n, samples)`` clean speech.
        noise
            ``(n, samples)`` of about unit level, see `NoiseBank`.
        empty
            ``(n,)`` bool: rows in which only the noise shall remain.
        """
        n = len(waves)
        level = level_of(waves).clamp(min=1e-4)
        waves = self._filtered(waves)
        low, high = self.settings.snr_db
        snr = low + (high - low) * torch.rand((n, 1), generator=self._generator)
        noisy = self.chance(n, self.settings.noise) | empty
        amount = torch.where(noisy[:, None], level * 10 ** (-snr / 20), torch.zeros(1))
        waves = torch.where(empty[:, None], torch.zeros(1), waves) + amount * noise
        return waves

    def _filtered(self, waves: Tensor) -> Tensor:
        waves = waves.clone()
        roomy = self.chance(len(waves), self.settings.room)
        banded = self.chance(len(waves), self.settings.band)
        rows = torch.nonzero(roomy | banded)[:, 0]
        if not len(rows):
            return waves
        length = waves.shape[1]
        size = 1 << (length + _ROOM_SAMPLES - 1).bit_length()
        spectrum = torch.fft.rfft(waves[rows], n=size)
        room = torch.fft.rfft(room_response(len(rows), self._generator), n=size)
        band = band_gain(len(rows), spectrum.shape[1], self._generator)
        spectrum = torch.where(roomy[rows, None], spectrum * room, spectrum)
        spectrum = torch.where(banded[rows, None], spectrum * band, spectrum)
        waves[rows] = torch.fft.irfft(spectrum, n=size)[:, :length]
        return waves
