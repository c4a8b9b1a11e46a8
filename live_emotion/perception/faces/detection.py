"""From the maps of the face network to single faces, each found once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.media import FloatArray

STRIDE: Final = 4
_MOST_PEAKS: Final = 256  # bounds the work on a picture of a crowd, or of noise


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
