"""Where the samples of a sound card lie on the session clock.

Every callback gives a reading: sample ``n`` was captured at such a time. Readings are late by the
way through buffers and threads, a burst's by seconds, but never early; so a line is laid along
their lower edge. Each second of sound gives its earliest reading, and the line is the least-squares
fit through those seconds that lie on the edge. Its slope is the card's drift.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from live_emotion.core.clock import DriftFit

# Seconds of sound that the line is drawn through, and the span that makes a slope worth drawing.
_HELD_S: Final = 600
_SLOPE_FROM_S: Final = 30.0
# The offset is looked for in the last seconds, the edge within a few milliseconds above it.
_RECENT: Final = 30
_EDGE_S: Final = 0.01
# A sound card is never off by more (200 ppm is a bad one).
_MOST_DRIFT: Final = 1e-3
# Readings that stay this late for this long are not late: sound was lost.
_SHIFT_S: Final = 0.15
_SHIFT_AFTER_S: Final = 1.0


class SoundClock:
    """Fits session seconds to a device's seconds (its sample count over its rate).

    `rebased` counts how often the line was drawn anew because sound had been lost.
    """

    def __init__(self) -> None:
        self.rebased = 0
        self._clear()

    @property
    def ready(self) -> bool:
        """Whether there is any reading."""
        return bool(self._bins)

    @property
    def drift_ppm(self) -> float:
        """How much faster the session clock runs than the card, in parts per million.

        NaN until half a minute of sound is there.
        """
        return self._slope * 1e6 if self._sloped else float("nan")

    def add(self, device_s: float, session_s: float) -> None:
        """Add a reading: the sample at `device_s` was captured at `session_s` or before."""
        offset = session_s - device_s
        if self._bins and self._is_shift(device_s, session_s, offset):
            self.rebased += 1
            self._clear()
        second = int(device_s)
        if not self._bins or self._bins[-1][0] != second:
            self._bins.append((second, device_s, offset))
            if len(self._bins) > 2:
                self._fit()
        elif offset < self._bins[-1][2]:
            self._bins[-1] = (second, device_s, offset)
        # An earlier reading than the line allows for moves the line at once.
        ahead = offset - self._offset_at(device_s)
        if ahead < 0.0 or len(self._bins) == 1:
            self._level += ahead

    def to_session(self, device_s: float) -> float:
        """Return the session seconds of the sample at `device_s`."""
        return device_s + self._offset_at(device_s)

    def _clear(self) -> None:
        self._bins: deque[tuple[int, float, float]] = deque(maxlen=_HELD_S)
        self._level = self._slope = self._centre = 0.0
        self._sloped = False
        self._late_since: tuple[float, float] | None = None

    def _offset_at(self, device_s: float) -> float:
        return self._level + self._slope * (device_s - self._centre)

    def _is_shift(self, device_s: float, session_s: float, offset: float) -> bool:
        """Whether readings have been late by a fixed time for long: then sound was lost."""
        late = offset - self._offset_at(device_s)
        if late < _SHIFT_S:
            self._late_since = None
            return False
        if self._late_since is None or late < self._late_since[1] - _SHIFT_S:
            # It begins, or it is a burst that catches up.
            self._late_since = (session_s, late)
        return session_s - self._late_since[0] >= _SHIFT_AFTER_S

    def _fit(self) -> None:
        """Draw the line anew through the seconds that lie on the lower edge."""
        held = np.array([(at, offset) for _, at, offset in list(self._bins)[:-1]])
        at, offset = held.T
        recent = held[-_RECENT:]
        flat = recent[:, 1] - self._slope * (recent[:, 0] - recent[-1, 0])
        self._centre, self._level = float(recent[-1, 0]), float(flat.min())
        if at[-1] - at[0] < _SLOPE_FROM_S:
            return
        # The edge may slope: look for it in every half minute by itself.
        edge = np.empty(len(at), dtype=bool)
        for first in range(0, len(at), _RECENT):
            part = slice(first, first + _RECENT)
            edge[part] = offset[part] <= offset[part].min() + _EDGE_S
        line = DriftFit()
        for x, y in zip(at[edge], offset[edge], strict=True):
            line.add(float(x - at[0]), float(x - at[0] + y))
        slope = line.rate - 1.0
        if abs(slope) <= _MOST_DRIFT and int(edge.sum()) >= 3:
            self._slope, self._sloped = slope, True
            flat = recent[:, 1] - slope * (recent[:, 0] - recent[-1, 0])
            self._level = float(flat.min())
