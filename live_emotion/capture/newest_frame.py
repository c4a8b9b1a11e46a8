"""A holder with one place: the newest frame wins, what it replaces is counted."""

from __future__ import annotations

import threading
from collections.abc import Callable

from live_emotion.core.media import VideoFrame


class NewestFrame:
    """Hands the newest frame from the camera's thread to whoever looks.

    Attributes
    ----------
    dropped
        Frames that were replaced before anybody took them.
    tap
        Called with every frame, on the camera's thread, for which it must return at once.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: VideoFrame | None = None
        self.dropped = 0
        self.tap: Callable[[VideoFrame], None] = lambda frame: None

    def put(self, frame: VideoFrame) -> None:
        """Take the place of the frame that waits, if one does."""
        self.tap(frame)
        with self._lock:
            if self._frame is not None:
                self.dropped += 1
            self._frame = frame

    def take(self) -> VideoFrame | None:
        """Return the frame that waits, or None."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame
