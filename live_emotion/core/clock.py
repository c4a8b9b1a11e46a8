"""The session clock, and the fit of a device's clock against it."""

from __future__ import annotations

import time
from collections.abc import Callable


class SessionClock:
    """Seconds since the session began, from a monotonic counter.

    Parameters
    ----------
    counter
        Returns seconds that never go back; `time.monotonic` unless a test gives another.
    """

    def __init__(self, counter: Callable[[], float] = time.monotonic) -> None:
        self._counter = counter
        self._origin = counter()

    def now(self) -> float:
        """Return the seconds since the clock was made."""
        return self._counter() - self._origin


class DriftFit:
    """Least-squares line from a device's own seconds to session seconds.

    A sound card's "16,000 samples" take a little more or less than a second of the session
    clock. Given pairs (device seconds, session seconds) the fit yields the offset and rate
    in constant memory (running means, Welford's update).
    """

    def __init__(self) -> None:
        self._n = 0
        self._mean_x = self._mean_y = 0.0
        self._sxx = self._sxy = 0.0

    def add(self, device_s: float, session_s: float) -> None:
        """Add one pair of simultaneous readings in seconds."""
        self._n += 1
        dx = device_s - self._mean_x
        self._mean_x += dx / self._n
        self._mean_y += (session_s - self._mean_y) / self._n
        self._sxx += dx * (device_s - self._mean_x)
        self._sxy += dx * (session_s - self._mean_y)

    @property
    def rate(self) -> float:
        """Session seconds per device second; 1 until two different readings are there."""
        return self._sxy / self._sxx if self._sxx > 0.0 else 1.0

    @property
    def drift_ppm(self) -> float:
        """How much faster the session clock runs, in parts per million."""
        return (self.rate - 1.0) * 1e6

    def to_session(self, device_s: float) -> float:
        """Return the session seconds at the given device seconds (0 fit: unchanged)."""
        if self._n == 0:
            return device_s
        return self._mean_y + self.rate * (device_s - self._mean_x)
