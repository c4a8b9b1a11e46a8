"""One lane a stream: pulls its packets, decodes them, yields events in time order.

A lane yields None when its packets lie too far on in the file, so that the other lane goes first.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, Final

from live_emotion.capture.audio_line import AudioLine
from live_emotion.capture.damage import DamageReport
from live_emotion.capture.decoding import PacketDecoder
from live_emotion.capture.packets import PacketQueue, Wait
from live_emotion.capture.picture import Picture, pixel_aspect
from live_emotion.capture.sparing import Sparing, can_spare
from live_emotion.capture.timestamps import (
    PacketOrder,
    StampClock,
    frame_rate,
    frame_stamp,
    lacks_display_times,
    snap_to_frames,
)
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE

# A timestamp that far past the declared end is damage, not a pause.
_BEYOND_END_S: Final = 10.0
# A longer hole in the sound is reported.
_HOLE_S: Final = Fraction(1, 20)


class Lane(ABC):
    """What both lanes share: the stream's packets, its clock, and where it has come to.

    Parameters
    ----------
    stream, queue
        The stream and where its packets come from.
    zero
        Container seconds of media second 0.
    start, end
        Bounds of media time in seconds; None for no end.
    duration
        Declared length in seconds, or None.
    report
        Takes the damage.
    """

    def __init__(
        self,
        stream: Any,
        queue: PacketQueue,
        *,
        zero: Fraction,
        start: Fraction,
        end: Fraction | None,
        duration: float | None,
        report: DamageReport,
    ) -> None:
        self.stream = stream
        self._queue = queue
        self._zero = zero
        self._start = start
        self._end = end
        self._clock = StampClock(Fraction(stream.time_base), zero)
        self._beyond: float = math.inf
        if duration is not None:
            self._beyond = self._clock.first_after(Fraction(duration + _BEYOND_END_S))
        self._report = report
        self._decoder = PacketDecoder(stream, self._damaged)
        self._order = PacketOrder() if lacks_display_times(stream) else None

    @property
    @abstractmethod
    def reached(self) -> Fraction:
        """Media second at which the newest frame ends."""

    def _damaged(self, message: str, kind: str | None = None) -> None:
        self._report.add(float(self.reached), message, kind=kind or message)

    def _decode(self, packet: Any) -> list[Any]:
        return self._decoder.decode(packet)

    def _frames(self) -> Iterator[tuple[Any, Fraction | None] | None]:
        """Yield decoded frames with their media time; None when the other lane must go first."""
        while True:
            packet = self._queue.next(self.stream)
            if packet is Wait.OTHERS_FIRST:
                yield None
                continue
            at_end = packet is Wait.END
            if self._order is not None and not at_end:
                self._order.push(packet)
            for frame in self._decoder.drain() if at_end else self._decode(packet):
                stamp = frame_stamp(frame) if self._order is None else self._order.pop()
                if stamp is None:
                    yield frame, None
                elif stamp < self._beyond:
                    yield frame, self._clock.time(stamp)
                else:
                    self._damaged(f"{self.stream.type} timestamps lie far past the end")
            if at_end:
                return


class VideoLane(Lane):
    """Yields `VideoFrame` with strictly growing times.

    Parameters
    ----------
    stream, queue, common
        As `Lane`'s.
    picture_step
        Length in seconds of the steps of which only the first picture is looked at, so that others
        need not be decoded; None for all pictures.
    """

    def __init__(
        self, stream: Any, queue: PacketQueue, *, picture_step: float | None = None, **common: Any
    ) -> None:
        super().__init__(stream, queue, **common)
        rate = frame_rate(stream)
        self._step = 1 / rate if rate else Fraction(1, 25)
        self._last: Fraction | None = None
        self._sparing: Sparing | None = None
        if picture_step is not None and self._order is None and can_spare(stream):
            first = self._clock.first_from(self._start)
            last = math.inf if self._end is None else self._clock.first_from(self._end)
            self._sparing = Sparing(
                stream, self._clock, picture_step, first, min(last, self._beyond)
            )

    @property
    def reached(self) -> Fraction:
        """Media second at which the newest frame ends, damaged as the file may be after it."""
        return Fraction(0) if self._last is None else self._last + self._step

    def events(self) -> Iterator[VideoFrame | None]:
        """Yield the frames from `start` to before `end`."""
        aspect = pixel_aspect(self.stream)
        index = passed_over = 0
        last: Fraction | None = None
        begun = False
        for item in self._frames():
            if item is None:
                yield None
                continue
            frame, t = item
            if self._sparing is not None:
                passed_over += self._sparing.passed_over(frame)
            if t is None:
                t = Fraction(0) if last is None else last + self._step
            if last is not None and t <= last:
                if t < last:
                    self._damaged("picture timestamps run backwards")
                continue
            last = t
            if self._end is not None and t >= self._end:
                return
            self._last = t
            begun = begun or t >= self._start
            if begun:
                shown = Picture(frame, aspect)
                index += passed_over
                yield VideoFrame(
                    float(t), index, shown.width, shown.height, shown, shown.luma, passed_over
                )
                index, passed_over = index + 1, 0

    def _decode(self, packet: Any) -> list[Any]:
        if self._sparing is not None:
            self._sparing.before(packet)
        return super()._decode(packet)

    def _damaged(self, message: str, kind: str | None = None) -> None:
        super()._damaged(message, kind)
        if self._sparing is not None:
            self._sparing.stop()


class AudioLane(Lane):
    """Yields `AudioBlock` on the 16 kHz grid of the media clock; parameters as `Lane`'s."""

    def __init__(self, stream: Any, queue: PacketQueue, **common: Any) -> None:
        super().__init__(stream, queue, **common)
        first = math.ceil(self._start * SAMPLE_RATE)
        last = None if self._end is None else math.ceil(self._end * SAMPLE_RATE)
        self._line = AudioLine(first, last)
        self._reached = Fraction(0)

    @property
    def reached(self) -> Fraction:
        """Media second at which the newest frame ends."""
        return self._reached

    def events(self) -> Iterator[AudioBlock | None]:
        """Yield the blocks with the samples from `start` to before `end`."""
        first = True
        for item in self._frames():
            if item is None:
                yield None
                continue
            frame, t = item
            if t is not None:
                if first:
                    t = snap_to_frames(t, frame.samples, frame.sample_rate, self.stream, self._zero)
                elif t != self._reached and (hole := t - self._reached) > _HOLE_S:
                    # Some containers skip what they cannot read without a word.
                    self._damaged(f"{float(hole):.2f} s of sound are missing", "hole")
                self._reached = t + Fraction(frame.samples, frame.sample_rate)
            first = False
            yield from self._line.push(frame, t)
            if self._line.full:
                break
        yield from self._line.flush()

    def _damaged(self, message: str, kind: str | None = None) -> None:
        super()._damaged(message, kind)
        self._line.damaged()
