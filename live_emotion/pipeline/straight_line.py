"""What a session log is told of a replay in which a person goes to and fro."""

from __future__ import annotations

from collections.abc import Sequence

from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver, FanOut, Observer


class StraightLine(BaseObserver):
    """Passes on what lies ahead of all that it has passed on before.

    So a log stays in order of time and holds each tick once. After a jump ahead it goes on behind
    a gap; what is scored later of the part that was jumped over is not passed on.

    Attributes
    ----------
    estimates
        Number of estimates passed on.
    """

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observer = FanOut(observers)
        self._newest: int | None = None
        self._quiet = self._closed = False
        self.estimates = 0

    def begin(self, first_tick: int) -> None:
        """Take notice that scoring begins anew at a tick."""
        behind = self._newest is not None and first_tick <= self._newest
        self._quiet = behind or self._closed

    def close(self) -> None:
        """Pass nothing on from now on: the media's end was reached."""
        self._quiet = self._closed = True

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Pass a frame on."""
        if not self._quiet:
            self._observer.on_frame(frame, faces)

    def on_estimate(self, estimate: Estimate) -> None:
        """Pass the scores of a tick on."""
        if not self._quiet:
            self._newest = estimate.tick
            self.estimates += 1
            self._observer.on_estimate(estimate)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Pass words on."""
        if not self._quiet:
            self._observer.on_transcript(segment)

    def on_health(self, health: Health) -> None:
        """Pass the health counters on."""
        if not self._quiet:
            self._observer.on_health(health)

    def on_device(self, event: DeviceEvent) -> None:
        """Pass a device event on."""
        if not self._quiet:
            self._observer.on_device(event)

    def on_marker(self, marker: Marker) -> None:
        """Pass a marker on."""
        if not self._quiet:
            self._observer.on_marker(marker)
