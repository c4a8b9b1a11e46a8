"""The scores of the last hour, kept in constant memory and cut out for a plot."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.estimate import Estimate
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import TICK_S

FloatTable = NDArray[np.float64]

ONE_HOUR_TICKS: Final = 9_000
_N = len(EMOTIONS)
# The words of a phrase are recognised, and read, up to so long after its end.
_READ_WITHIN_S: Final = 4 * TICK_S


@dataclass(frozen=True, eq=False)
class Scores:
    """A run of estimates, oldest first.

    Attributes
    ----------
    t
        ``(n,)`` seconds, ends of the windows.
    scores
        ``(n, 6)`` probabilities 0..1, NaN where every branch is missing.
    weights
        ``(n, 3)`` share of each branch, 0..1.
    words
        ``(n, 6)`` probabilities from the words alone, NaN where there were none.
    """

    t: FloatTable
    scores: FloatTable
    weights: FloatTable
    words: FloatTable


class ScoreHistory:
    """Bounded history of estimates in order of time; the oldest are dropped.

    One thread adds, another reads. What is added late, after a jump in a replay, takes its place.

    Parameters
    ----------
    capacity
        Number of ticks kept.
    """

    def __init__(self, capacity: int = ONE_HOUR_TICKS) -> None:
        self._rows = _ring(capacity)
        self._lock = threading.Lock()
        self._added = self._lost = 0

    @property
    def version(self) -> int:
        """Number of estimates ever added; grows whenever there is something new to draw."""
        return self._added

    @property
    def dropped(self) -> int:
        """Number of estimates that were let go."""
        return self._lost + self._rows.dropped

    def add(self, estimate: Estimate) -> None:
        """Append one estimate."""
        weights = [estimate.branches[branch].weight for branch in BRANCHES]
        words = estimate.branches["text"].scores
        row = np.concatenate(([estimate.t], estimate.scores, weights, words))
        with self._lock:
            self._added += 1
            kept = self._rows.latest(self._rows.capacity)
            if len(kept) == 0 or estimate.t > kept[-1, 0]:
                self._rows.append(row[None])
                return
            at = int(np.searchsorted(kept[:, 0], estimate.t))
            again = int(kept[at, 0] == estimate.t)
            rows = np.vstack((kept[:at], row[None], kept[at + again :]))
            self._lost += self._rows.dropped
            self._rows = _ring(self._rows.capacity)
            self._rows.append(rows)

    def since(self, t: float = -np.inf) -> Scores:
        """Return a copy of the estimates from the time `t` (seconds) on."""
        with self._lock:
            rows = self._rows.latest(self._rows.capacity)
            rows = rows[np.searchsorted(rows[:, 0], t) :].copy()
        return Scores(rows[:, 0], *np.split(rows[:, 1:], [_N, _N + len(BRANCHES)], axis=1))

    def leading(self, t0: float, t1: float) -> int | None:
        """Return what led in words said from `t0` to `t1` (seconds), by its number in `EMOTIONS`.

        That is what the words themselves tell as soon as they were read, or else what face and
        voice told meanwhile. None if nothing was told, or nothing reached one half on average.
        """
        kept = self.since(t0)
        read = (kept.t > t1 - TICK_S) & (kept.t <= t1 + _READ_WITHIN_S)
        for scores in (kept.words[read], kept.scores[kept.t <= t1 + TICK_S]):
            there = scores[np.isfinite(scores).all(axis=1)]
            if len(there):
                means = there.mean(axis=0)
                return int(means.argmax()) if means.max() >= 0.5 else None
        return None


def _ring(capacity: int) -> RingBuffer[np.float64]:
    return RingBuffer(capacity, (1 + 2 * _N + len(BRANCHES),), dtype=np.float64)


def open_gaps(t: FloatTable, scores: FloatTable) -> tuple[FloatTable, FloatTable]:
    """Put a row of NaN wherever ticks are missing, so that no line is drawn across the hole.

    Parameters
    ----------
    t
        ``(n,)`` rising seconds.
    scores
        ``(n, k)`` values.

    Returns
    -------
    t, scores
        As given, with a NaN row half-way into each step longer than one and a half ticks.
    """
    holes = np.flatnonzero(np.diff(t) > 1.5 * TICK_S)
    if len(holes) == 0:
        return t, scores
    middle = (t[holes] + t[holes + 1]) / 2
    return np.insert(t, holes + 1, middle), np.insert(scores, holes + 1, np.nan, axis=0)


def lone_points(values: FloatTable) -> NDArray[np.bool_]:
    """Return where a value stands alone between gaps, ``(n,)`` to ``(n,)`` bool.

    A line through one point has no length: such values need a dot to be seen at all.
    """
    there = np.concatenate(([False], np.isfinite(values), [False]))
    return there[1:-1] & ~there[:-2] & ~there[2:]
