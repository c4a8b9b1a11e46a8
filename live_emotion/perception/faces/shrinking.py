"""Make a picture as small as the face network takes it, at little cost.

OpenCV's averaging over areas took a fifth of a whole search of a 720p picture (4.2 of 24 ms). Of
two by two pixels it averages ten times as fast, so that comes first where a picture is at least
twice too large; what is then left to do for a whole 720p picture is done bilinearly, in 0.6 ms in
all. Boxes move by a few thousandths of a face's side, less than from a camera's noise. Halving
twice would save little more and moves them by a hundredth.
"""

from __future__ import annotations

import cv2
import numpy as np

from live_emotion.core.media import ByteImage, FloatArray


def shrunk(image: ByteImage, ratio: float, size: tuple[int, int]) -> tuple[FloatArray, FloatArray]:
    """Return a picture by `ratio` smaller in the corner of a black one, and the exact scale.

    Parameters
    ----------
    image
        ``(h, w, 3)`` uint8.
    ratio
        Above 1 the picture is made larger.
    size
        Rows and columns of the result, at least those of the picture times `ratio`.

    Returns
    -------
    picture, scale
        ``(1, 3, *size)`` float32, 0..255; ``(2,)`` float32, by how much x and y were scaled.
    """
    height, width = image.shape[:2]
    w, h = max(1, round(width * ratio)), max(1, round(height * ratio))
    if height >= 2 * h and width >= 2 * w:
        # An odd row or column at the end is left out.
        height, width = height // 2 * 2, width // 2 * 2
        half = (width // 2, height // 2)
        halved = cv2.resize(image[:height, :width], half, interpolation=cv2.INTER_AREA)
        image = np.asarray(halved, np.uint8)
    # Bilinear sampling reads every pixel while its samples lie less than two apart.
    near = 2 * w > image.shape[1] and 2 * h > image.shape[0]
    method = cv2.INTER_LINEAR if near else cv2.INTER_AREA
    small = cv2.resize(image, (w, h), interpolation=method)
    x = np.zeros((1, 3, *size), np.float32)
    for channel, plane in enumerate(cv2.split(small)):
        x[0, channel, :h, :w] = plane
    return x, np.array([w / width, h / height], np.float32)
