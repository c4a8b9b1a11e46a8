"""A holder with one place: the newest frame wins, what it replaces is counted."""

from __future__ import annotations

import threading

from live_emotion.core.media import VideoFrame


class NewestFrame:
    """Hands the newest frame from the camera's thread to whoever looks.

    Attributes
    ----------
    dropped
        Frames that were replaced before anybody took them.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: VideoFrame | None = None
        self.dropped = 0

    def put(self, frame: VideoFrame) -> None:
        """Take the place of the frame that waits, if one does."""
        with self._lock:
            if self._frame is not None:
                self.dropped += 1
            self._frame = frame

    def take(self) -> VideoFrame | None:
        """Return the frame that waits, or None."""
        with self._lock:
            frame, self._frame = self._frame, None
            return frame
