"""Noise under the clips that are evaluated, always the same for a clip and a seed."""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Sequence
from typing import Final, Literal

import numpy as np

from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.training.audio_augment import coloured_noise
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.evaluation.tables import Recording

NoiseName = Literal["babble", "white"]
NOISES: Final[tuple[NoiseName, ...]] = ("babble", "white")
TALKERS: Final = 5
_BABBLES: Final = 6
_BABBLE_S: Final = 15.0
_BLOCK: Final = SAMPLE_RATE // 40
_SILENT: Final = 1e-6


class Noise:
    """Adds babble or white noise to clips.

    Babble is several voices of the folder itself at once, never the clip's own speaker where
    there are enough others.

    Parameters
    ----------
    name
        Which.
    snr_db
        Ratio of the clip's level while it is loud (see `speech_level`) to the noise's.
    options
        Folder and seed.
    clips
        The clips that will be scored.
    """

    def __init__(
        self, name: NoiseName, snr_db: float, options: EvaluateOptions, clips: Sequence[Recording]
    ) -> None:
        self._gain = 10.0 ** (-snr_db / 20.0)
        self._seed = options.seed
        self._babbles: list[tuple[frozenset[str], FloatArray]] = []
        if name == "babble":
            random = np.random.default_rng(options.seed)
            read = functools.cache(lambda path: read_sound(options.data / path))
            self._babbles = [_babble(read, clips, random) for _ in range(_BABBLES)]
            if not all(noise.any() for _, noise in self._babbles):
                raise UserError(
                    f"Too many clips of {options.data} are silent: no babble can be made of them."
                )

    def __call__(self, samples: FloatArray, clip: Recording) -> FloatArray:
        """Return a clip with its noise, both of the clip's length."""
        random = np.random.default_rng([self._seed, zlib.crc32(clip.path.encode())])
        if self._babbles:
            others = [noise for who, noise in self._babbles if clip.speaker not in who]
            choice = others or [noise for _, noise in self._babbles]
            long = choice[int(random.integers(len(choice)))]
            at = int(random.integers(len(long))) + np.arange(len(samples))
            noise = long[at % len(long)]
        else:
            noise = coloured_noise(max(2, len(samples)), 0.0, random)[: len(samples)]
        added = samples + speech_level(samples) * self._gain * noise
        return np.asarray(added, dtype=np.float32)


def speech_level(samples: FloatArray) -> float:
    """Return the root mean square of the louder half of a clip's 25 ms blocks.

    Pauses, and the silence before and after, so do not make the noise weaker.
    """
    blocks = samples[: len(samples) // _BLOCK * _BLOCK].reshape(-1, _BLOCK)
    if not len(blocks):
        return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    return float(np.sqrt(power[power >= np.median(power)].mean()))


def _babble(
    read: Callable[[str], FloatArray], clips: Sequence[Recording], random: np.random.Generator
) -> tuple[frozenset[str], FloatArray]:
    """Return who talks, and fifteen seconds of them at unit level; silence if nobody does."""
    speakers = sorted({clip.speaker for clip in clips})
    chosen = [str(name) for name in random.permutation(speakers)[:TALKERS]]
    size = int(_BABBLE_S * SAMPLE_RATE)
    total = np.zeros(size, dtype=np.float64)
    for k in range(TALKERS):
        own = [clip.path for clip in clips if clip.speaker == chosen[k % len(chosen)]]
        voice: list[FloatArray] = []
        for path in random.permutation(own):
            samples = read(str(path))
            level = speech_level(samples)
            if level > _SILENT:
                voice.append(samples / np.float32(level))
            if sum(map(len, voice)) >= size:
                break
        if voice:
            total += np.resize(np.concatenate(voice), size)
    spread = float(total.std())
    return frozenset(chosen), np.asarray(total / (spread or 1.0), dtype=np.float32)
