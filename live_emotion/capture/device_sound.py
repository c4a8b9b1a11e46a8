"""Sound as a device gives it, to 16 kHz mono blocks that keep to the session clock.

A resampler brings the device's rate to 16 kHz; where its samples fall on the session clock is the
`SoundClock`'s to say. The card's drift shows as a slowly growing error: it is taken back by single
samples put in or left out. A larger error is a hole or an overlap, and stays one: nothing is
stretched over it.
"""

from __future__ import annotations

from typing import Final

import av
import numpy as np

from live_emotion.capture.sound_clock import SoundClock
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

# Within this many samples (1 ms) of the clock nothing is done.
_SLACK: Final = 16
# A larger error (50 ms) is no drift.
_JUMP: Final = SAMPLE_RATE // 20
# One sample in this many is put in or left out at most: 0.2 %, which nobody hears.
_SLEW_EVERY: Final = 512
_BLOCK: Final = SAMPLE_RATE // 10


class DeviceSound:
    """Takes a device's mono samples in order and yields blocks on the session clock's grid.

    Parameters
    ----------
    rate
        The device's, in Hz.
    clock
        Places the device's samples on the session clock.

    Attributes
    ----------
    overlapped
        Samples at 16 kHz that were thrown away because their time was taken already.
    """

    def __init__(self, rate: int, clock: SoundClock) -> None:
        self._rate = rate
        self._clock = clock
        self._resampler = (
            av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            if rate != SAMPLE_RATE
            else None
        )
        self._out = 0  # samples that came out of the resampler
        self._at: int | None = None  # number on the session grid of the next one
        self._owed = 0  # samples since one was put in or left out
        self.overlapped = 0

    def push(self, samples: FloatArray) -> list[AudioBlock]:
        """Add ``(n,)`` float32 samples that the clock knows; return blocks of 0.1 s at most."""
        ready = self._resample(samples)
        if not len(ready) or not self._clock.ready:
            self._out += len(ready)
            return []
        wanted = round(self._clock.to_session(self._out / SAMPLE_RATE) * SAMPLE_RATE)
        self._out += len(ready)
        if self._at is None or wanted - self._at >= _JUMP:
            self._at = wanted
        elif self._at - wanted >= _JUMP:
            cut = min(len(ready), self._at - wanted)
            self.overlapped += cut
            ready = ready[cut:]
            if not len(ready):
                return []
        else:
            ready = self._slew(ready, wanted - self._at)
        first, self._at = self._at, self._at + len(ready)
        blocks = [
            AudioBlock((first + at) / SAMPLE_RATE, ready[at : at + _BLOCK])
            for at in range(0, len(ready), _BLOCK)
        ]
        return [block for block in blocks if block.t >= 0.0]

    def lost(self, count: int) -> None:
        """Say that `count` of the device's samples never came: they leave a hole."""
        self._out += round(count * SAMPLE_RATE / self._rate)

    def _slew(self, samples: FloatArray, error: int) -> FloatArray:
        """Put in or leave out one sample where the error calls for it."""
        self._owed += len(samples)
        if abs(error) <= _SLACK or self._owed < _SLEW_EVERY or len(samples) < 64:
            return samples
        self._owed = 0
        count = len(samples) + (1 if error > 0 else -1)
        places = np.linspace(0.0, len(samples) - 1.0, count)
        return np.interp(places, np.arange(len(samples)), samples).astype(np.float32)

    def _resample(self, samples: FloatArray) -> FloatArray:
        # Whether there is anything to mend costs a fifth of mending it.
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        clean = np.clip(samples, -1.0, 1.0)
        clean = clean.astype(np.float32, copy=False)
        if self._resampler is None:
            return clean
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(clean)[None, :], format="flt", layout="mono"
        )
        frame.sample_rate = self._rate
        out = self._resampler.resample(frame)
        if not out:
            return np.zeros(0, dtype=np.float32)
        return np.concatenate([part.to_ndarray()[0] for part in out])
