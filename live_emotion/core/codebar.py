"""Numbers as black and white cells in a picture, so that a machine can read a screen.

A bar is a row of square cells, white for one, the highest bit first: a number of 32 bits, then 8
check bits. Measurements of latency paint one into a camera's pictures and one into the window.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

VALUE_BITS: Final = 32
CHECK_BITS: Final = 8
CELLS: Final = VALUE_BITS + CHECK_BITS
MOST: Final = (1 << VALUE_BITS) - 1


def cells_of(value: int) -> NDArray[np.bool_]:
    """Return the cells ``(40,)`` of a number; what does not fit into 32 bits is cut off."""
    value &= MOST
    whole = value << CHECK_BITS | _check(value)
    return np.array([whole >> (CELLS - 1 - k) & 1 for k in range(CELLS)], np.bool_)


def paint(image: NDArray[np.uint8], value: int, side: int, top: int = 0, left: int = 0) -> None:
    """Paint a bar into a picture ``(h, w)`` or ``(h, w, c)`` in place, cells `side` pixels wide."""
    row = np.repeat(np.where(cells_of(value), np.uint8(255), np.uint8(0)), side)
    part = image[top : top + side, left : left + CELLS * side]
    part[:] = row if image.ndim == 2 else row[:, np.newaxis]


def read(image: NDArray[np.uint8], side: int, top: int = 0, left: int = 0) -> int | None:
    """Return the number of a bar, None where there is none: too small, or the check fails."""
    y, x = top + side // 2, left + side // 2
    if image.shape[0] <= y or image.shape[1] < left + CELLS * side:
        return None
    middle = image[y, x : x + CELLS * side : side]
    bits = (middle if middle.ndim == 1 else middle[:, 1]) > 127
    whole = int(sum(1 << (CELLS - 1 - k) for k in np.flatnonzero(bits)))
    value, check = whole >> CHECK_BITS, whole & (1 << CHECK_BITS) - 1
    return value if check == _check(value) else None


def _check(value: int) -> int:
    """Return check bits that neither an all black nor an all white bar has."""
    total = 0xA5
    for k in range(0, VALUE_BITS, 8):
        total = (total * 31 + (value >> k & 0xFF)) & 0xFF
    return total
