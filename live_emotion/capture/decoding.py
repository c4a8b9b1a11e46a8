"""Packets of one stream to decoded frames; damage is noted and passed over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import av.error

_LOG = logging.getLogger(__name__)


class PacketDecoder:
    """Decodes packet by packet; never raises for damaged content.

    Parameters
    ----------
    stream
        A video or audio stream that has a decoder.
    damaged
        Called with one short sentence for every packet that cannot be decoded whole.
    """

    def __init__(self, stream: Any, damaged: Callable[[str], None]) -> None:
        self._context = stream.codec_context
        self._kind = "picture" if stream.type == "video" else "sound"
        self._damaged = damaged

    def decode(self, packet: Any) -> list[Any]:
        """Return the frames that became ready."""
        if packet.is_corrupt:
            self._damaged(f"a {self._kind} packet is incomplete")
        try:
            frames = self._context.decode(packet)
        except av.error.BlockingIOError:
            # A drain broken off by an error leaves the decoder full: it takes nothing more
            # until it is cleared.
            self._context.flush_buffers()
            self._damaged(f"the {self._kind} decoder was reset")
            return []
        except (av.error.FFmpegError, ValueError) as error:
            _LOG.debug("decode", exc_info=True)
            what = getattr(error, "strerror", None) or str(error)
            self._damaged(f"a {self._kind} packet cannot be decoded: {what}")
            return []
        for frame in frames:
            if frame.is_corrupt:
                self._damaged(f"a {self._kind} frame is damaged")
        return list(frames)

    def drain(self) -> list[Any]:
        """Return the frames that the decoder still holds at the end of the stream."""
        try:
            return list(self._context.decode(None))
        except (av.error.FFmpegError, ValueError):
            _LOG.debug("drain", exc_info=True)
            return []
