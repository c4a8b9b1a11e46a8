"""From a container's timestamps to seconds of the media clock.

Zero is the earliest start of the streams that are played, so picture and sound keep the
distance that the file gives them. Arithmetic is in fractions: a float appears only at the end.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

# Container formats whose header states how long the recording is, so that an early end
# means that something was cut off.
_LENGTH_IN_HEADER: Final = frozenset({"mov", "mp4", "matroska", "webm", "avi", "wav", "asf"})


def stream_start(stream: Any) -> Fraction | None:
    """Return the start of a stream in container seconds, or None if the file does not say."""
    if stream.start_time is None or not stream.time_base:
        return None
    return Fraction(stream.start_time) * Fraction(stream.time_base)


def media_zero(streams: Iterable[Any]) -> Fraction:
    """Return the container time of media second 0: the earliest known start of `streams`."""
    starts = [start for start in map(stream_start, streams) if start is not None]
    return min(starts, default=Fraction(0))


class StampClock:
    """Media times of a stream's timestamps; one fraction is made for each, and no more.

    Parameters
    ----------
    base
        Seconds of one unit of the timestamps.
    zero
        Container seconds of media second 0.
    """

    def __init__(self, base: Fraction, zero: Fraction) -> None:
        self._parts = math.lcm(base.denominator, zero.denominator)
        self._unit = base.numerator * (self._parts // base.denominator)
        self._zero = zero.numerator * (self._parts // zero.denominator)

    def time(self, stamp: int) -> Fraction:
        """Return the media time of a timestamp in seconds."""
        return Fraction(stamp * self._unit - self._zero, self._parts)

    def first_from(self, t: Fraction) -> int:
        """Return the first timestamp that is not before a media time."""
        return math.ceil((t * self._parts + self._zero) / self._unit)

    def first_after(self, t: Fraction) -> int:
        """Return the first timestamp that is later than a media time."""
        return math.floor((t * self._parts + self._zero) / self._unit) + 1


def frame_stamp(frame: Any) -> int | None:
    """Return the timestamp of a decoded frame, or None if it carries none."""
    stamp: int | None = frame.pts
    return stamp if stamp is not None else frame.dts


def media_duration(container: Any, streams: Iterable[Any], zero: Fraction) -> float | None:
    """Return the length of the medium in seconds, or None if the file does not say."""
    ends = [
        start + Fraction(stream.duration) * Fraction(stream.time_base) - zero
        for stream in streams
        if stream.duration and (start := stream_start(stream)) is not None
    ]
    if ends:
        return float(max(ends))
    if not container.duration:
        return None
    length = float(container.duration) / 1e6
    # Matroska writers note the last timestamp, whatever the first one is.
    return length - max(float(zero), 0.0) if "matroska" in container.format.name else length


def length_is_declared(format_name: str) -> bool:
    """Return whether files of this container state their length in the header."""
    return not _LENGTH_IN_HEADER.isdisjoint(format_name.split(","))


def frame_rate(stream: Any) -> Fraction | None:
    """Return the mean frame rate of a video stream, or the best guess, or None."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate:
            return Fraction(rate)
    return None


def snap_to_frames(t: Fraction, samples: int, rate: int, stream: Any, zero: Fraction) -> Fraction:
    """Return the exact time of a sound frame whose timestamp was rounded to a coarse clock.

    Matroska rounds to 1 ms, which is many samples. Frames of `samples` samples each follow on
    the stream's start, so the nearest such place is taken if the rounding explains the distance.
    """
    base = Fraction(stream.time_base)
    start = stream_start(stream)
    if start is None or base * rate <= 1 or samples < 1:
        return t
    first = round((start - zero) * rate)
    exact = Fraction(first + round((t * rate - first) / samples) * samples, rate)
    return exact if abs(exact - t) <= base else t


def lacks_display_times(stream: Any) -> bool:
    """Return whether the stream's container keeps decoding times only (AVI pictures)."""
    return bool(stream.type == "video" and stream.container.format.name == "avi")


class PacketOrder:
    """Display times from decoding times: the n-th picture shown gets the n-th smallest.

    A decoder that reorders pictures holds some back, so a picture comes out later than the
    packets that were stored at its place; their times wait here meanwhile.
    """

    _HELD_MAX: Final = 64

    def __init__(self) -> None:
        self._stamps: list[int] = []

    def push(self, packet: Any) -> None:
        """Note the decoding time of a packet that goes to the decoder."""
        if packet.dts is not None:
            heapq.heappush(self._stamps, packet.dts)
            if len(self._stamps) > self._HELD_MAX:  # Packets without pictures: damage.
                heapq.heappop(self._stamps)

    def pop(self) -> int | None:
        """Return the timestamp of the next picture in display order."""
        return heapq.heappop(self._stamps) if self._stamps else None
