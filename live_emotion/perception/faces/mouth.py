"""How much a mouth moves from one picture to the next, whatever the head does meanwhile.

The face is cut out of both pictures by one and the same transform, so that jitter of the
landmarks cannot look like movement; what the head moved is taken out by the shift that lays the
two upper faces on each other (phase correlation, Kuglin & Hines, 1975). What then still changes
around the mouth more than in the rest of the face is the mouth's.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import ByteImage
from live_emotion.core.percepts import Face
from live_emotion.perception.faces.crop import CROP_SIDE, face_transform

Patch = NDArray[np.float32]

# Rows and columns of the 48 x 48 frame of `crop`: eyes lie in row 19, the mouth in row 37.
MOUTH: Final = (slice(32, 46), slice(13, 35))
UPPER: Final = (slice(8, 30), slice(8, 40))
_EDGE: Final = 3
_CONTRAST_MIN: Final = 4.0
_CORNERS: Final = np.array([[0.0, 0.0], [CROP_SIDE, 0.0], [0.0, CROP_SIDE], [CROP_SIDE, CROP_SIDE]])
_WINDOW: Final = np.outer(np.hanning(22), np.hanning(32)).astype(np.float32)


class MouthView:
    """One face as it was last found, through whose frame pictures are compared.

    Of pictures compared one after the other each is cut only once.

    Parameters
    ----------
    face
        As last seen, at the first picture or up to half a second before.
    """

    __slots__ = ("_back", "_patch", "_picture", "_shrink", "_transform", "face")

    def __init__(self, face: Face) -> None:
        self.face = face
        self._transform = face_transform(face)
        self._back = cv2.invertAffineTransform(self._transform)
        scale = float(np.hypot(self._transform[0, 0], self._transform[1, 0]))
        self._shrink = max(1, int(1.0 / max(scale, 1e-6)))
        self._picture: ByteImage | None = None
        self._patch: Patch | None = None

    def motion(self, before: ByteImage, now: ByteImage) -> float:
        """Return how much the mouth moved between two pictures, see `mouth_motion`."""
        first = self._patch
        if first is None or self._picture is not before:
            first = self._cut(before)
        second = self._cut(now)
        self._picture, self._patch = now, second
        return _moved(first, second)

    def _cut(self, image: ByteImage) -> Patch:
        """Return the face in grey, ``(48, 48)``, 0..255, smoothed as far as it is made smaller."""
        shrink = self._shrink
        height, width = image.shape[:2]
        # Only what the frame covers is read: whole pictures would be dear.
        spots = _CORNERS @ self._back[:, :2].T + self._back[:, 2]
        x0, y0 = np.clip(np.floor(spots.min(0)).astype(int) - shrink, 0, (width - 1, height - 1))
        x1, y1 = np.clip(
            np.ceil(spots.max(0)).astype(int) + shrink, (x0 + 1, y0 + 1), (width, height)
        )
        grey = np.ascontiguousarray(image[y0:y1, x0:x1])
        if grey.ndim == 3:
            grey = np.asarray(cv2.cvtColor(grey, cv2.COLOR_RGB2GRAY), np.uint8)
        if shrink > 1:
            grey = np.asarray(cv2.blur(grey, (shrink, shrink)), np.uint8)
        local = self._transform.copy()
        local[:, 2] += local[:, :2] @ np.array([x0, y0], np.float64)
        cut = cv2.warpAffine(
            grey,
            local,
            (CROP_SIDE, CROP_SIDE),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(cut, np.float32)


def mouth_motion(before: ByteImage, now: ByteImage, face: Face) -> float:
    """Return how much the mouth moved between two pictures, relative to the face's contrast.

    Parameters
    ----------
    before, now
        ``(h, w, 3)`` uint8 RGB or ``(h, w)`` grey, of the same size, a tenth of a second or so
        apart.
    face
        As last seen, at the earlier picture or up to half a second before.

    Returns
    -------
    float
        Mean change around the mouth less that of the rest of the face, by the deviation of the
        face's brightness; 0 where the mouth changes no more than the rest. Speech gives 0.03 to
        0.3, a still mouth less than 0.02.
    """
    return MouthView(face).motion(before, now)


def _moved(first: Patch, second: Patch) -> float:
    dx, dy = _shift(first[UPPER], second[UPPER])
    moved = cv2.warpAffine(
        second,
        np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]]),
        (CROP_SIDE, CROP_SIDE),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    change = np.abs(np.asarray(moved, np.float32) - first)
    contrast = max(float(first[_EDGE:-_EDGE, _EDGE:-_EDGE].std()), _CONTRAST_MIN)
    return max(0.0, float(change[MOUTH].mean() - change[UPPER].mean())) / contrast


def _shift(first: Patch, second: Patch) -> tuple[float, float]:
    """Return by how many pixels `second` is shifted against `first`; 0 where that is unclear."""
    (dx, dy), response = cv2.phaseCorrelate(first, second, _WINDOW)
    if response < 0.1 or max(abs(dx), abs(dy)) > 6.0:
        return 0.0, 0.0
    return float(dx), float(dy)
