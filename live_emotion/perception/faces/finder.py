"""Find faces and five landmarks in a picture with CenterFace.

CenterFace (Xu, Yan, Yang, Gao, Su, Du: CenterFace: Joint Face Detection and Alignment Using
Face as Point, Scientific Programming 2020) is free of anchors: one heat map whose peaks are
face centres, with size, offset and landmarks regressed at each peak, all at stride 4.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.perception.faces.shrinking import shrunk

STRIDE: Final = 4
_MULTIPLE: Final = 32  # the network halves its input five times
# Around a face that is known, a square of so many of its sides is looked at, of so many pixels.
_NEAR_SIDES: Final = 1.8
_NEAR_PIXELS: Final = 128
_MOST_PEAKS: Final = 256  # bounds the work on a picture of a crowd, or of noise

Forward = Callable[[FloatArray], Sequence[FloatArray]]


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """A face in one picture.

    Attributes
    ----------
    box
        ``(x, y, w, h)`` in source pixels, kept within the picture.
    confidence
        Height of the heat map's peak, 0..1.
    landmarks
        ``(5, 2)`` float32 source pixels: right eye, left eye, nose, right and left corner of
        the mouth, right and left as the person's own. May lie outside the picture.
    """

    box: tuple[float, float, float, float]
    confidence: float
    landmarks: FloatArray


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


def decode(
    heat: FloatArray,
    size: FloatArray,
    offset: FloatArray,
    landmarks: FloatArray,
    threshold: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Turn the network's four maps into boxes, scores and landmarks, the best first.

    Parameters
    ----------
    heat
        ``(h, w)`` peaks 0..1.
    size
        ``(2, h, w)`` logarithm of height and width, in cells.
    offset
        ``(2, h, w)`` of the centre within its cell, y then x.
    landmarks
        ``(10, h, w)``: y then x of each point, as shares of the box from its corner.
    threshold
        Least score kept.

    Returns
    -------
    boxes, scores, landmarks
        ``(n, 4)`` left, top, right, bottom; ``(n,)``; ``(n, 5, 2)`` x and y; all in pixels of
        the network's input.
    """
    rows, columns = np.nonzero(heat >= threshold)
    scores = heat[rows, columns]
    order = np.argsort(-scores, kind="stable")[:_MOST_PEAKS]
    rows, columns, scores = rows[order], columns[order], scores[order]
    # exp of a wild value must not overflow: no face is larger than 2**10 cells.
    sides = np.exp(np.minimum(size[:, rows, columns], 7.0)).T * STRIDE
    centres = (np.stack([rows, columns], 1) + offset[:, rows, columns].T + 0.5) * STRIDE
    corner = centres - sides / 2
    points = landmarks[:, rows, columns].T.reshape(-1, 5, 2) * sides[:, None] + corner[:, None]
    boxes = np.concatenate([corner[:, ::-1], (corner + sides)[:, ::-1]], 1)
    return (
        boxes.astype(np.float32),
        scores.astype(np.float32),
        points[:, :, ::-1].astype(np.float32),
    )


def suppress(boxes: FloatArray, scores: FloatArray, overlap: float) -> list[int]:
    """Return the boxes to keep: non-maximum suppression, scores in falling order.

    Parameters
    ----------
    boxes
        ``(n, 4)`` left, top, right, bottom.
    scores
        ``(n,)``.
    overlap
        Greatest intersection over union two kept boxes may have.
    """
    keep: list[int] = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        best, left = int(left[0]), left[1:]
        keep.append(best)
        left = left[iou(boxes[best], boxes[left]) <= overlap]
    return keep


def iou(box: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the intersection over union of a box ``(4,)`` with others ``(n, 4)``, by corners."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.maximum(high - low, 0.0), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1)
    union = np.prod(box[2:] - box[:2]) + areas - shared
    ratio: NDArray[np.floating] = shared / np.maximum(union, 1e-9)
    return ratio
