"""Batches of speech for training: balanced draws, random crops, augmented pieces."""

from __future__ import annotations

from collections import Counter
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
from live_emotion.training.audio_clips import ClipStore, labels_of, offered_emotions, targets_of
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks
from live_emotion.training.audio_spectra import SpectrumAugmenter
from live_emotion.training.metrics import NO_LABEL


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
    """

    mel: Tensor
    present: Tensor
    targets: Tensor
    trust: Tensor
    classes: Tensor


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """How batches are drawn.

    Attributes
    ----------
    clips
        Clips in a batch.
    shortest, longest
        Ticks of a window, drawn evenly between them; a shorter clip gives fewer.
    balance
        A data set's emotion with n clips is drawn in proportion to ``n ** balance``: 1 draws
        every clip alike, 0 every data set's emotion alike.
    absent_trust
        Weight of the target 0 for an emotion that the data set never shows. At 1 the network
        would learn to tell the data sets apart, at 0 nothing about those emotions.
    """

    clips: int = 24
    shortest: int = 3
    longest: int = 8
    balance: float = 0.3
    absent_trust: float = 0.25


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
    """

    def __init__(
        self,
        store: ClipStore,
        rows: NDArray[np.int64],
        fill: Tensor,
        settings: BatchSettings | None = None,
        augmentation: AudioAugmentation | None = None,
    ) -> None:
        self._store = store
        self._rows = rows
        self._fill = fill
        self.settings = settings or BatchSettings()
        self.augmentation = augmentation or AudioAugmentation()
        clips = [store.clips[int(r)] for r in rows]
        offered = offered_emotions(clips)
        labels = labels_of(clips)
        self._targets = targets_of(clips).astype(np.float32)
        self._classes = np.where(labels == NO_LABEL, len(EMOTIONS), labels)
        there = np.stack([offered[c.dataset] for c in clips])
        self._trust = np.where(there, 1.0, self.settings.absent_trust).astype(np.float32)
        groups = [(c.dataset, int(k)) for c, k in zip(clips, self._classes, strict=True)]
        count = Counter(groups)
        weight = np.array([count[g] ** (self.settings.balance - 1.0) for g in groups])
        self._weights = weight / weight.sum()
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
        at = rng.choice(len(self._rows), self.settings.clips, p=self._weights)
        cuts = [self._crop(int(self._rows[k]), rng) for k in at]
        length = max(len(c) for c in cuts)
        waves = torch.zeros(len(cuts), length)
        inside = torch.zeros(len(cuts), (length - HISTORY) // TICK_SAMPLES, dtype=torch.bool)
        for row, cut in enumerate(cuts):
            waves[row, : len(cut)] = torch.from_numpy(cut)
            inside[row, : (len(cut) - HISTORY) // TICK_SAMPLES] = True
        empty = augmenter.chance(len(cuts), self.augmentation.empty)
        present = (voiced_ticks(waves) | empty[:, None]) & inside
        noise = self._noises.draw(len(cuts), length, rng)
        mel = SpectrumAugmenter(self.augmentation, generator)(
            mel_pieces(augmenter(waves, noise, empty)), self._fill
        )
        targets = torch.from_numpy(self._targets[at])
        classes = torch.from_numpy(self._classes[at])
        targets[empty] = 0.0
        classes[empty] = len(EMOTIONS)
        trust = torch.from_numpy(self._trust[at])
        trust[empty] = 1.0
        return AudioBatch(mel, present, targets, trust, classes)

    def _crop(self, row: int, rng: np.random.Generator) -> FloatArray:
        """Return 200 samples of history and up to `longest` ticks, cut anywhere."""
        wave = self._store.wave(row)
        ticks = int(rng.integers(self.settings.shortest, self.settings.longest + 1))
        size = min(ticks, -(-len(wave) // TICK_SAMPLES)) * TICK_SAMPLES
        # The grid of ticks lies anywhere over the clip, up to half a tick outside it.
        half = TICK_SAMPLES // 2
        start = int(rng.integers(-half, max(1, len(wave) + half - size)))
        cut = np.zeros(HISTORY + size, dtype=np.float32)
        if rng.random() < 0.75:
            factor = 1.0 + self.augmentation.speed * rng.uniform(-1, 1)
            room = int(factor * len(cut)) + 2
            wave = change_speed(wave[max(0, start - HISTORY) : max(0, start) + room], factor)
            start = min(start, HISTORY)
        first, last = max(0, start - HISTORY), min(len(wave), start + size)
        cut[first - start + HISTORY : last - start + HISTORY] = wave[first:last]
        return cut


def band_statistics(
    store: ClipStore, rows: NDArray[np.int64], rng: np.random.Generator, clips: int = 800
) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of each band, ``(128,)`` each, over voiced ticks.

    Every data set counts alike, so that the largest does not set the scale for all.
    """
    by_set: dict[str, list[int]] = {}
    for r in rows:
        by_set.setdefault(store.clips[int(r)].dataset, []).append(int(r))
    means, squares = [], []
    for members in by_set.values():
        chosen = rng.choice(members, min(len(members), clips // len(by_set)), replace=False)
        pieces = []
        for r in chosen:
            wave = store.wave(int(r))
            whole = len(wave) // TICK_SAMPLES * TICK_SAMPLES
            if not whole:
                continue
            padded = torch.from_numpy(np.pad(wave[:whole], (HISTORY, 0)))[None]
            pieces.append(mel_pieces(padded)[voiced_ticks(padded)])
        mel = torch.cat(pieces)[:, 0]
        means.append(mel.mean((0, 2)))
        squares.append(mel.square().mean((0, 2)))
    mean = torch.stack(means).mean(0)
    # The deviation is shared by all bands: it sets a scale and keeps their contrast.
    variance = (torch.stack(squares).mean(0) - mean.square()).mean()
    return mean, variance.sqrt().expand_as(mean).clone()
