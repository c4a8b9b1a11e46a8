"""A source read ahead on a thread of its own, so that decoding overlaps inference."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from live_emotion.capture.source import Source
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame

Event = VideoFrame | AudioBlock | DeviceEvent
_POLL_S = 0.1


@dataclass(frozen=True, slots=True)
class _End:
    error: BaseException | None


class ReadAhead:
    """Iterates over a source's events, read by another thread into a bounded queue.

    The reader waits when the queue is full: in replay nothing is shed.

    Parameters
    ----------
    source
        What to read; it stays the caller's to close, after this is closed.
    depth
        Events held at most; a 720p frame takes 1.4 MB.
    """

    def __init__(self, source: Source, depth: int = 24) -> None:
        self._source = source
        self._queue: queue.Queue[Event | _End] = queue.Queue(maxsize=depth)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="capture", daemon=True)
        self._thread.start()

    def __enter__(self) -> ReadAhead:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        """Yield events until the source ends; raise what the reader raised."""
        while True:
            try:
                item = self._queue.get(timeout=_POLL_S)
            except queue.Empty:
                if self._stop.is_set():
                    return
                continue
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item

    def close(self) -> None:
        """Stop the reader and wait for its thread."""
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        error: BaseException | None = None
        try:
            for event in self._source.events():
                if not self._put(event):
                    return
        except BaseException as caught:  # handed to the thread that iterates
            error = caught
        self._put(_End(error))

    def _put(self, item: Event | _End) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False
