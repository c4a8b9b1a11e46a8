"""Who watches the flow: observers get everything and touch nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment


class Observer(Protocol):
    """Receives what the pipeline yields, on the pipeline's thread, in order of time.

    A method that takes long holds the flow up; one that blocks pauses it.
    """

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Receive a video frame and the faces as last tracked."""

    def on_estimate(self, estimate: Estimate) -> None:
        """Receive the scores of a tick."""

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Receive words; a tentative segment replaces the tentative one before it."""

    def on_health(self, health: Health) -> None:
        """Receive the health counters, about once in two seconds of media."""

    def on_device(self, event: DeviceEvent) -> None:
        """Receive a change of a source's state."""

    def on_marker(self, marker: Marker) -> None:
        """Receive a marker of the user's."""


class BaseObserver:
    """An observer that does nothing; derive from it and override what matters."""

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Ignore a frame."""

    def on_estimate(self, estimate: Estimate) -> None:
        """Ignore an estimate."""

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Ignore words."""

    def on_health(self, health: Health) -> None:
        """Ignore the health counters."""

    def on_device(self, event: DeviceEvent) -> None:
        """Ignore a device event."""

    def on_marker(self, marker: Marker) -> None:
        """Ignore a marker."""


def looks_at_pictures(observer: Observer) -> bool:
    """Return whether an observer does anything with the frames that it is told of."""
    return getattr(type(observer), "on_frame", None) is not BaseObserver.on_frame


class FanOut(BaseObserver):
    """Passes everything on to several observers, in the order given."""

    def __init__(self, observers: Sequence[Observer]) -> None:
        self._observers = tuple(observers)

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Pass a frame on."""
        for observer in self._observers:
            observer.on_frame(frame, faces)

    def on_estimate(self, estimate: Estimate) -> None:
        """Pass an estimate on."""
        for observer in self._observers:
            observer.on_estimate(estimate)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Pass words on."""
        for observer in self._observers:
            observer.on_transcript(segment)

    def on_health(self, health: Health) -> None:
        """Pass the health counters on."""
        for observer in self._observers:
            observer.on_health(health)

    def on_device(self, event: DeviceEvent) -> None:
        """Pass a device event on."""
        for observer in self._observers:
            observer.on_device(event)

    def on_marker(self, marker: Marker) -> None:
        """Pass a marker on."""
        for observer in self._observers:
            observer.on_marker(marker)
