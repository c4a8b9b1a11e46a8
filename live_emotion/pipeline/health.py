"""Counts and rates of the flow."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import numpy as np
import psutil

from live_emotion.core.estimate import DROP_NAMES, Health

_SPAN_S = 5.0
_LATENCIES = 150


class HealthMeter:
    """Gathers counters as the pipeline runs and sums them up on demand.

    Parameters
    ----------
    wall
        Returns seconds that never go back.
    """

    def __init__(self, wall: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._started = wall()
        self._process = psutil.Process()
        self._marks: deque[tuple[float, float, int, float]] = deque(maxlen=64)
        self._latencies: deque[float] = deque(maxlen=_LATENCIES)
        self.frames_read = self.frames_passed_over = 0
        self.ticks = 0
        self.dropped: dict[str, int] = dict.fromkeys(DROP_NAMES, 0)

    @property
    def wall_s(self) -> float:
        """Wall seconds since the meter was made."""
        return self._wall() - self._started

    def frame(self, passed_over: int = 0) -> None:
        """Count a frame read, and those before it that were read but not decoded."""
        self.frames_read += 1 + passed_over
        self.frames_passed_over += passed_over

    def tick(self, latency_ms: float) -> None:
        """Count a tick and its latency in milliseconds."""
        self.ticks += 1
        self._latencies.append(latency_ms)

    def drop(self, name: str, count: int = 1) -> None:
        """Count something dropped under one of `DROP_NAMES`.

        Raises
        ------
        KeyError
            If the name is none of them.
        """
        self.dropped[name] = self.dropped[name] + count

    def health(self, t: float) -> Health:
        """Return the health at the media time `t` (seconds)."""
        now = self._wall()
        times = self._process.cpu_times()
        cpu = times.user + times.system
        self._marks.append((now, t, self.frames_read, cpu))
        while len(self._marks) > 2 and now - self._marks[0][0] > _SPAN_S:
            self._marks.popleft()
        wall0, media0, frames0, cpu0 = self._marks[0]
        span = now - wall0
        p50, p95 = np.percentile(self._latencies, (50, 95)) if self._latencies else (np.nan, np.nan)
        return Health(
            t=t,
            frames_read=self.frames_read,
            ticks=self.ticks,
            fps=(self.frames_read - frames0) / span if span > 0 else float("nan"),
            speed=(t - media0) / span if span > 0 else float("nan"),
            latency_p50_ms=float(p50),
            latency_p95_ms=float(p95),
            dropped=dict(self.dropped),
            rss_mb=self._process.memory_info().rss / 1e6,
            cpu_share=(cpu - cpu0) / span if span > 0 else float("nan"),
            frames_passed_over=self.frames_passed_over,
        )
