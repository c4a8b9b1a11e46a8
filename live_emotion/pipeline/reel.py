"""The pictures of a file alone, from any moment on: for looking at what was scored before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from live_emotion.capture.source import Source
from live_emotion.core.media import VideoFrame

# The picture at a moment is the last one before it; it may be that much older.
_LOOK_BACK_S: Final = 1.0


class Reel:
    """Pictures in order of time, the first of them the one that is seen at `t`.

    Parameters
    ----------
    opener
        Opens the file at a time in seconds.
    t
        Where to begin, in media seconds.

    Raises
    ------
    UserError
        If the file cannot be opened there.
    """

    def __init__(self, opener: Callable[[float], Source], t: float) -> None:
        self._source = opener(max(0.0, t - _LOOK_BACK_S))
        self._frames = self._pictures()
        self.still: VideoFrame | None = None
        self._next = next(self._frames, None)
        while self._next is not None and self._next.t < t - 1e-6:
            self.still = self._next
            self._next = next(self._frames, None)

    def peek(self) -> VideoFrame | None:
        """Return the next picture, None if there is none."""
        return self._next

    def take(self) -> VideoFrame | None:
        """Return the next picture and move on."""
        taken = self._next
        if taken is not None:
            self._next = next(self._frames, None)
        return taken

    def close(self) -> None:
        """Let go of the file."""
        self._source.close()

    def _pictures(self) -> Iterator[VideoFrame]:
        for event in self._source.events():
            if isinstance(event, VideoFrame):
                yield event
