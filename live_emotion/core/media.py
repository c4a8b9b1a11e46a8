"""What sources emit: pictures and blocks of sound, each with its time."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.ticks import SAMPLE_RATE

ByteImage = NDArray[np.uint8]
FloatArray = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class VideoFrame:
    """One picture. Colour conversion happens when `image` is first read, not before.

    Attributes
    ----------
    t
        Seconds on the session clock: stamped at capture, or the file's own timestamp.
    index
        Number of the frame within its source, from 0, dropped ones counted.
    width, height
        Size in pixels as shown (rotation already applied).
    load
        Returns the picture as RGB, ``(height, width, 3)`` uint8.
    load_luma
        Returns its brightness alone, ``(height, width)`` uint8, where a source holds that apart
        and can hand it out for nothing; or None.
    passed_over
        How many pictures between the one before and this one were not decoded, for nobody would
        have looked at them.
    """

    t: float
    index: int
    width: int
    height: int
    load: Callable[[], ByteImage]
    load_luma: Callable[[], ByteImage | None] | None = None
    passed_over: int = 0

    @functools.cached_property
    def image(self) -> ByteImage:
        """The picture as RGB, ``(height, width, 3)`` uint8."""
        return self.load()

    @functools.cached_property
    def luma(self) -> ByteImage:
        """The picture's brightness, ``(height, width)``; `image` where that is not held apart."""
        luma = self.load_luma() if self.load_luma is not None else None
        return self.image if luma is None else luma


@dataclass(frozen=True, slots=True, eq=False)
class AudioBlock:
    """A run of mono sound at 16 kHz.

    Attributes
    ----------
    t
        Seconds on the session clock of the first sample.
    samples
        ``(n,)`` float32 in -1..1, 16 kHz.
    """

    t: float
    samples: FloatArray

    @property
    def t_end(self) -> float:
        """Seconds on the session clock just after the last sample."""
        return self.t + len(self.samples) / SAMPLE_RATE
