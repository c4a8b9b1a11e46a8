"""PNG files of windows with a picture in them, at a third of their size."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PyQt6.QtGui import QImage, qRgb

_COLOURS: Final = 256
# The window's own colours; the rest is for the picture.
_EXACT: Final = 96
_SAMPLE: Final = 20_000


def save_small(image: QImage, path: Path) -> bool:
    """Write an image with 256 colours: the commonest ones as they are, the others clustered."""
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    height, width = rgb.height(), rgb.width()
    bits = rgb.constBits()
    if bits is None:
        return False
    raw = np.frombuffer(bits.asstring(rgb.sizeInBytes()), np.uint8)
    pixels = raw.reshape(height, rgb.bytesPerLine())[:, : 3 * width].reshape(-1, 3)
    palette, index = _reduce(pixels)
    index = np.ascontiguousarray(np.pad(index.reshape(height, width), ((0, 0), (0, -width % 4))))
    small = QImage(
        index.tobytes(), width, height, index.shape[1], QImage.Format.Format_Indexed8
    ).copy()
    small.setColorTable([qRgb(*map(int, colour)) for colour in palette])
    return small.save(str(path), "PNG", 0)


def _reduce(pixels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a palette ``(k, 3)`` and for each pixel its number in it."""
    codes = pixels.astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    found, back, counts = np.unique(codes, return_inverse=True, return_counts=True)
    colours = np.stack([found >> 16, found >> 8 & 255, found & 255], axis=1).astype(np.float32)
    if len(found) <= _COLOURS:
        return colours.astype(np.uint8), back.astype(np.uint8)
    order = np.argsort(-counts)
    exact, others = order[:_EXACT], order[_EXACT:]
    rng = np.random.default_rng(0)
    share = counts[others] / counts[others].sum()
    sample = colours[rng.choice(others, _SAMPLE, p=share)]
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 12, 0.0)
    cv2.setRNGSeed(0)
    clusters = _COLOURS - _EXACT
    _, _, centres = cv2.kmeans(
        sample, clusters, np.empty(0, np.int32), stop, 1, cv2.KMEANS_PP_CENTERS
    )
    number = np.empty(len(found), np.uint8)
    number[exact] = np.arange(_EXACT)
    for part in np.array_split(others, max(1, len(others) // 20_000)):
        distance = (centres**2).sum(axis=1) - 2.0 * colours[part] @ centres.T
        number[part] = _EXACT + distance.argmin(axis=1)
    palette = np.concatenate([colours[exact], np.round(centres)]).clip(0, 255).astype(np.uint8)
    return palette, number[back]
