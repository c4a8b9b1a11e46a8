"""Bootstrap intervals of the six-way measures, by person where people are known."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.training.metrics import NO_LABEL, Array

RESAMPLES: Final = 1000
LEVEL: Final = 0.95
_AT_ONCE: Final = 100

Interval = tuple[float, float]


def six_way_intervals(
    guessed: NDArray[np.int64],
    labels: NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    seed: int,
    resamples: int = RESAMPLES,
) -> tuple[Interval, Interval]:
    """Return the 95% intervals of six-way accuracy and unweighted mean recall.

    Whole persons are drawn with replacement where people are known, since a person's clips
    are alike; else single items (Efron, 1979; the percentile interval).

    Parameters
    ----------
    guessed, labels
        ``(n,)``; rows whose label is `NO_LABEL` are left out.
    groups
        ``(n,)`` number of the person, or None.
    seed
        The same seed gives the same intervals.
    resamples
        How many are drawn.

    Returns
    -------
    tuple
        Two pairs of low and high; NaN without labelled rows.
    """
    kept = labels != NO_LABEL
    if not kept.any():
        nothing = (float("nan"), float("nan"))
        return nothing, nothing
    truth, hit = labels[kept], (guessed == labels)[kept]
    who = np.arange(len(truth)) if groups is None else groups[kept]
    who = np.unique(who, return_inverse=True)[1]
    people = int(who.max()) + 1
    counts = np.zeros((2, people, len(EMOTIONS)))
    np.add.at(counts[0], (who, truth), hit)
    np.add.at(counts[1], (who, truth), 1.0)
    random = np.random.default_rng(seed)
    accuracies, recalls = [], []
    for start in range(0, resamples, _AT_ONCE):
        drawn = min(_AT_ONCE, resamples - start)
        times = random.multinomial(people, np.full(people, 1.0 / people), size=drawn)
        hits, totals = times @ counts[0], times @ counts[1]
        accuracies.append(hits.sum(axis=1) / np.maximum(totals.sum(axis=1), 1.0))
        recalls.append(_mean_recall(hits, totals))
    return _interval(np.concatenate(accuracies)), _interval(np.concatenate(recalls))


def _mean_recall(hits: Array, totals: Array) -> Array:
    """Return the mean recall of each row ``(m, 6)`` over the emotions that it holds."""
    there = totals > 0
    recall = np.where(there, hits / np.maximum(totals, 1.0), 0.0)
    return np.asarray(recall.sum(axis=1) / np.maximum(there.sum(axis=1), 1))


def _interval(values: Array) -> Interval:
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
