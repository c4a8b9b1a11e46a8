"""Packets of a container, sorted by stream while each stream reads at its own pace."""

from __future__ import annotations

import enum
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final

import av.error

_LOG = logging.getLogger(__name__)

# Compressed packets that may wait for their turn. Well interleaved files need well under
# 1 MB; with all sound after all pictures this is about a minute of 8 Mbit/s video.
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024
_PACKET_OVERHEAD: Final = 256
# A read error may be followed by good packets; this many in a row end the file.
_MAX_READ_ERRORS: Final = 50


class Wait(enum.Enum):
    """Why `PacketQueue.next` gave no packet: the other stream has to go first, or the end."""

    OTHERS_FIRST = enum.auto()
    END = enum.auto()


class PacketQueue:
    """Demultiplexes once and hands each stream its packets in file order.

    Parameters
    ----------
    container
        An open input container, placed where reading shall begin.
    streams
        The streams to read; packets of others are passed over.
    max_bytes
        Bound of the compressed bytes that wait for a stream. At the bound, `next` answers
        `Wait.OTHERS_FIRST` for a stream whose packets lie further on, so memory stays bounded
        and only the order between the streams suffers.
    """

    def __init__(
        self, container: Any, streams: Sequence[Any], *, max_bytes: int = MAX_WAITING_BYTES
    ) -> None:
        self._container = container
        self._waiting: dict[int, deque[Any]] = {s.index: deque() for s in streams}
        self._streams = list(streams)
        self._packets: Iterator[Any] = container.demux(*streams)
        self._max_bytes = max_bytes
        self._bytes = 0
        self._ended = False
        self._errors_in_row = 0
        self.read_errors: list[str] = []

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the packets that wait."""
        return self._bytes

    @property
    def ended(self) -> bool:
        """Whether the end of the file was reached."""
        return self._ended

    def next(self, stream: Any) -> Any | Wait:
        """Return the next packet of `stream`, or why there is none now."""
        queue = self._waiting[stream.index]
        while not queue:
            if self._ended:
                return Wait.END
            if self._bytes >= self._max_bytes:
                return Wait.OTHERS_FIRST
            self._read()
        packet = queue.popleft()
        self._bytes -= packet.size + _PACKET_OVERHEAD
        return packet

    def peek(self, stream: Any) -> Any | None:
        """Return the next packet of `stream` without taking it; None if there is none."""
        packet = self.next(stream)
        if isinstance(packet, Wait):
            return None
        self._waiting[stream.index].appendleft(packet)
        self._bytes += packet.size + _PACKET_OVERHEAD
        return packet

    def drop(self, stream: Any) -> None:
        """Forget a stream that is no longer wanted: its packets are thrown away."""
        for packet in self._waiting.pop(stream.index, ()):
            self._bytes -= packet.size + _PACKET_OVERHEAD

    def _read(self) -> None:
        try:
            packet = next(self._packets, None)
        except av.error.FFmpegError as error:
            self._errors_in_row += 1
            if len(self.read_errors) < _MAX_READ_ERRORS:
                self.read_errors.append(str(error.strerror))
            _LOG.info("read error", exc_info=True)
            if self._errors_in_row >= _MAX_READ_ERRORS:
                self._ended = True
            else:
                self._packets = self._container.demux(*self._streams)
            return
        if packet is None:
            self._ended = True
            return
        if packet.size == 0 and packet.dts is None:
            return  # The demultiplexer's own end mark; decoders are flushed at `Wait.END`.
        self._errors_in_row = 0
        queue = self._waiting.get(packet.stream_index)
        if queue is not None:
            queue.append(packet)
            self._bytes += packet.size + _PACKET_OVERHEAD
