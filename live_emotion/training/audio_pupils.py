"""Which clips the voice branch learns from, how often, and how far their labels are trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.audio_clips import ClipStore, labels_of, offered_emotions
from live_emotion.training.metrics import NO_LABEL


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


@dataclass(frozen=True, slots=True)
class Pupils:
    """Clips to learn from.

    Attributes
    ----------
    rows
        ``(n,)`` clips.
    datasets
        ``(n,)`` the data set of each.
    classes
        ``(n,)`` index of each clip's emotion, 6 for none.
    trust
        ``(n, 7)`` weight of each class, below 1 for emotions that the data set never shows.
    chances
        ``(n,)`` probability of drawing each clip; sums to 1.
    """

    rows: NDArray[np.int64]
    datasets: tuple[str, ...]
    classes: NDArray[np.int64]
    trust: NDArray[np.float32]
    chances: NDArray[np.float64]

    def joined(self, others: Pupils, balance: float) -> Pupils:
        """Return these clips and others, with chances for all of them."""
        datasets = self.datasets + others.datasets
        classes = np.concatenate((self.classes, others.classes))
        return Pupils(
            np.concatenate((self.rows, others.rows)),
            datasets,
            classes,
            np.concatenate((self.trust, others.trust)),
            chances_of(datasets, classes, balance),
        )


def pupils_of(store: ClipStore, rows: NDArray[np.int64], settings: BatchSettings) -> Pupils:
    """Return clips with their labels."""
    clips = [store.clips[int(r)] for r in rows]
    labels = labels_of(clips)
    classes = np.where(labels == NO_LABEL, len(EMOTIONS), labels)
    datasets = tuple(c.dataset for c in clips)
    offered = offered_emotions(clips)
    there = np.stack([np.append(offered[d], True) for d in datasets])
    trust = np.where(there, 1.0, settings.absent_trust).astype(np.float32)
    return Pupils(rows, datasets, classes, trust, chances_of(datasets, classes, settings.balance))


def chances_of(
    datasets: Sequence[str], classes: NDArray[np.int64], balance: float
) -> NDArray[np.float64]:
    """Return ``(n,)`` probabilities of drawing clips; see `BatchSettings.balance`."""
    groups = [(d, int(k)) for d, k in zip(datasets, classes, strict=True)]
    count = Counter(groups)
    weight = np.array([count[g] ** (balance - 1.0) for g in groups])
    return np.asarray(weight / weight.sum(), dtype=np.float64)
