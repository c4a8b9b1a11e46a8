"""Writes a live session into a log, from one moment to another while it runs."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.core.ticks import TICK_S
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.options import Counts
from live_emotion.session.media_files import Storage
from live_emotion.session.media_writer import MediaWriter
from live_emotion.session.writer import SessionWriter

_LOG = logging.getLogger(__name__)
_MOST_NAMES: Final = 1000
_NOTHING: Final = Storage()


class Recorder(BaseObserver):
    """An observer that is always there, and writes while it is told to.

    The flow's thread writes; `start` and `stop` belong to a thread for errands. A log that can
    no longer be written ends the recording, not the session; video and sound that cannot be stored
    do not even end the recording. `take_problem` says why.

    Parameters
    ----------
    wall
        Returns seconds that never go back.

    Attributes
    ----------
    wanted
        Whether the user wants a recording; false again when it ended by itself.
    """

    def __init__(self, wall: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._lock = threading.Lock()
        self._writer: SessionWriter | None = None
        self._media: MediaWriter | None = None
        # Of media that are stored no more.
        self._unstored: dict[str, int] = {}
        self._problem: str | None = None
        self.wanted = False
        self._dropped: Mapping[str, int] = {}
        self._dropped_before: Mapping[str, int] = {}
        self._first: int | None = None
        self._last = self._frames = self._estimates = 0
        self._began = wall()

    @property
    def folder(self) -> Path | None:
        """Where the recording goes; None while there is none."""
        writer = self._writer
        return writer.folder if writer is not None else None

    @property
    def seconds(self) -> float:
        """Seconds since the recording began."""
        return self._wall() - self._began

    @property
    def dropped(self) -> Mapping[str, int]:
        """What of video and sound there was no time to store, in all recordings, by name."""
        media = self._media
        now = media.dropped if media is not None else {}
        return {n: self._unstored.get(n, 0) + now.get(n, 0) for n in {**self._unstored, **now}}

    def start(
        self, folder: Path, meta: Callable[[], Mapping[str, Any]], storage: Storage = _NOTHING
    ) -> None:
        """Begin with the next tick; nothing is done if a recording runs or none is wanted.

        Video and sound are stored beside the log as `storage` says.

        Raises
        ------
        UserError
            If the folder cannot be written to.
        """
        if self._writer is not None or not self.wanted:
            return
        try:
            writer = SessionWriter(folder, {**meta(), "media": storage.meta()})
        except BaseException:
            self.wanted = False
            raise
        with self._lock:
            self._began = self._wall()
            self._frames = self._estimates = 0
            self._first = None
            self._dropped_before = self._dropped
            self._writer = writer
            self._media = MediaWriter(folder, storage) if storage else None

    def stop(self) -> Path | None:
        """End the recording; return its folder, None if there was none.

        Raises
        ------
        UserError
            If its last line cannot be written.
        """
        with self._lock:
            writer, self._writer = self._writer, None
            counts = self._counts()
        if writer is None:
            return None
        media = self._media
        if media is not None:
            media.close()
            self._problem = media.take_problem() or self._problem
            counts = replace(counts, dropped={**counts.dropped, **media.dropped})
            self._leave_media()
        with writer:
            writer.end(counts, clean=True)
        return writer.folder

    def take_problem(self) -> str | None:
        """Return why the recording, or part of it, ended by itself, once."""
        problem, self._problem = self._problem, None
        return problem

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Count a frame."""
        self._frames += 1

    def on_capture(self, event: VideoFrame | AudioBlock) -> None:
        """Store a picture or sound, if that is wanted; returns at once."""
        media = self._media
        if media is not None and self.wanted:
            media.put(event)

    def on_estimate(self, estimate: Estimate) -> None:
        """Write the scores of a tick."""
        with self._lock:
            if self._put(lambda writer: writer.estimate(estimate)):
                self._first = estimate.tick if self._first is None else self._first
                self._last = estimate.tick
                self._estimates += 1
                self._look_at_media(estimate.t)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Write words."""
        with self._lock:
            self._put(lambda writer: writer.transcript(segment))

    def on_health(self, health: Health) -> None:
        """Write the health counters."""
        with self._lock:
            self._dropped = health.dropped
            self._put(lambda writer: writer.health(health))

    def on_device(self, event: DeviceEvent) -> None:
        """Write a change of a device's state."""
        with self._lock:
            self._put(lambda writer: writer.device(event))

    def on_marker(self, marker: Marker) -> None:
        """Write a marker."""
        with self._lock:
            self._put(lambda writer: writer.marker(marker))

    def _put(self, write: Callable[[SessionWriter], None]) -> bool:
        """Write, if there is a recording; return whether it was written."""
        writer = self._writer
        if writer is None or not self.wanted:
            return False
        try:
            write(writer)
            return True
        except UserError as error:
            _LOG.warning("the recording ended", exc_info=True)
            self._problem = f"The recording has ended: {error}"
            self._writer = None
            if self._media is not None:
                self._media.end()
                self._leave_media()
            self.wanted = False
            try:
                writer.close()
            except UserError:
                _LOG.warning("nor could it be closed", exc_info=True)
            return False

    def _look_at_media(self, t: float) -> None:
        """Tell, and log, that video and sound are stored no more."""
        problem = self._media.take_problem() if self._media is not None else None
        if problem is not None:
            self._leave_media()
            self._problem = problem
            event = DeviceEvent(t, "storage", "failed", problem)
            self._put(lambda writer: writer.device(event))

    def _leave_media(self) -> None:
        self._unstored = dict(self.dropped)
        self._media = None

    def _counts(self) -> Counts:
        ticks = 0 if self._first is None else self._last - self._first + 1
        before = self._dropped_before
        # Another session counts from zero again.
        dropped = {
            name: n - before.get(name, 0) if n >= before.get(name, 0) else n
            for name, n in self._dropped.items()
        }
        return Counts(
            frames_read=self._frames,
            ticks=ticks,
            estimates=self._estimates,
            dropped=dropped,
            media_s=round(ticks * TICK_S, 6),
            wall_s=self._wall() - self._began,
        )


def new_folder(parent: Path, stem: str = "live", suffix: str = "") -> Path:
    """Return a name after the time that is not taken yet.

    Raises
    ------
    UserError
        If there is none left.
    """
    moment = f"{datetime.datetime.now().astimezone():%Y%m%d-%H%M%S}"
    for number in range(1, _MOST_NAMES):
        again = "" if number == 1 else f"-{number}"
        path = parent / f"{stem}-{moment}{again}{suffix}"
        if not path.exists():
            return path
    raise UserError(f"{parent} holds too many sessions: choose another folder for recordings.")
