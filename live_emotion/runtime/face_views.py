"""The views of a face for engines that need no PyTorch; see `live_emotion.core.face_views`."""

from __future__ import annotations

import functools

import numpy as np

from live_emotion.core.face_views import ALL, ALONE, NEAR, SHIFTS
from live_emotion.core.media import ByteImage, FloatArray


def views_of(faces: ByteImage, count: int) -> FloatArray:
    """Return the images that are read of faces, the mirror images behind the others.

    Parameters
    ----------
    faces
        ``(n, 48, 48, 3)`` uint8 RGB.
    count
        Views of each face: `ALONE`, `MIRRORED` or `ALL`.

    Returns
    -------
    FloatArray
        ``(count * n, 3, 48, 48)`` in 0..1: of all faces the first view, then of all the second.
    """
    whole = faces.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    if count == ALONE:
        return whole
    plain = [whole]
    if count == ALL:
        rows = np.arange(whole.shape[2])
        moved = (whole[:, :, np.clip(rows + up, 0, rows[-1])] for up in SHIFTS)
        plain = [*moved, _nearer(whole)]
    upright = np.concatenate(plain)
    return np.concatenate((upright, upright[..., ::-1]))


def _nearer(faces: FloatArray) -> FloatArray:
    side = faces.shape[-1]
    enlarge = _bilinear(side, side - 2 * NEAR)
    inner = faces[..., NEAR:-NEAR, NEAR:-NEAR]
    return np.asarray(enlarge @ inner @ enlarge.T, np.float32)


@functools.cache
def _bilinear(size: int, source: int) -> FloatArray:
    """Return the matrix ``(size, source)`` that enlarges a row of pixels."""
    at = np.clip((np.arange(size) + 0.5) * source / size - 0.5, 0.0, source - 1.0)
    low = np.minimum(at.astype(np.int64), source - 2)
    matrix = np.zeros((size, source), np.float32)
    rows = np.arange(size)
    matrix[rows, low] = 1.0 - (at - low)
    matrix[rows, low + 1] = at - low
    return matrix
