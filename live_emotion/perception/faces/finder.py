"""Find faces and five landmarks in a picture with CenterFace.

CenterFace (Xu, Yan, Yang, Gao, Su, Du: CenterFace: Joint Face Detection and Alignment Using
Face as Point, Scientific Programming 2020) is free of anchors: one heat map whose peaks are
face centres, with size, offset and landmarks regressed at each peak, all at stride 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.perception.faces.detection import Detection, decode, suppress
from live_emotion.perception.faces.shrinking import shrunk

_MULTIPLE: Final = 32  # the network halves its input five times
# Around a face that is known, a square of so many of its sides is looked at, of so many pixels.
_NEAR_SIDES: Final = 1.8
_NEAR_PIXELS: Final = 128

Forward = Callable[[FloatArray], Sequence[FloatArray]]


class FaceFinder:
    """Runs the network on a picture of any size and gives detections in its pixels.

    Parameters
    ----------
    forward
        The network: ``(1, 3, H, W)`` float32 RGB 0..255 in, `H` and `W` multiples of 32; heat
        map ``(1, 1, H/4, W/4)``, scale ``(1, 2, ..)``, offset ``(1, 2, ..)`` and landmarks
        ``(1, 10, ..)`` out.
    longest_side
        The picture is resized so that its longest side has this many pixels.
    threshold
        Least confidence of a face, 0..1.
    overlap
        Of two boxes that overlap by more (intersection over union) the weaker is dropped.
    """

    def __init__(
        self,
        forward: Forward,
        *,
        longest_side: int = 384,
        threshold: float = 0.5,
        overlap: float = 0.3,
    ) -> None:
        self._forward = forward
        self._side = longest_side
        self._threshold = threshold
        self._overlap = overlap

    def find(self, image: ByteImage) -> list[Detection]:
        """Return the faces of a picture, the most certain first.

        Parameters
        ----------
        image
            ``(h, w, 3)`` uint8 RGB; grey ``(h, w)`` and RGBA pictures are converted.
        """
        image = as_rgb(image)
        height, width = image.shape[:2]
        if height < 1 or width < 1:
            return []
        x, scale = self._prepare(image)
        return self._detect(x, scale, width, height)

    def find_near(
        self, image: ByteImage, box: tuple[float, float, float, float]
    ) -> list[Detection]:
        """Return the faces in a square around a box, which costs a fifth of the whole picture.

        Parameters
        ----------
        image
            As of `find`.
        box
            ``(x, y, w, h)`` of the face in pixels, as last seen.
        """
        image = as_rgb(image)
        height, width = image.shape[:2]
        left, top, right, bottom = near_square(box, width, height)
        if right <= left or bottom <= top:
            return []
        part = image[top:bottom, left:right]
        ratio = _NEAR_PIXELS / max(_NEAR_SIDES * max(*box[2:], 1.0), *part.shape[:2])
        # Always of one size, for which the network is compiled once.
        square, scale = shrunk(part, ratio, (_NEAR_PIXELS, _NEAR_PIXELS))
        found = self._detect(square, scale, right - left, bottom - top)
        return [
            Detection(
                (one.box[0] + left, one.box[1] + top, one.box[2], one.box[3]),
                one.confidence,
                one.landmarks + np.array([left, top], np.float32),
            )
            for one in found
        ]

    def _detect(self, x: FloatArray, scale: FloatArray, width: int, height: int) -> list[Detection]:
        heat, size, offset, landmarks = self._forward(x)
        boxes, scores, points = decode(
            heat[0, 0], size[0], offset[0], landmarks[0], self._threshold
        )
        boxes /= np.tile(scale, 2)
        points /= scale
        limit = np.array([width, height, width, height], np.float32)
        boxes = np.clip(boxes, 0.0, limit)
        found = []
        for i in suppress(boxes, scores, self._overlap):
            x0, y0, x1, y1 = (float(v) for v in boxes[i])
            if x1 - x0 >= 1.0 and y1 - y0 >= 1.0:
                found.append(Detection((x0, y0, x1 - x0, y1 - y0), float(scores[i]), points[i]))
        return found

    def _prepare(self, image: ByteImage) -> tuple[FloatArray, FloatArray]:
        """Return the network's input, and by how much x and y were scaled."""
        height, width = image.shape[:2]
        ratio = self._side / max(height, width)
        w, h = max(1, round(width * ratio)), max(1, round(height * ratio))
        return shrunk(
            image, ratio, (-(-h // _MULTIPLE) * _MULTIPLE, -(-w // _MULTIPLE) * _MULTIPLE)
        )


def near_square(
    box: tuple[float, float, float, float], width: int, height: int
) -> tuple[int, int, int, int]:
    """Return what is looked at around a face, kept within a picture of `width` by `height`.

    Parameters
    ----------
    box
        ``(x, y, w, h)`` of the face in pixels.

    Returns
    -------
    tuple of int
        Left, top, right and bottom in pixels; nothing lies between them if the box lies outside.
    """
    x, y, w, h = box
    half = max(w, h, 1.0) * _NEAR_SIDES / 2
    left, top = (max(0, math.floor(c - half)) for c in (x + w / 2, y + h / 2))
    right = min(width, math.ceil(x + w / 2 + half))
    bottom = min(height, math.ceil(y + h / 2 + half))
    return left, top, right, bottom


def as_rgb(image: ByteImage) -> ByteImage:
    """Return an RGB picture ``(h, w, 3)``, whether given grey, RGB or RGBA."""
    if image.ndim == 2:
        image = image[:, :, None]
    if image.shape[2] == 3:
        return image
    return np.repeat(image[:, :, :1], 3, axis=2) if image.shape[2] < 3 else image[:, :, :3]
