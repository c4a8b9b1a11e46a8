"""A face and its mirror image for engines that need no PyTorch; see `models.face_views`."""

from __future__ import annotations

import numpy as np

from live_emotion.core.media import ByteImage, FloatArray


def views_of(faces: ByteImage, count: int) -> FloatArray:
    """Return the images that are read of faces.

    Parameters
    ----------
    faces
        ``(n, 48, 48, 3)`` uint8 RGB.
    count
        1, or 2 with the mirror images.

    Returns
    -------
    FloatArray
        ``(count * n, 3, 48, 48)`` in 0..1, the mirror images behind the faces.
    """
    upright = faces.transpose(0, 3, 1, 2).astype(np.float32) / np.float32(255)
    return upright if count == 1 else np.concatenate((upright, upright[..., ::-1]))
