"""Windows for networks that judge face, voice and words at once.

Nobody here shows all three at once, so a window is put together of a face, a voice and a text of
different people that were given the same label. A still face stands for some ticks, a clip for the
window's last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.perception.features import face_features, voice_features
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.word_vectors import WordVectors
from live_emotion.training.metrics import Array
from live_emotion.training.window_items import Labels, Sentences, Stills, Voices, matched

DROPPED: Final = 0.25
_AT_ONCE: Final = 64

Given = list[Tensor]


@dataclass(frozen=True, eq=False)
class Pool:
    """Items of one stream.

    Attributes
    ----------
    values, present
        ``(n, T, width)`` float32 and ``(n, T)`` bool.
    labels
        ``(n,)``.
    """

    values: FloatArray
    present: np.ndarray
    labels: Labels

    def take(self, rows: Labels) -> Pool:
        """Return the chosen items."""
        return Pool(self.values[rows], self.present[rows], self.labels[rows])

    def statistics(self) -> tuple[Tensor, Tensor]:
        """Return mean and deviation ``(width,)`` over what is there."""
        x = self.values[self.present]
        return torch.from_numpy(x.mean(0)), torch.from_numpy(x.std(0))


def feature_pools(stills: Stills, voices: Voices) -> list[Pool]:
    """Return hand-made features of faces and voices."""
    seen = np.stack([face_features(crop) for crop in stills.crops])[:, np.newaxis]
    heard = np.stack(
        [
            np.stack([voice_features(m, s) for m, s in zip(mel, samples, strict=True)])
            for mel, samples in zip(voices.mel, voices.samples, strict=True)
        ]
    )
    return [
        Pool(seen, np.ones(seen.shape[:2], np.bool_), stills.labels),
        Pool(heard, voices.present, voices.labels),
    ]


def word_pool(sentences: Sentences, words: WordVectors) -> Pool:
    """Return the subword embeddings of sentences."""
    made = [words.features(text) for text in sentences.texts]
    return Pool(np.stack([m[0] for m in made]), np.stack([m[1] for m in made]), sentences.labels)


def vector_pools(stills: Stills, voices: Voices, encoders: EncoderSet) -> list[Pool]:
    """Return the vectors that the encoders make of faces and voices."""
    return pools_of(stills, voices, encoders.vision_face, encoders.audio_piece)


def pools_of(
    stills: Stills,
    voices: Voices,
    see: Callable[[np.ndarray], FloatArray],
    hear: Callable[[FloatArray], FloatArray],
) -> list[Pool]:
    """Return vectors of faces ``(n, 48, 48, 3)`` uint8 and of pieces ``(n, 128, 32)``."""
    crops = stills.crops
    seen = np.concatenate([see(crops[k : k + _AT_ONCE]) for k in range(0, len(crops), _AT_ONCE)])[
        :, np.newaxis
    ]
    flat = voices.mel.reshape(-1, *voices.mel.shape[2:])
    heard = np.concatenate([hear(flat[k : k + _AT_ONCE]) for k in range(0, len(flat), _AT_ONCE)])
    return [
        Pool(seen, np.ones(seen.shape[:2], np.bool_), stills.labels),
        Pool(heard.reshape(*voices.mel.shape[:2], -1), voices.present, voices.labels),
    ]


def draw_windows(
    pools: Sequence[Pool], count: int, rng: np.random.Generator, *, dropped: float = DROPPED
) -> tuple[Given, Labels]:
    """Return windows with the same label in every stream.

    Parameters
    ----------
    pools
        Faces, voices, and words if there are any.
    count
        How many.
    rng
        Source of the draws.
    dropped
        How often each stream is left out; never all of a window.

    Returns
    -------
    tuple
        Values and masks of each stream as a network takes them, and the labels.
    """
    rows = matched([pool.labels for pool in pools], count, rng)
    kept = rng.random((count, len(pools))) >= dropped
    kept[np.arange(count), rng.integers(len(pools), size=count)] = True
    given: Given = []
    for k, (pool, at) in enumerate(zip(pools, rows, strict=True)):
        values, present = pool.values[at], pool.present[at]
        if k < 2:
            first = rng.integers(0, WINDOW_TICKS, (count, 1)) if k == 0 else None
            values, present = _placed(values, present, first)
        present = present & kept[:, k : k + 1]
        given += [torch.from_numpy(values), torch.from_numpy(present)]
    return given, pools[0].labels[rows[0]]


def pair_windows(pools: Sequence[Pool], rows: Sequence[Labels]) -> Given:
    """Return windows of given faces and voices; the face is seen all the time.

    Parameters
    ----------
    pools
        Faces and voices.
    rows
        ``(n,)`` of each.
    """
    given: Given = []
    for k, (pool, at) in enumerate(zip(pools, rows, strict=True)):
        first = np.zeros((len(at), 1), np.int64) if k == 0 else None
        values, present = _placed(pool.values[at], pool.present[at], first)
        given += [torch.from_numpy(values), torch.from_numpy(present)]
    return given


def _placed(
    values: FloatArray, present: np.ndarray, first: np.ndarray | None
) -> tuple[FloatArray, np.ndarray]:
    """Put items at the end of windows of 12 ticks, or a still face from tick `first` on."""
    n, ticks, width = values.shape
    window = np.zeros((n, WINDOW_TICKS, width), np.float32)
    there = np.zeros((n, WINDOW_TICKS), np.bool_)
    if first is not None:
        window[:] = values[:, :1]
        there[:] = np.arange(WINDOW_TICKS) >= first
    else:
        window[:, -ticks:] = values
        there[:, -ticks:] = present
    return window, there


def accuracy(logits: Array, labels: Labels) -> float:
    """Return the six-way accuracy over windows that show one of the six; NaN without any."""
    shown = labels < logits.shape[1]
    if not shown.any():
        return float("nan")
    return float((logits[shown].argmax(axis=1) == labels[shown]).mean())
