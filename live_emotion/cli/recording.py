"""Joins the flow and the session log: what the one yields, the other writes."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver, Observer
from live_emotion.pipeline.options import Counts, ReplayOptions
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.replay import Replay
from live_emotion.pipeline.viewer import ReplayViewer
from live_emotion.session.media_files import Storage
from live_emotion.session.media_writer import MediaWriter
from live_emotion.session.writer import SessionWriter

if TYPE_CHECKING:
    from live_emotion.pipeline.live import Live


class RecordingObserver(BaseObserver):
    """Writes all that it is told of into a session log; frames are not kept.

    A log that can no longer be written raises UserError, which ends the flow.
    """

    def __init__(self, writer: SessionWriter) -> None:
        self._writer = writer

    def on_estimate(self, estimate: Estimate) -> None:
        """Write the scores of a tick."""
        self._writer.estimate(estimate)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Write words."""
        self._writer.transcript(segment)

    def on_health(self, health: Health) -> None:
        """Write the health counters."""
        self._writer.health(health)

    def on_device(self, event: DeviceEvent) -> None:
        """Write a change of the source's state."""
        self._writer.device(event)

    def on_marker(self, marker: Marker) -> None:
        """Write a marker."""
        self._writer.marker(marker)


class StoringObserver(RecordingObserver):
    """Writes a live session's log, and hands video and sound to what stores them beside it.

    Video and sound that cannot be stored any more are told of on standard error and in the log,
    which goes on.
    """

    def __init__(self, writer: SessionWriter, media: MediaWriter) -> None:
        super().__init__(writer)
        self._media = media

    @property
    def dropped(self) -> Mapping[str, int]:
        """What there was no time to store, by name."""
        return self._media.dropped

    def on_capture(self, event: VideoFrame | AudioBlock) -> None:
        """Store a picture or sound; returns at once."""
        self._media.put(event)

    def on_estimate(self, estimate: Estimate) -> None:
        """Write the scores of a tick."""
        super().on_estimate(estimate)
        problem = self._media.take_problem()
        if problem is not None:
            click.echo(problem, err=True)
            self.on_device(DeviceEvent(estimate.t, "storage", "failed", problem))


class RecordedReplay:
    """A replay that is written to a session log; runs, or plays, like the replay itself.

    The log gets its last line as soon as the media's end is reached, not when a window on it is
    closed. Use `open`.
    """

    def __init__(self, replay: Replay, writer: SessionWriter) -> None:
        self._replay = replay
        self._writer = writer

    @classmethod
    def open(cls, options: ReplayOptions, folder: Path) -> RecordedReplay:
        """Open a replay, and then its log: the folder is made once everything else is open.

        Raises
        ------
        UserError
            If the replay cannot be opened, or the folder cannot be written to.
        """
        replay = Replay.open(options)
        try:
            return cls(replay, SessionWriter(folder, replay.meta()))
        except BaseException:
            replay.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
            return
        # The first error is the one to tell about.
        with contextlib.suppress(UserError):
            self.close()

    def close(self) -> None:
        """Close the replay and its log.

        Raises
        ------
        UserError
            If the system reports only now that something could not be written.
        """
        self._replay.close()
        self._writer.close()

    @property
    def info(self) -> SourceInfo:
        """What the file holds."""
        return self._replay.info

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this run."""
        return self._replay.notes

    def follow(self, face_id: int | None) -> None:
        """Follow a person, or the main face again for None."""
        self._replay.follow(face_id)

    def begin_baseline(self) -> None:
        """Begin the ten seconds of the followed person's neutral baseline."""
        self._replay.begin_baseline()

    def clear_baseline(self) -> None:
        """Forget the followed person's neutral baseline."""
        self._replay.clear_baseline()

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run the replay and end its log; the log is written before others are told.

        Raises
        ------
        UserError
            If the log cannot be written.
        """
        counts = self._replay.run((RecordingObserver(self._writer), *observers), stop)
        self._end(counts)
        return counts

    def play(
        self,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        stop: threading.Event,
        at_end: Callable[[Counts], None] = lambda counts: None,
    ) -> Counts:
        """Play the replay as a person steers it; the log gets the straight line through it.

        Raises
        ------
        UserError
            If the log cannot be written.
        """
        reached = threading.Event()

        def end(counts: Counts) -> None:
            reached.set()
            self._end(counts)
            at_end(counts)

        log = RecordingObserver(self._writer)
        counts = self._replay.play((log, *observers), viewer, playhead, stop, end)
        if not reached.is_set():
            self._end(counts)
        return counts

    def _end(self, counts: Counts) -> None:
        stopped = "interrupted" if counts.stopped else None
        self._writer.end(counts, clean=True, stopped=stopped)


def record_live(
    live: Live,
    folder: Path,
    storage: Storage,
    watching: Sequence[Observer],
    stop: threading.Event,
) -> Counts:
    """Run a live session into a log; the log is written before others are told.

    Raises
    ------
    UserError
        If the log cannot be written.
    """
    with SessionWriter(folder, {**live.meta(), "media": storage.meta()}) as writer:
        media = MediaWriter(folder, storage) if storage else None
        log = RecordingObserver(writer) if media is None else StoringObserver(writer, media)
        try:
            counts = live.run((log, *watching), stop)
        finally:
            if media is not None:
                media.close()
        if media is not None:
            counts = replace(counts, dropped={**counts.dropped, **media.dropped})
            problem = media.take_problem()
            if problem is not None:
                click.echo(problem, err=True)
        writer.end(counts, clean=True, stopped="interrupted" if counts.stopped else None)
    return counts
