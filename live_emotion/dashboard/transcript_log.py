"""The transcript as it stands: final runs that stay, and one tentative run that does not."""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from live_emotion.core.percepts import TranscriptSegment

KEPT_SEGMENTS: Final = 500


class TranscriptLog:
    """Merges segments: a final one is kept, a tentative one lasts until the next segment.

    One thread adds, another reads.

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
        self._lock = threading.Lock()

    @property
    def version(self) -> int:
        """Grows with every segment added."""
        return self._version

    def add(self, segment: TranscriptSegment) -> None:
        """Take in the next segment in order."""
        with self._lock:
            if segment.final:
                self._finals.append(segment)
                self._count += 1
                self._tentative = None
            else:
                self._tentative = segment if segment.text else None
            self._version += 1

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
