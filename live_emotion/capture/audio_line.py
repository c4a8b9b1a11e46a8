"""Any decoded sound to 16 kHz mono float32, gapless on the media clock.

Two stages: first every frame becomes mono float at its own rate, where holes can be filled and
overlaps cut to the sample; then one polyphase resampler runs over the joined line. Input rate
``r`` and 16 kHz coincide every ``r / gcd(r, 16000)`` samples; each run begins on such a sample
(padded in front with zeros that are thrown away again), so output samples fall on whole
multiples of 1/16000 s of the media clock, and playing from a later start gives the same samples.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import av
import av.error
import numpy as np

from live_emotion.capture.clock_grid import ClockGrid
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

_LOG = logging.getLogger(__name__)

# Timestamps that jitter by less than this are smoothed over by counting samples.
JITTER_S: Final = 0.02
# After damage counts mean little: then timestamps rule.
DAMAGED_JITTER_S: Final = 0.001
# A longer hole starts a new run: the zeros are then laid down at 16 kHz, block by block.
_LONG_HOLE_S: Final = 0.5


class AudioLine:
    """Takes decoded audio frames with their times; yields 16 kHz blocks on the clock's grid.

    Parameters
    ----------
    first, last
        Numbers of the first sample to yield and of the one after the last (`ClockGrid`).
    """

    def __init__(self, first: int = 0, last: int | None = None) -> None:
        self._grid = ClockGrid(first, last)
        self._shape: tuple[int, str, str] | None = None
        self._mixer: _Mixer | None = None
        self._run: _Run | None = None
        self._trust_stamps = False

    @property
    def full(self) -> bool:
        """Whether every sample asked for has come."""
        return self._grid.full

    def damaged(self) -> None:
        """Say that packets were lost: the next timestamp is taken at its word."""
        self._trust_stamps = True

    def push(self, frame: Any, t: Fraction | None) -> Iterator[AudioBlock]:
        """Add one `av.AudioFrame` that begins at media second `t`; None: where the last ended."""
        rate = frame.sample_rate
        shape = (rate, frame.format.name, frame.layout.name)
        if shape != self._shape or self._mixer is None:
            yield from self._end_run()
            self._shape, self._mixer = shape, _Mixer()
        samples = self._mixer.mono(frame)
        if self._run is not None and self._run.rate == rate:
            at = self._run.position if t is None else round(t * rate)
            gap = at - self._run.position
            jitter = DAMAGED_JITTER_S if self._trust_stamps else JITTER_S
            self._trust_stamps = False
            if abs(gap) <= jitter * rate:
                at = self._run.position
            elif gap < 0:
                samples, at = samples[-gap:], self._run.position
            elif gap <= _LONG_HOLE_S * rate:
                yield from self._put(np.zeros(gap, dtype=np.float32))
            else:
                yield from self._end_run()
        else:
            done = self._grid.next_index or 0
            at = round(Fraction(done, SAMPLE_RATE) * rate if t is None else t * rate)
        if self._run is None:
            self._run = _Run(rate, at)
        if len(samples):
            yield from self._put(samples)

    def flush(self) -> Iterator[AudioBlock]:
        """Yield what the resampler and the last block still hold."""
        yield from self._end_run()
        yield from self._grid.flush()

    def _put(self, samples: FloatArray) -> Iterator[AudioBlock]:
        assert self._run is not None
        yield from self._grid.put(*self._run.push(samples))

    def _end_run(self) -> Iterator[AudioBlock]:
        if self._run is not None:
            yield from self._grid.put(*self._run.finish())
        self._run = None


class _Mixer:
    """Any layout and sample format to mono float at the same rate, sample for sample."""

    def __init__(self) -> None:
        # Weights that add up to 1: a voice that is on both stereo channels keeps its level.
        self._resampler = av.AudioResampler(
            format="flt", layout="mono", options={"rematrix_maxval": "1.0"}
        )
        self._known_layout = True

    def mono(self, frame: Any) -> FloatArray:
        """Return the frame's samples, ``(n,)`` float32 in -1..1."""
        frame.pts = None  # Time is kept beside the samples; the filter need not check it.
        if self._known_layout:
            try:
                return _values(self._resampler.resample(frame))
            except (av.error.FFmpegError, ValueError):
                # Channels whose places nobody knows cannot be mixed by place.
                _LOG.info("layout %s: plain mean", frame.layout.name, exc_info=True)
                self._known_layout = False
                self._resampler = av.AudioResampler(format="flt")
        channels = frame.layout.nb_channels
        packed = _values(self._resampler.resample(frame)).reshape(-1, channels)
        mean: FloatArray = packed.mean(axis=1, dtype=np.float32)
        return mean


class _Run:
    """A stretch of sound without holes at one rate, resampled to 16 kHz."""

    def __init__(self, rate: int, first: int) -> None:
        common = math.gcd(rate, SAMPLE_RATE)
        start = first - first % (rate // common)
        self.rate = rate
        self.position = first
        # Output numbers: where the run is, and where what was really heard begins.
        self._out = start // (rate // common) * (SAMPLE_RATE // common)
        self._floor = -(-first * SAMPLE_RATE // rate)
        self._resampler = (
            av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE)
            if rate != SAMPLE_RATE
            else None
        )
        self._lead = np.zeros(first - start, dtype=np.float32)

    def push(self, samples: FloatArray) -> tuple[int, FloatArray]:
        """Return the number of the first output sample that became ready, and the samples."""
        self.position += len(samples)
        if len(self._lead):
            samples, self._lead = np.concatenate([self._lead, samples]), self._lead[:0]
        if self._resampler is None:
            return self._emit(samples)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples)[None, :], format="flt", layout="mono"
        )
        frame.sample_rate = self.rate
        return self._emit(_values(self._resampler.resample(frame)))

    def finish(self) -> tuple[int, FloatArray]:
        """Return the resampler's tail, cut or filled to the run's exact length."""
        tail = np.zeros(0, dtype=np.float32)
        if self._resampler is not None:
            tail = _values(self._resampler.resample(None))
        end = -(-self.position * SAMPLE_RATE // self.rate)
        missing = max(0, end - self._out)
        return self._emit(np.pad(tail[:missing], (0, missing - min(missing, len(tail)))))

    def _emit(self, samples: FloatArray) -> tuple[int, FloatArray]:
        index = self._out
        self._out += len(samples)
        cut = min(max(0, self._floor - index), len(samples))
        clean = np.nan_to_num(samples[cut:], nan=0.0, posinf=1.0, neginf=-1.0)
        return index + cut, np.clip(clean, -1.0, 1.0).astype(np.float32, copy=False)


def _values(frames: list[Any]) -> FloatArray:
    if not frames:
        return np.zeros(0, dtype=np.float32)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])
