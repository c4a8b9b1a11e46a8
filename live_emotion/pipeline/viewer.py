"""Who looks at a replay that a person steers."""

from __future__ import annotations

from typing import Protocol

from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.pipeline.observer import Observer


class Viewer(Protocol):
    """Looks at a place that was scored before."""

    def on_scored(self, t: float, estimate: Estimate | None) -> None:
        """Show what was scored at the media time `t` (seconds), None for nothing."""

    def on_reel(self, frame: VideoFrame, estimate: Estimate | None, *, still: bool) -> None:
        """Show a picture, and the scores of its time; `still` if none may follow."""


class ReplayViewer(Observer, Viewer, Protocol):
    """Watches what is scored, and is shown again what was."""
