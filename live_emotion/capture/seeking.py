"""Placing a container early enough that everything from a media time on decodes exactly."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from fractions import Fraction
from typing import Any, Final

import av
import av.error

from live_emotion.capture.packets import PacketQueue
from live_emotion.capture.timestamps import stream_start

_LOG = logging.getLogger(__name__)

# Sound before the start lets decoder and resampler settle; 1 s is also the longest stretch
# after which any whole sample rate meets the 16 kHz grid.
_SETTLE_S: Final = Fraction(3, 2)
_STEPS_S: Final = (Fraction(0), Fraction(5), Fraction(30))


def seek_before(
    container: Any, streams: Sequence[Any], start: Fraction, zero: Fraction
) -> PacketQueue:
    """Seek so that each stream is read from a clean point well before `start`.

    Containers seek by their main stream and by coarse indexes, so the packets found are checked;
    where they begin too late the search goes further back, in the end to the start of the file.
    """
    for step in _STEPS_S:
        target = start - _SETTLE_S - step
        if target <= 0:
            break
        try:
            container.seek(int((target + zero) * av.time_base))
        except av.error.FFmpegError:
            _LOG.info("seek failed", exc_info=True)
            break
        queue = PacketQueue(container, streams)
        if all(_begins_early(queue, s, start - _SETTLE_S / 2, zero) for s in streams):
            return queue
    _rewind(container)
    return PacketQueue(container, streams)


def _begins_early(queue: PacketQueue, stream: Any, limit: Fraction, zero: Fraction) -> bool:
    packet = queue.peek(stream)
    if packet is None:
        return True  # Nothing of this stream follows: there is nothing to be late for.
    stamp = packet.pts if packet.pts is not None else packet.dts
    if stamp is None:
        return False
    begin = Fraction(stamp) * Fraction(stream.time_base) - zero
    own_start = stream_start(stream)
    at_own_start = own_start is not None and begin <= own_start - zero
    clean = stream.type != "video" or packet.is_keyframe
    return clean and (begin <= limit or at_own_start)


def _rewind(container: Any) -> None:
    first = container.start_time if container.start_time is not None else 0
    try:
        container.seek(min(first, 0))
    except av.error.FFmpegError:
        _LOG.info("rewind failed", exc_info=True)
