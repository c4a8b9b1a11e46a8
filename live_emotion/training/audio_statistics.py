"""Mean and deviation of the mel bands of speech: what the voice branch's input is scaled by."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.perception.spectrogram import HISTORY
from live_emotion.training.audio_clips import ClipStore
from live_emotion.training.audio_mel import mel_pieces, voiced_ticks


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
