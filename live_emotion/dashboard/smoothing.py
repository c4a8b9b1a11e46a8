"""Smooths curves as they are shown; what is logged stays as it was scored."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from live_emotion.dashboard.history import FloatTable


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
