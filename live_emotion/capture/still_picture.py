"""Notices a camera that gives the very same picture again and again, or nothing but black.

A sensor has noise: two pictures of it never agree in every bit. A driver that hangs, a virtual
camera whose program stopped, or an electronic shutter do. Scores of such pictures would be the
last score frozen.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import numpy as np

AFTER_S: Final = 5.0
# Twice a second is enough, and off the beat of a test picture's cycle.
_EVERY_S: Final = 0.47


class StillPicture:
    """Compares pictures by their checksum, now and then."""

    def __init__(self) -> None:
        self._looked = float("-inf")
        self._since = 0.0
        self._sum: int | None = None
        self._why: str | None = None

    def look(self, t: float, image: Any) -> str | None:
        """Return what is wrong with the pictures that come, as a part of a sentence, or None.

        Parameters
        ----------
        t
            Seconds on the session clock.
        image
            The picture, uint8 of any shape.
        """
        if t - self._looked < _EVERY_S:
            return self._why
        self._looked = t
        checksum = zlib.crc32(np.ascontiguousarray(image).data)
        if checksum != self._sum:
            self._sum, self._since, self._why = checksum, t, None
        elif t - self._since >= AFTER_S:
            black = not image.any()
            self._why = (
                "gives nothing but black: it may be covered or turned off"
                if black
                else "gives the same picture again and again: it may hang"
            )
        return self._why
