"""Batches of speech for training: balanced draws, random crops, augmented pieces."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception.spectrogram import HISTORY
from live_emotion.training.audio_augment import (
    AudioAugmentation,
    NoiseBank,
    WaveAugmenter,
    change_speed,
)
from live_emotion.training.audio_clips import ClipStore
from live_emotion.training.audio_faculty import Faculty
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks
from live_emotion.training.audio_pauses import PauseBank
from live_emotion.training.audio_pupils import BatchSettings, pupils_of
from live_emotion.training.audio_spectra import SpectrumAugmenter


@dataclass(frozen=True, slots=True)
class AudioBatch:
    """Windows of speech.

    Attributes
    ----------
    mel
        ``(n, t, 1, 128, 32)`` raw log-mel pieces.
    present
        ``(n, t)`` bool, ticks with voice.
    targets
        ``(n, 6)`` 1 or 0.
    trust
        ``(n, 6)`` weight of each target, below 1 for emotions that the data set never shows.
    classes
        ``(n,)`` index of the emotion, 6 for none.
    labelled
        ``(n,)`` 1 where the label may be learned from, else 0.
    taught
        ``(n,)`` 1 where the teacher has something to say, else 0.
    said, hidden
        ``(n, 7)`` logits and ``(n, h)`` hidden values of the teacher; h is 0 without one.
    """

    mel: Tensor
    present: Tensor
    targets: Tensor
    trust: Tensor
    classes: Tensor
    labelled: Tensor
    taught: Tensor
    said: Tensor
    hidden: Tensor


@dataclass(frozen=True, slots=True)
class _Crop:
    """A cut of a clip, ``(200 + 6400 t,)``, and where in the clip its ticks lie.

    `first` and `step` count in ticks of the clip; `step` is the speed.
    """

    wave: FloatArray
    first: float
    step: float


class AudioBatches:
    """Draws batches from some rows of a clip store.

    Parameters
    ----------
    store
        The clips.
    rows
        Which of them to train on.
    fill
        ``(128,)`` value that SpecAugment masks with: the mean of each band.
    settings, augmentation
        How batches are drawn and varied.
    teacher
        Says something about every window; None leaves the labels alone to be learned.
    unlabelled
        Further rows, whose labels are not looked at: the teacher's opinion is all that counts.
    pauses
        What people sound like who say nothing; None leaves them out.
    """

    def __init__(
        self,
        store: ClipStore,
        rows: NDArray[np.int64],
        fill: Tensor,
        settings: BatchSettings | None = None,
        augmentation: AudioAugmentation | None = None,
        teacher: Faculty | None = None,
        unlabelled: NDArray[np.int64] | None = None,
        pauses: PauseBank | None = None,
    ) -> None:
        self._store = store
        self._rows = rows
        self._fill = fill
        self.settings = settings or BatchSettings()
        self.augmentation = augmentation or AudioAugmentation()
        self._pupils = pupils_of(store, rows, self.settings)
        self._labelled = np.ones(len(rows), dtype=np.float32)
        self._teacher = teacher
        self._pauses = pauses
        if teacher is not None and unlabelled is not None and len(unlabelled):
            self._pupils = self._pupils.joined(
                teacher.guessed(store, unlabelled), self.settings.balance
            )
            self._rows = self._pupils.rows
            self._labelled = np.pad(self._labelled, (0, len(unlabelled)))
        choice = np.random.default_rng(len(rows))
        voices = choice.choice(rows, min(len(rows), 200), replace=False)
        self._noises = NoiseBank([store.wave(int(r)) for r in voices], choice)

    def __len__(self) -> int:
        return len(self._rows) // self.settings.clips

    def epoch(self, rng: np.random.Generator) -> Iterator[AudioBatch]:
        """Yield the batches of one epoch; the next is made while the last is learned from."""
        with ThreadPoolExecutor(1, "audio-batches") as pool:
            waiting = pool.submit(self.draw, rng)
            for left in range(len(self) - 1, -1, -1):
                batch = waiting.result()
                if left:
                    waiting = pool.submit(self.draw, rng)
                yield batch

    def draw(self, rng: np.random.Generator) -> AudioBatch:
        """Return the next random batch; every number comes from `rng`."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        augmenter = WaveAugmenter(self.augmentation, generator)
        at = rng.choice(len(self._rows), self.settings.clips, p=self._pupils.chances)
        crops = [self._crop(int(self._rows[k]), rng) for k in at]
        cuts = [c.wave for c in crops]
        length = max(len(c) for c in cuts)
        waves = torch.zeros(len(cuts), length)
        inside = torch.zeros(len(cuts), (length - HISTORY) // TICK_SAMPLES, dtype=torch.bool)
        for row, cut in enumerate(cuts):
            waves[row, : len(cut)] = torch.from_numpy(cut)
            inside[row, : (len(cut) - HISTORY) // TICK_SAMPLES] = True
        noisy = augmenter.chance(len(cuts), self.augmentation.empty)
        silent = augmenter.chance(len(cuts), self.augmentation.pauses if self._pauses else 0.0)
        empty = noisy | silent
        present = (voiced_ticks(waves) | empty[:, None]) & inside
        noise = self._noises.draw(len(cuts), length, rng)
        waves = augmenter(waves, noise, noisy)
        if self._pauses is not None:
            for row in torch.nonzero(silent)[:, 0].tolist():
                waves[row] = torch.from_numpy(self._pauses.draw(length, rng))
        mel = SpectrumAugmenter(self.augmentation, generator)(mel_pieces(waves), self._fill)
        none = len(EMOTIONS)
        classes = torch.from_numpy(self._pupils.classes[at])
        trust = torch.from_numpy(self._pupils.trust[at])
        labelled = torch.from_numpy(self._labelled[at])
        classes[empty], trust[empty], labelled[empty] = none, 1.0, 1.0
        targets = torch.nn.functional.one_hot(classes, none + 1)[:, :none].float()
        said = torch.zeros(len(at), none + 1)
        hidden, taught = torch.zeros(len(at), 0), torch.zeros(len(at))
        if self._teacher is not None:
            steps = np.arange(inside.shape[1])
            ticks = np.stack([c.first + c.step * steps for c in crops]).round().astype(np.int64)
            lesson = self._teacher(self._rows[at], ticks, present & inside)
            said, hidden, taught = lesson.logits, lesson.hidden, (~empty).float()
        return AudioBatch(
            mel, present, targets, trust[:, :none], classes, labelled, taught, said, hidden
        )

    def _crop(self, row: int, rng: np.random.Generator) -> _Crop:
        """Return 200 samples of history and up to `longest` ticks, cut anywhere."""
        wave = self._store.wave(row)
        ticks = int(rng.integers(self.settings.shortest, self.settings.longest + 1))
        size = min(ticks, -(-len(wave) // TICK_SAMPLES)) * TICK_SAMPLES
        # The grid of ticks lies anywhere over the clip, up to half a tick outside it.
        half = TICK_SAMPLES // 2
        start = int(rng.integers(-half, max(1, len(wave) + half - size)))
        cut = np.zeros(HISTORY + size, dtype=np.float32)
        factor, at = 1.0, start / TICK_SAMPLES
        if rng.random() < 0.75:
            factor = 1.0 + self.augmentation.speed * rng.uniform(-1, 1)
            room = int(factor * len(cut)) + 2
            wave = change_speed(wave[max(0, start - HISTORY) : max(0, start) + room], factor)
            start = min(start, HISTORY)
        first, last = max(0, start - HISTORY), min(len(wave), start + size)
        cut[first - start + HISTORY : last - start + HISTORY] = wave[first:last]
        # The middle of the first tick, counted in ticks of the clip from the middle of its first.
        return _Crop(cut, at + (factor - 1.0) / 2, factor)
