"""Smooths curves as they are shown; what is logged stays as it was scored."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.history import FloatTable, Scores, open_gaps

# In time constants; what is older weighs less than half a per cent.
_RUN_UP: Final = 6.0


def smooth(t: FloatTable, values: FloatTable, time_constant_s: float) -> FloatTable:
    """Return values after an exponential filter that begins anew behind every gap.

    A step is followed to 63 % after one time constant: ``y += (1 - exp(-dt / c)) * (x - y)``.

    Parameters
    ----------
    t
        ``(n,)`` rising seconds.
    values
        ``(n, k)``; a row with a NaN is a gap.
    time_constant_s
        Seconds; 0 for none.

    Returns
    -------
    NDArray
        ``(n, k)``, NaN where `values` is.
    """
    if time_constant_s <= 0.0 or len(t) == 0:
        return values
    smoothed = values.copy()
    there: NDArray[np.bool_] = np.isfinite(values.sum(axis=1))
    gains = 1.0 - np.exp(-np.diff(t) / time_constant_s)
    for k in np.flatnonzero(there[1:] & there[:-1]) + 1:
        smoothed[k] = smoothed[k - 1] + gains[k - 1] * (values[k] - smoothed[k - 1])
    return smoothed


def part_in_view(
    kept: Scores, low: float, high: float, time_constant_s: float
) -> tuple[FloatTable, FloatTable, bool]:
    """Return times and scores to be drawn from `low` to `high` (seconds), gaps opened.

    Returns
    -------
    t, scores
        ``(n,)`` and ``(n, 6)``, smoothed; one more on either side, so that lines run on to the
        edges of the view.
    shows_newest
        Whether the newest scores are among them.
    """
    first = max(0, int(np.searchsorted(kept.t, low)) - 1)
    last = int(np.searchsorted(kept.t, high)) + 1
    # The filter needs a run-up, so that its values do not depend on what is in view.
    begin = max(0, first - math.ceil(_RUN_UP * time_constant_s / TICK_S))
    t, scores = open_gaps(kept.t[begin:last], kept.scores[begin:last])
    scores = smooth(t, scores, time_constant_s)
    skipped = int(np.searchsorted(t, kept.t[first]))
    return t[skipped:], scores[skipped:], last >= len(kept.t)
