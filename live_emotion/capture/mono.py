"""Any layout and sample format to mono float at the same rate, sample for sample."""

from __future__ import annotations

import logging
from typing import Any, Final

import av
import av.error
import numpy as np

from live_emotion.core.media import FloatArray

_LOG = logging.getLogger(__name__)

# What most files hold needs no filter: one or two planes of floats.
_PLAIN: Final = {("flt", "mono"): 1, ("fltp", "mono"): 1, ("fltp", "stereo"): 2}


class Mixer:
    """Mixes decoded sound of one layout, format and rate, named as FFmpeg names them."""

    def __init__(self, sample_format: str, layout: str) -> None:
        self._plain = _PLAIN.get((sample_format, layout))
        # Weights that add up to 1: a voice that is on both stereo channels keeps its level.
        self._resampler = av.AudioResampler(
            format="flt", layout="mono", options={"rematrix_maxval": "1.0"}
        )
        self._known_layout = True

    def mono(self, frame: Any) -> FloatArray:
        """Return the frame's samples, ``(n,)`` float32 in -1..1."""
        if self._plain is not None:
            n = frame.samples
            planes = [np.frombuffer(plane, np.float32, n) for plane in frame.planes]
            if self._plain == 1:
                return planes[0]
            # Halves first, as the filter has it: not a bit differs.
            half = np.float32(0.5)
            return planes[0] * half + planes[1] * half
        frame.pts = None  # Time is kept beside the samples; the filter need not check it.
        if self._known_layout:
            try:
                return values(self._resampler.resample(frame))
            except (av.error.FFmpegError, ValueError):
                # Channels whose places nobody knows cannot be mixed by place.
                _LOG.info("layout %s: plain mean", frame.layout.name, exc_info=True)
                self._known_layout = False
                self._resampler = av.AudioResampler(format="flt")
        channels = frame.layout.nb_channels
        packed = values(self._resampler.resample(frame)).reshape(-1, channels)
        mean: FloatArray = packed.mean(axis=1, dtype=np.float32)
        return mean


def values(frames: list[Any]) -> FloatArray:
    """Return the samples of packed or single-channel float frames, one after the other."""
    if not frames:
        return np.zeros(0, dtype=np.float32)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])
