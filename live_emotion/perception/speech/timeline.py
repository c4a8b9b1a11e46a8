"""The last seconds of sound, found by their time on the session clock."""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import SAMPLE_RATE

# A block that begins within this of where the last one ended continues it: sound cards drift.
_SLACK: Final = SAMPLE_RATE // 20
_BRIDGE: Final = SAMPLE_RATE


class SoundTimeline:
    """Bounded history of sound.

    Short holes are filled with zeros and overlaps cut, so that samples lie at their times;
    after a longer hole the count begins anew.

    Parameters
    ----------
    held_s
        Seconds kept.
    """

    def __init__(self, held_s: float) -> None:
        self._ring: RingBuffer[np.float32] = RingBuffer(round(held_s * SAMPLE_RATE))
        # Where a run without holes begins: index of its first sample, and its time.
        self._runs: deque[tuple[int, float]] = deque(maxlen=8)

    @property
    def begin(self) -> float:
        """Seconds of the first sample since the last hole; 0 before the first."""
        return self._runs[-1][1] if self._runs else 0.0

    @property
    def end(self) -> float:
        """Seconds just after the newest sample; 0 before the first."""
        if not self._runs:
            return 0.0
        index, t = self._runs[-1]
        return t + (self._ring.written - index) / SAMPLE_RATE

    def append(self, block: AudioBlock) -> float | None:
        """Take in a block; return where the sound broke off before it if a hole is too long.

        Returns
        -------
        float or None
            Seconds at which the hole begins, None where there is none.
        """
        samples = block.samples
        if not self._runs:
            self._runs.append((0, block.t))
        before = self.end
        offset = round((block.t - before) * SAMPLE_RATE)
        hole = None
        if offset > _BRIDGE:
            hole = before
            self._runs.append((self._ring.written, block.t))
        elif offset > _SLACK:
            self._ring.append(np.zeros(offset, np.float32))
        elif offset < -_SLACK:
            samples = samples[-offset:]
        self._ring.append(np.asarray(samples, np.float32))
        return hole

    def read(self, t0: float, t1: float) -> tuple[float, FloatArray]:
        """Return the sound of ``t0..t1`` as far as it is held and has no hole.

        Returns
        -------
        t, samples
            Seconds of the first sample returned, and a copy ``(n,)`` of the samples.
        """
        run = self._run_at(t0)
        if run is None:
            return t0, np.zeros(0, np.float32)
        index, start = self._runs[run]
        stop = self._runs[run + 1][0] if run + 1 < len(self._runs) else self._ring.written
        first = max(index + round((t0 - start) * SAMPLE_RATE), index, self._ring.start)
        last = max(first, min(index + round((t1 - start) * SAMPLE_RATE), stop))
        if first > self._ring.written:
            return t0, np.zeros(0, np.float32)
        return start + (first - index) / SAMPLE_RATE, self._ring.read(first, last)

    def _run_at(self, t: float) -> int | None:
        """Return the number of the run that holds `t`, the first where it lies before all."""
        if not self._runs:
            return None
        begun = [i for i, (_, start) in enumerate(self._runs) if start <= t + 1e-6]
        return begun[-1] if begun else 0
