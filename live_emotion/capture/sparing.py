"""Which pictures of a file need not be decoded, where only the first of every step is looked at.

Of H.264, pictures that no other is drawn from can be left out one by one. The first picture of
every step is always decoded, and so is the last of all: at any frame rate, constant or not, who
looks at the first of each step sees the same pictures as if all were decoded.
"""

from __future__ import annotations

import math
from typing import Any, Final

from live_emotion.capture.timestamps import StampClock

# Decoders that pass a single picture over on demand, and exactly those no other is drawn from.
_CODECS: Final = frozenset({"h264"})
# Containers that store when each picture is shown.
_FORMATS: Final = frozenset({"mov", "mp4", "matroska", "webm"})
# A time that is a hair before a step's line because of binary rounding belongs after it.
_EPSILON_S: Final = 1e-6
# Times nearer to such a line than this share of a step might be counted either way.
_UNSURE: Final = 1e-6
# Steps of which the first picture is remembered: decoders reorder no more than 16 pictures.
_STEPS_HELD: Final = 64


class Sparing:
    """Tells a decoder, packet by packet, whether its picture may be passed over.

    A packet is passed over only if the decoder already has an earlier picture of the same step,
    and one that is shown later. Damage in a picture that is passed over goes unnoticed.

    Parameters
    ----------
    stream
        A video stream with its decoder; see `can_spare`.
    clock
        The stream's.
    step
        Length of a step in media seconds.
    first, last
        The first timestamp that is of use, and the first after it that is not, infinite for none;
        other pictures are always decoded.
    """

    def __init__(
        self, stream: Any, clock: StampClock, step: float, first: int, last: float
    ) -> None:
        self._context = stream.codec_context
        begin = clock.time(0)
        self._scale = float(clock.time(1) - begin) / step
        self._shift = (float(begin) + _EPSILON_S) / step
        self._first, self._last = first, last
        self._earliest: dict[int, int] = {}
        self._latest: float = -math.inf
        self._asked: set[int] = set()
        self._skipping = self._ended = False

    def stop(self) -> None:
        """Have every picture decoded from now on."""
        self._ended = True
        self._skip(False)

    def before(self, packet: Any) -> None:
        """Set the decoder up for the packet that it gets next."""
        if self._ended:
            return
        stamp = packet.pts
        if stamp is None:
            self.stop()
            return
        step = None if packet.is_discard else self._step(stamp)
        spare = (
            step is not None and self._earliest.get(step, stamp) < stamp and stamp < self._latest
        )
        self._skip(spare)
        if spare:
            self._asked.add(stamp)
        elif step is not None:
            self._note(step, stamp)

    def passed_over(self, frame: Any) -> int:
        """Return how many pictures were passed over since the decoded frame before this one."""
        stamp = frame.pts
        if stamp is None or not self._asked:
            return 0
        self._asked.discard(stamp)
        gone = {asked for asked in self._asked if asked < stamp}
        self._asked -= gone
        return len(gone)

    def _step(self, stamp: int) -> int | None:
        """Return the step that holds a time, or None where it must not count."""
        if not self._first <= stamp < self._last:
            return None
        place = stamp * self._scale + self._shift
        step = math.floor(place)
        return step if _UNSURE < place - step < 1.0 - _UNSURE else None

    def _note(self, step: int, stamp: int) -> None:
        self._latest = max(self._latest, stamp)
        self._earliest[step] = min(self._earliest.get(step, stamp), stamp)
        if len(self._earliest) > _STEPS_HELD:
            del self._earliest[min(self._earliest)]

    def _skip(self, wanted: bool) -> None:
        if wanted is not self._skipping:
            self._skipping = wanted
            self._context.skip_frame = "NONREF" if wanted else "DEFAULT"


def can_spare(stream: Any) -> bool:
    """Return whether pictures of a video stream can be passed over without harm to the others.

    Not where FFmpeg decodes several pictures at a time: it would tell of damage too late.
    """
    context = stream.codec_context
    formats = stream.container.format.name.split(",")
    return bool(
        context.name in _CODECS
        and context.has_b_frames
        and context.thread_type.name == "SLICE"
        and not _FORMATS.isdisjoint(formats)
    )
