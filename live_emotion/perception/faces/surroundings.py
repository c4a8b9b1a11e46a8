"""Whether a picture has changed since it was last searched as a whole, away from a known face.

Somebody who joins changes the picture where they come in. So while nothing changes but the face
that is known and looked at anyway, there is nobody new to be found. A picture is compared in
patches of a fiftieth of its width, smaller than any face that can be found in it; noise and the
flicker of compression average out within one, and a change of exposure, which is everywhere, is
taken away. Where there is much contrast within a few patches, such as at the shoulders of somebody
who breathes, more is needed, for there a shift by few pixels changes much. The picture compared
with stays the same from one whole search to the next, so that a slow change adds up.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from live_emotion.core.media import ByteImage, FloatArray

Box = tuple[float, float, float, float]

_LONG_SIDE: Final = 64  # patches
# In grey levels (0..255). Noise and compression change a patch by less than 3, a face 30 pixels
# wide in 720p by more than this, even if it has little contrast to the wall.
_CHANGE: Final = 6.0
# What is needed beside, as a share of the contrast around a patch: a shift by a quarter of a patch.
_SHIFT: Final = 0.25
_AROUND: Final = np.ones((3, 3), np.uint8)


class Surroundings:
    """Remembers a picture in patches, to tell whether later ones differ outside of a square."""

    def __init__(self) -> None:
        self._patches: FloatArray | None = None
        self._needed: FloatArray | None = None

    def remember(self, picture: ByteImage) -> None:
        """Take a picture ``(h, w)`` or ``(h, w, 3)`` as what later ones are compared with."""
        patches = self._patches = patches_of(picture)
        contrast = cv2.dilate(patches, _AROUND) - cv2.erode(patches, _AROUND)
        self._needed = np.asarray(_CHANGE + _SHIFT * contrast, np.float32)

    def changed(self, picture: ByteImage, square: Box | None = None) -> bool:
        """Return whether a picture differs from the one remembered; true if there is none.

        Parameters
        ----------
        picture
            As of `remember`.
        square
            ``(left, top, right, bottom)`` in pixels; patches wholly inside do not count.
        """
        before, needed, now = self._patches, self._needed, patches_of(picture)
        if before is None or needed is None or before.shape != now.shape:
            return True
        counts = np.ones(now.shape, bool)
        if square is not None:
            rows, columns = now.shape
            down, across = rows / picture.shape[0], columns / picture.shape[1]
            top, bottom = math.ceil(square[1] * down), math.floor(square[3] * down)
            left, right = math.ceil(square[0] * across), math.floor(square[2] * across)
            counts[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = False
        if not counts.any():
            return False
        change = (now - before)[counts]
        return bool((np.abs(change - np.median(change)) > needed[counts]).any())


def patches_of(picture: ByteImage) -> FloatArray:
    """Return the mean brightness of patches, at most 64 a side, ``(rows, columns)`` float32."""
    height, width = picture.shape[:2]
    scale = _LONG_SIDE / max(height, width, 1)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    # Averages of two by two pixels are the only fast ones.
    while height >= 2 * size[1] and width >= 2 * size[0] and min(height, width) > 1:
        height, width = height // 2, width // 2
        even = picture[: 2 * height, : 2 * width]
        picture = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    return small if small.ndim == 2 else np.asarray(small.mean(axis=2), np.float32)
