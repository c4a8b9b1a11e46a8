"""Whether two pictures are of the same scene: a camera that stands still, and who sits before it.

A picture is compared in a few hundred patches. Between two moments of a webcam they differ by a
few grey levels, even where the person moves; after a cut, or before another camera, by dozens.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from live_emotion.core.media import ByteImage, FloatArray

_SIZE: Final = (32, 18)
# More rows than this are thinned out first: the patches are large enough all the same.
_ROWS: Final = 144
# Mean difference in grey levels (0..255). Measured: at most 9 within clips of one person before
# a camera that stands still, 60 and more between clips.
_SAME: Final = 12.0


def scene_of(image: ByteImage) -> FloatArray:
    """Return what a picture ``(height, width, 3)`` looks like from afar, ``(18, 32, 3)``.

    Its mean is taken away: a camera that comes back may be brighter at first.
    """
    step = max(1, image.shape[0] // _ROWS)
    height, width = image.shape[:2]
    size = -(-width // step), -(-height // step)
    thinned = cv2.resize(image, size, interpolation=cv2.INTER_NEAREST)
    small = cv2.resize(thinned, _SIZE, interpolation=cv2.INTER_AREA)
    scene = small.astype(np.float32)
    centred: FloatArray = scene - scene.mean(axis=(0, 1))
    return centred


def same_scene(one: FloatArray | None, other: FloatArray | None) -> bool:
    """Whether two scenes are alike; one that is not known is like none."""
    if one is None or other is None:
        return False
    return float(np.abs(one - other).mean()) < _SAME
