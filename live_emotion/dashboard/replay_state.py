"""What a replay's window reads: the newest of all, or what was scored where the playhead is."""

from __future__ import annotations

from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face
from live_emotion.dashboard.newest import NewestState
from live_emotion.pipeline.scored import KEPT_TICKS


class ReplayState(NewestState):
    """Observer of a replay, and viewer of what was scored before.

    Parameters
    ----------
    history
        Number of ticks kept.

    Attributes
    ----------
    looks
        Number of times that something scored before was shown.
    """

    def __init__(self, history: int = KEPT_TICKS) -> None:
        super().__init__(history=history)
        self.looks = 0

    def on_scored(self, t: float, estimate: Estimate | None) -> None:
        """Show what was scored at the time `t` (seconds), None for nothing."""
        self.estimate = estimate
        self.position = t
        self.looks += 1

    def on_reel(self, frame: VideoFrame, estimate: Estimate | None, *, still: bool) -> None:
        """Show a picture; a still one at once, a moving one as there is time for it."""
        faces = faces_of(estimate)
        if still:
            self._show(frame, faces)
        else:
            self.on_frame(frame, faces)


def faces_of(estimate: Estimate | None) -> tuple[Face, ...]:
    """Return everyone that an estimate saw."""
    if estimate is None:
        return ()
    if estimate.people:
        return tuple(person.face for person in estimate.people)
    return () if estimate.face is None else (estimate.face,)
