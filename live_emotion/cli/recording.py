"""Joins the flow and the session log: what the one yields, the other writes."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from live_emotion.capture.source import SourceInfo
from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver, Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.replay import Replay
from live_emotion.session.writer import SessionWriter


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


class RecordedReplay:
    """A replay that is written to a session log; runs like the replay itself.

    The log gets its last line as soon as the replay ends, not when a window on it is closed.
    """

    def __init__(self, replay: Replay, writer: SessionWriter) -> None:
        self._replay = replay
        self._writer = writer

    @property
    def info(self) -> SourceInfo:
        """What the file holds."""
        return self._replay.info

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this run."""
        return self._replay.notes

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run the replay and end its log; the log is written before others are told.

        Raises
        ------
        UserError
            If the log cannot be written.
        """
        counts = self._replay.run((RecordingObserver(self._writer), *observers), stop)
        stopped = "interrupted" if counts.stopped else None
        self._writer.end(counts, clean=True, stopped=stopped)
        return counts
