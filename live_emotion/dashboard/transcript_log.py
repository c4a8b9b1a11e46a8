"""The transcript as it stands: final runs that stay, and one tentative run that does not."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from live_emotion.core.percepts import TranscriptSegment

KEPT_SEGMENTS: Final = 500


class TranscriptLog:
    """Merges segments: a final one is kept, a tentative one lasts until the next segment.

    One thread adds, another reads. A final segment that comes late, after a jump in a replay, takes
    its place in time; `rewritten` tells readers to begin anew.

    Parameters
    ----------
    capacity
        Number of final segments kept; the oldest are dropped.
    """

    def __init__(self, capacity: int = KEPT_SEGMENTS) -> None:
        self._finals: deque[TranscriptSegment] = deque(maxlen=capacity)
        self._tentative: TranscriptSegment | None = None
        self._count = 0
        self._version = 0
        self._rewritten = 0
        self._lock = threading.Lock()

    @property
    def version(self) -> int:
        """Grows with every segment added."""
        return self._version

    @property
    def rewritten(self) -> int:
        """How often segments came late."""
        return self._rewritten

    def add(self, segment: TranscriptSegment) -> None:
        """Take in the next segment."""
        with self._lock:
            if segment.final:
                self._put(segment)
                self._tentative = None
            else:
                self._tentative = segment if segment.text else None
            self._version += 1

    def _put(self, segment: TranscriptSegment) -> None:
        self._count += 1
        if not self._finals or segment.t0 >= self._finals[-1].t0:
            self._finals.append(segment)
            return
        self._rewritten += 1
        ordered = sorted((*self._finals, segment), key=lambda each: each.t0)
        self._finals = deque(ordered, maxlen=self._finals.maxlen)

    def since(self, seen: int) -> tuple[tuple[TranscriptSegment, ...], TranscriptSegment | None]:
        """Return the final segments after the first `seen` ones, and the tentative one.

        Segments that were dropped meanwhile are left out.
        """
        with self._lock:
            fresh = min(self._count - seen, len(self._finals))
            finals = tuple(self._finals)[len(self._finals) - fresh :]
            return finals, self._tentative

    @property
    def finals(self) -> int:
        """Number of final segments ever added."""
        return self._count
