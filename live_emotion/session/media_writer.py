"""Stores video and sound beside a session's log, on a thread of its own."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.session.media_files import (
    RESERVE_BYTES,
    Opener,
    Storage,
    check_room,
    media_path,
    open_new,
    unwritable,
)
from live_emotion.session.media_queue import MediaQueue

if TYPE_CHECKING:
    from live_emotion.session.media_part import MediaPart

_LOG = logging.getLogger(__name__)

# A file must know the size of its pictures: so long sound waits for the first of them.
_WAIT_FOR_PICTURE_S: Final = 1.0
_ROOM_EVERY_S: Final = 1.0
_POLL_S: Final = 0.2
# A disk that hangs must not keep a recording from ending.
_PATIENCE_S: Final = 10.0


class MediaWriter:
    """Writes pictures and sound into ``media.mkv`` in a session's folder.

    Whoever brings them never waits: what the encoder or the disk has no time for is dropped, the
    oldest first, and counted. A camera that comes later than the sound, or gives pictures of
    another size, begins the next file, ``media-2.mkv`` and so on.

    Parameters
    ----------
    folder
        The session's.
    storage
        What is stored.
    queue
        Where it waits.
    opener
        Opens a file.
    reserve
        Bytes of the disk that are left to others.
    """

    def __init__(
        self,
        folder: Path,
        storage: Storage,
        *,
        queue: MediaQueue | None = None,
        opener: Opener = open_new,
        reserve: int = RESERVE_BYTES,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._storage = folder, storage
        self._queue = queue if queue is not None else MediaQueue()
        self._opener, self._reserve, self._wall = opener, reserve, wall
        self._part: MediaPart | None = None
        self._parts = 0
        self._early: list[AudioBlock] = []
        self._skipped = 0
        self._looked = float("-inf")
        self._problem: str | None = None
        self._thread = threading.Thread(target=self._run, name="media", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> dict[str, int]:
        """What was not stored, by name: pictures, and samples of sound."""
        return {
            "stored_frames": self._queue.dropped_pictures + self._skipped,
            "stored_sound": self._queue.dropped_samples,
        }

    def put(self, event: VideoFrame | AudioBlock) -> None:
        """Take a picture or sound, if it is to be stored; returns at once. Any thread may call."""
        is_picture = isinstance(event, VideoFrame)
        if self._storage.video if is_picture else self._storage.sound:
            self._queue.put(event)

    def take_problem(self) -> str | None:
        """Return why nothing is stored any more, once; None while all is well."""
        problem, self._problem = self._problem, None
        return problem

    def end(self) -> None:
        """Take nothing more; what waits is written by and by. Returns at once."""
        self._queue.end()

    def close(self) -> None:
        """Take nothing more, and wait until all is written."""
        self._queue.end()
        self._thread.join(_PATIENCE_S)
        if self._thread.is_alive():
            _LOG.warning("the disk of %s hangs: video and sound are left to it", self._folder)

    def _run(self) -> None:
        try:
            try:
                while not self._queue.over:
                    event = self._queue.take(_POLL_S)
                    if event is not None:
                        self._store(event)
                if self._early:
                    self._begin(None)
            finally:
                part, self._part = self._part, None
                if part is not None:
                    part.close()
        except UserError as error:
            self._fail(error)
        except Exception as error:  # the log goes on, whatever an encoder does
            self._fail(unwritable(self._folder, error))

    def _fail(self, error: UserError) -> None:
        _LOG.warning("video and sound are stored no further", exc_info=True)
        self._problem = str(error)
        self._queue.end(drop=True)

    def _store(self, event: VideoFrame | AudioBlock) -> None:
        now = self._wall()
        if now - self._looked >= _ROOM_EVERY_S:
            check_room(self._folder, self._reserve)
            self._looked = now
        if isinstance(event, VideoFrame):
            # Colours are stored for four pixels at a time.
            size = event.width - event.width % 2, event.height - event.height % 2
            if self._part is None or self._part.size != size:
                self._begin(size)
            assert self._part is not None
            self._skipped += not self._part.picture(event)
        elif self._part is not None:
            self._part.sound(event)
        else:
            self._early.append(event)
            if not self._storage.video or event.t_end - self._early[0].t >= _WAIT_FOR_PICTURE_S:
                self._begin(None)

    def _begin(self, size: tuple[int, int] | None) -> None:
        """Begin the next file, with pictures of this size, and what sound has waited for it."""
        # The encoders' library takes a moment to load, which a window need not wait for.
        from live_emotion.session.media_part import MediaPart

        if self._part is not None:
            self._part.close()
        self._parts += 1
        path = media_path(self._folder, self._parts)
        self._part = MediaPart(path, size, sound=self._storage.sound, opener=self._opener)
        _LOG.info("video and sound go into %s", path.name)
        early, self._early = self._early, []
        for block in early:
            self._part.sound(block)
