"""How far the evidence for a score is spread: a range around each of the six.

In logits, where the fusion is linear (`runtime.fusion`), three things are put together as
independent variances for each emotion:

- **Disagreement** of the branches: each is left out in turn, and the scores drawn from the others
  alone are compared with the whole: ``sum_b (1 - share_b) / (k - 1) * (z_without_b - z)^2`` over k
  branches. Each counts by the share of the evidence that is left, so that what a weak branch says
  all by itself matters little. A branch that stands alone is contradicted by nobody, and a few may
  agree by chance: half a logit over k is the least that is assumed.
- **Few ticks**: a branch that has n of its 12 ticks would say something else with all of them. How
  much was measured, in raw logits, against whole windows: for the face ``0.4^2 * (1/n - 1/12)``
  (3 clips and the demo), for the voice ``2.0^2 * (1/n - 1/12)`` (150 clips of unseen speakers),
  for words, where n counts words, ``2.3^2 * (1 - n/12)`` (80 sentences cut short). It reaches the
  fused score through the slope of the fusion, found by moving the branch by one logit.
- **Fluctuation** of the fused score: half the mean squared step over the last two seconds (von
  Neumann, 1941), which a steady rise hardly changes.

The range is ``z -+ 1.645 s``, back in 0..1: nine tenths of a normal spread. It tells how well the
evidence agrees with itself. What all branches get wrong together it cannot know, so it is no
guarantee that the truth lies within.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import no_interval
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import WINDOW_TICKS

Logits = Mapping[Branch, FloatArray | None]
Fuse = Callable[[Logits], tuple[FloatArray, dict[Branch, float]]]
Table = NDArray[np.float64]

NINE_TENTHS: Final = 1.645
LONE_LOGIT: Final = 0.5
FACE_TICK_LOGIT: Final = 0.4
VOICE_TICK_LOGIT: Final = 2.0
WORD_LOGIT: Final = 2.3
_STEPS: Final = 5
_EDGE: Final = 1e-6


class SpreadMeter:
    """Measures the range of the fused scores, tick by tick.

    Parameters
    ----------
    fuse
        Joins the branches' logits, see `Fusion.fuse`.
    """

    def __init__(self, fuse: Fuse) -> None:
        self._fuse = fuse
        self._last: Table | None = None
        self._steps: deque[Table] = deque(maxlen=_STEPS)

    def measure(
        self, scores: FloatArray, logits: Logits, counts: Mapping[Branch, int]
    ) -> FloatArray:
        """Return the range ``(2, 6)`` of a tick's scores, low and high; NaN without scores.

        Parameters
        ----------
        scores
            ``(6,)`` fused, 0..1, or NaN.
        logits
            The branches' logits that they were drawn from.
        counts
            How many of its 12 ticks each branch has; for words, how many words.
        """
        if np.isnan(scores).any():
            self.skip()
            return no_interval()
        z = _logit(scores)
        if self._last is not None:
            self._steps.append((z - self._last) ** 2)
        self._last = z
        there = {b: v for b, v in logits.items() if v is not None and not np.isnan(v).any()}
        variance = self._disagreement(z, there) + self._few_ticks(z, there, counts)
        if self._steps:
            variance += np.mean(self._steps, axis=0) / 2.0
        reach = NINE_TENTHS * np.sqrt(variance)
        return _probability(np.stack((z - reach, z + reach)))

    def skip(self) -> None:
        """Let a tick go by without scores: what comes after is not a step from what was."""
        self._last = None
        self._steps.clear()

    def _disagreement(self, z: Table, there: Mapping[Branch, FloatArray]) -> Table:
        k = len(there)
        least = (LONE_LOGIT / k) ** 2
        if k < 2:
            return np.full(len(z), least)
        shares = self._fuse(there)[1]
        apart = np.zeros(len(z))
        for left_out in there:
            others = {b: v for b, v in there.items() if b != left_out}
            remains = (1.0 - shares.get(left_out, 0.0)) / (k - 1)
            apart += remains * (_logit(self._fuse(others)[0]) - z) ** 2
        return np.maximum(apart, least)

    def _few_ticks(
        self, z: Table, there: Mapping[Branch, FloatArray], counts: Mapping[Branch, int]
    ) -> Table:
        total = np.zeros(len(z))
        for branch, value in there.items():
            own = unseen_logits(branch, counts.get(branch, WINDOW_TICKS))
            if own > 0.0:
                moved = self._fuse({**there, branch: value + np.float32(1.0)})[0]
                total += (own * (_logit(moved) - z)) ** 2
        return total


def unseen_logits(branch: Branch, count: int) -> float:
    """Return how far a branch's raw logits would move with a whole window, as a deviation.

    Parameters
    ----------
    branch
        Which.
    count
        Ticks it has, of 12; for words, how many words.
    """
    n = min(max(count, 1), WINDOW_TICKS)
    if branch == "text":
        return WORD_LOGIT * math.sqrt(1.0 - n / WINDOW_TICKS)
    tick = FACE_TICK_LOGIT if branch == "vision" else VOICE_TICK_LOGIT
    return tick * math.sqrt(1.0 / n - 1.0 / WINDOW_TICKS)


def _logit(p: FloatArray) -> Table:
    inside = np.clip(p.astype(np.float64), _EDGE, 1.0 - _EDGE)
    return np.asarray(np.log(inside / (1.0 - inside)))


def _probability(z: Table) -> FloatArray:
    return (1.0 / (1.0 + np.exp(-z))).astype(np.float32)
