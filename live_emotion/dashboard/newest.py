"""What the window reads: the newest of everything, in places that hold one thing each.

The pipeline's thread writes here, the window's timer reads at its own pace. No signal is sent
per frame, for Qt's queue has no bound; what the window is too slow to see is overwritten.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from live_emotion.core.estimate import DeviceEvent, Estimate, Health, Marker
from live_emotion.core.media import ByteImage, VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.dashboard.history import ONE_HOUR_TICKS, ScoreHistory
from live_emotion.dashboard.people_history import PeopleHistory
from live_emotion.dashboard.scaled import scaled_down
from live_emotion.dashboard.transcript_log import KEPT_SEGMENTS, TranscriptLog
from live_emotion.dashboard.valence_curve import ValenceHistory
from live_emotion.pipeline.observer import BaseObserver

PICTURES_PER_S: Final = 30.0
KEPT_EVENTS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A frame made ready to be shown.

    Attributes
    ----------
    t
        Media seconds of the frame.
    image
        ``(h, w, 3)`` uint8 RGB, contiguous, no larger than it is shown.
    scale
        Pixels of `image` per source pixel.
    faces
        The faces of the frame, boxes in source pixels.
    """

    t: float
    image: ByteImage
    scale: float
    faces: tuple[Face, ...]


class NewestState(BaseObserver):
    """Observer that keeps the newest of everything, bounded, for a reader on another thread.

    A frame is converted and made smaller here, on the pipeline's thread, and at most 30 times
    per wall second: at full speed the frames between are never converted.

    Parameters
    ----------
    history
        Number of ticks kept.
    transcript
        Number of final transcript segments kept.
    wall
        Returns seconds that never go back.

    Attributes
    ----------
    picture, estimate, health
        The newest of each, None before the first.
    devices
        The last events, oldest first, among them the newest of each device.
    position
        Media seconds of the newest frame or estimate, None before the first.
    shown_size
        ``(width, height)`` in device pixels that the view can show; set by the view.
    frames, pictures
        Number of frames received, and of those made ready.
    """

    def __init__(
        self,
        *,
        history: int = ONE_HOUR_TICKS,
        transcript: int = KEPT_SEGMENTS,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._due = -np.inf
        self._passed_over: tuple[VideoFrame, tuple[Face, ...]] | None = None
        self.picture: Picture | None = None
        self.estimate: Estimate | None = None
        self.health: Health | None = None
        self.position: float | None = None
        self.shown_size = (1280, 720)
        self.frames = 0
        self.pictures = 0
        self.history = ScoreHistory(history)
        self.people = PeopleHistory()
        self.valence = ValenceHistory(history)
        self.transcript = TranscriptLog(transcript)
        self.devices: tuple[DeviceEvent, ...] = ()
        self.markers: deque[Marker] = deque(maxlen=1000)

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        """Keep a frame, if it is time for a new picture."""
        self.frames += 1
        self.position = frame.t
        now = self._wall()
        if now < self._due:
            self._passed_over = (frame, tuple(faces))
            return
        # One picture may come early, so that a source of 30 frames a second whose frames jitter
        # does not lose every other one.
        self._due = max(self._due, now - 1.0 / PICTURES_PER_S) + 1.0 / PICTURES_PER_S
        self._show(frame, tuple(faces))

    def on_estimate(self, estimate: Estimate) -> None:
        """Keep the scores of a tick."""
        self.history.add(estimate)
        self.people.add(estimate)
        self.valence.add(estimate)
        self.estimate = estimate
        self.position = max(self.position or 0.0, estimate.t)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        """Merge words into the transcript."""
        self.transcript.add(segment)

    def on_health(self, health: Health) -> None:
        """Keep the health counters."""
        self.health = health

    def on_device(self, event: DeviceEvent) -> None:
        """Keep a change of a source's state."""
        told = [*self.devices, event]
        if len(told) > KEPT_EVENTS:
            # How each device is now must be known however much another one tells.
            newest = {each.device: each for each in told}
            told.remove(next((each for each in told if newest[each.device] is not each), told[0]))
        self.devices = tuple(told)

    def on_marker(self, marker: Marker) -> None:
        """Keep a marker."""
        self.markers.append(marker)

    def finish(self) -> None:
        """Show the very last frame, even if the one before it was shown a moment ago."""
        if self._passed_over is not None:
            self._show(*self._passed_over)

    def _show(self, frame: VideoFrame, faces: tuple[Face, ...]) -> None:
        self._passed_over = None
        height, width = frame.image.shape[:2]
        scale = min(self.shown_size[0] / width, self.shown_size[1] / height, 1.0)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        self.picture = Picture(frame.t, scaled_down(frame.image, *size), scale, faces)
        self.pictures += 1
