"""Sound cut into ticks: one exact block of 6,400 samples each, whatever the source's blocks."""

from __future__ import annotations

from collections import deque

import numpy as np

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import SAMPLE_RATE, TICK_SAMPLES

_HELD_S = 60
_MOST_HOLES = 64


class TickSound:
    """Collects audio blocks and hands out the samples of whole ticks.

    Holes between blocks (and before the first) are filled with zeros, what arrives for the past is
    cut. At most a minute is held; when a source's sound runs further ahead of its picture, the
    oldest is dropped and counted in `dropped`.

    Parameters
    ----------
    first_tick
        The tick at which the session begins.
    """

    def __init__(self, first_tick: int = 0) -> None:
        self._ring: RingBuffer[np.float32] = RingBuffer(_HELD_S * SAMPLE_RATE)
        self._origin = first_tick * TICK_SAMPLES
        self._lost = 0
        self._holes: deque[tuple[int, int]] = deque(maxlen=_MOST_HOLES)

    @property
    def through(self) -> float:
        """Seconds on the session clock up to which sound has arrived."""
        return (self._origin + self._ring.written) / SAMPLE_RATE

    @property
    def dropped(self) -> int:
        """Samples overwritten before their tick was taken, as far as `take` has met them."""
        return self._lost

    def push(self, block: AudioBlock) -> None:
        """Add a block of sound."""
        at = round(block.t * SAMPLE_RATE) - self._origin
        samples = block.samples
        missing = at - self._ring.written
        if missing > 0:
            self._fill(missing)
        elif missing < 0:
            samples = samples[-missing:]
        self._ring.append(samples)

    def take(self, tick: int) -> FloatArray:
        """Return the ``(6400,)`` samples of a tick; what never arrived is zero."""
        samples = np.zeros(TICK_SAMPLES, dtype=np.float32)
        first = tick * TICK_SAMPLES - self._origin
        low = max(first, self._ring.start)
        high = min(first + TICK_SAMPLES, self._ring.written)
        self._lost += min(low, first + TICK_SAMPLES) - first
        if high > low:
            samples[low - first : high - first] = self._ring.view(low, high)
        return samples

    def arrived(self, tick: int) -> int:
        """Return how many of a tick's 6,400 samples have arrived, 0..6400."""
        first = tick * TICK_SAMPLES - self._origin
        return min(max(self._ring.written - first, 0), TICK_SAMPLES)

    def heard(self, tick: int) -> int:
        """Return how many of a tick's samples arrived as sound: holes do not count."""
        first = tick * TICK_SAMPLES - self._origin
        last = first + self.arrived(tick)
        holes = sum(max(0, min(b, last) - max(a, first)) for a, b in self._holes)
        return last - first - holes

    def _fill(self, count: int) -> None:
        self._holes.append((self._ring.written, self._ring.written + count))
        block = np.zeros(min(count, self._ring.capacity), dtype=np.float32)
        while count > 0:
            self._ring.append(block[:count])
            count -= len(block)
