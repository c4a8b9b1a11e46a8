"""Any decoded sound to 16 kHz mono float32, gapless on the media clock.

Two stages: first every frame becomes mono float at its own rate, where holes can be filled and
overlaps cut to the sample; then one polyphase resampler runs over the joined line. Input rate
``r`` and 16 kHz coincide every ``r / gcd(r, 16000)`` samples; each run begins on such a sample
(padded in front with zeros that are thrown away again), so output samples fall on whole
multiples of 1/16000 s of the media clock, and playing from a later start gives the same samples.
The resampler is called when the next block can be filled, not for every frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np

from live_emotion.capture.clock_grid import ClockGrid
from live_emotion.capture.mono import Mixer, values
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE

# Timestamps that jitter by less than this are smoothed over by counting samples.
JITTER_S: Final = 0.02
# After damage counts mean little: then timestamps rule.
DAMAGED_JITTER_S: Final = 0.001
# A longer hole starts a new run: the zeros are then laid down at 16 kHz, block by block.
_LONG_HOLE_S: Final = 0.5
# Sound that waits for the resampler at most.
_WAITING_S: Final = 1


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
        self._mixer: Mixer | None = None
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
            self._shape, self._mixer = shape, Mixer(*shape[1:])
        samples = self._mixer.mono(frame)
        if self._run is not None and self._run.rate == rate:
            at = self._run.position if t is None else _sample_at(t, rate)
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
            at = _sample_at(Fraction(done, SAMPLE_RATE) if t is None else t, rate)
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
        ready = self._run.push(samples, self._grid.wanted)
        if ready is not None:
            yield from self._grid.put(*ready)

    def _end_run(self) -> Iterator[AudioBlock]:
        if self._run is not None:
            yield from self._grid.put(*self._run.finish())
        self._run = None


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
        # What the resampler has not seen yet, and how many output samples it holds back.
        self._waiting = [np.zeros(first - start, dtype=np.float32)]
        self._waiting_n = 0
        self._held_back = 0

    def push(self, samples: FloatArray, wanted: int) -> tuple[int, FloatArray] | None:
        """Add samples; return the number of the first output that became ready, and the output.

        None as long as the output samples before number `wanted` cannot be complete.
        """
        self.position += len(samples)
        self._waiting.append(samples)
        self._waiting_n += len(samples)
        reached = self._reached - self._held_back + 1
        if reached < wanted and self._waiting_n < _WAITING_S * self.rate:
            return None
        ready = self._emit(self._resampled())
        self._held_back = self._reached - self._out
        return ready

    def finish(self) -> tuple[int, FloatArray]:
        """Return the rest with the resampler's tail, cut or filled to the run's exact length."""
        rest = self._resampled()
        if self._resampler is not None:
            rest = np.concatenate([rest, values(self._resampler.resample(None))])
        missing = max(0, self._reached - self._out)
        return self._emit(np.pad(rest[:missing], (0, missing - min(missing, len(rest)))))

    @property
    def _reached(self) -> int:
        """Number of the output sample at which the run ends so far."""
        return -(-self.position * SAMPLE_RATE // self.rate)

    def _resampled(self) -> FloatArray:
        """Return what the resampler makes of the samples that wait."""
        samples = np.concatenate(self._waiting)
        self._waiting, self._waiting_n = [samples[:0]], 0
        if self._resampler is None or not len(samples):
            return samples
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="flt", layout="mono")
        frame.sample_rate = self.rate
        return values(self._resampler.resample(frame))

    def _emit(self, samples: FloatArray) -> tuple[int, FloatArray]:
        index = self._out
        self._out += len(samples)
        cut = min(max(0, self._floor - index), len(samples))
        samples = samples[cut:]
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
        return index + cut, np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)


def _sample_at(t: Fraction, rate: int) -> int:
    """Return the number of the sample nearest to a time in seconds."""
    if rate % t.denominator == 0:
        return t.numerator * (rate // t.denominator)
    return round(t * rate)
