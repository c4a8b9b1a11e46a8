"""Holds a replay to the pace of the wall clock."""

from __future__ import annotations

import threading
import time


class Pacer:
    """Waits so that media time passes at `speed` times the pace of the wall clock.

    A flow that fell behind by more than `slack_s` is not hurried after: the line is drawn anew, so
    that a pause (or a machine that slept) is not made up for at full speed.

    Parameters
    ----------
    speed
        Media seconds a wall second; None means as fast as possible.
    """

    def __init__(self, speed: float | None, *, slack_s: float = 1.0) -> None:
        self._speed = speed
        self._slack_s = slack_s
        self._origin: tuple[float, float] | None = None

    def wait(self, t: float, stop: threading.Event) -> None:
        """Sleep until the media time `t` (seconds) is due, or until `stop` is set."""
        if self._speed is None:
            return
        now = time.monotonic()
        if self._origin is None:
            self._origin = (now, t)
        wall, media = self._origin
        ahead = (t - media) / self._speed - (now - wall)
        if ahead > 0.0:
            stop.wait(ahead)
        elif ahead < -self._slack_s:
            self._origin = (now, t)
