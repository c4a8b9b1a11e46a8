"""A decoded picture as it is shown: upright, with square pixels, converted on demand."""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
from av.video.reformatter import VideoReformatter

from live_emotion.core.media import ByteImage

# Formats of 8 bits whose first plane is brightness.
_LUMA_FIRST: Final = frozenset(
    f"yuv{j}{layout}p" for j in ("", "j") for layout in ("420", "422", "444")
) | {"nv12", "nv21", "gray"}


class _Converters(threading.local):
    """One converter a thread: to make one for each picture costs as much as to convert it."""

    def __init__(self) -> None:
        self._converter = VideoReformatter()

    def mine(self) -> Any:
        """Return the calling thread's converter."""
        return self._converter


_CONVERTERS: Final = _Converters()


class Picture:
    """Holds a decoded frame; calling it returns RGB.

    Attributes
    ----------
    width, height
        Size as shown in pixels.

    Parameters
    ----------
    frame
        An `av.VideoFrame`. Its display matrix gives the rotation, rounded to quarter turns.
    pixel_aspect
        Width of a pixel over its height.
    """

    __slots__ = ("_frame", "_size", "_turns", "height", "width")

    def __init__(self, frame: Any, pixel_aspect: float = 1.0) -> None:
        self._frame = frame
        self._turns = round(frame.rotation / 90) % 4
        width = round(frame.width * pixel_aspect)
        self._size = (width, frame.height)
        self.width, self.height = self._size if self._turns % 2 == 0 else self._size[::-1]

    def __call__(self) -> ByteImage:
        """Return the picture, ``(height, width, 3)`` uint8 RGB."""
        width, height = self._size
        shown = _CONVERTERS.mine().reformat(
            self._frame, width=width, height=height, format="rgb24", threads=1
        )
        rgb: ByteImage = shown.to_ndarray()
        return np.ascontiguousarray(np.rot90(rgb, self._turns)) if self._turns else rgb

    def luma(self) -> ByteImage | None:
        """Return the brightness, ``(height, width)`` uint8, a view of the frame's own memory.

        None where pixels are not square, or the frame's format holds no plane of it in 8 bits.
        Its range is the video's own, 16..235 as a rule.
        """
        frame = self._frame
        if frame.format.name not in _LUMA_FIRST or self._size != (frame.width, frame.height):
            return None
        plane = frame.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        return np.rot90(rows[: frame.height, : frame.width], self._turns)


def pixel_aspect(stream: Any) -> float:
    """Return the width of a pixel over its height; 1 when unknown or beyond belief."""
    ratio = stream.sample_aspect_ratio
    aspect = float(ratio) if ratio else 1.0
    return aspect if 0.2 < aspect < 5.0 else 1.0
