"""Plays a replay that a person steers: scores what was not scored, shows again what was.

Scoring goes on from where it stood when the playhead comes back to it; it begins anew, with empty
windows and a "jumped" event, only where a person went to a place that was never scored.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_S, tick_start
from live_emotion.pipeline.playhead import Playhead, Wish
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.scored import ScoredTicks
from live_emotion.pipeline.viewer import Viewer

_LOG = logging.getLogger(__name__)
_EPSILON_S: Final = 1e-6


class Pass(Protocol):
    """Scoring from one tick on; `pipeline.replay_pass.ReplayPass` is one."""

    @property
    def tick(self) -> int:
        """The tick that is scored next."""

    def peek(self) -> float | None:
        """Return the time of the next event in seconds, None at the media's end."""

    def advance(self) -> None:
        """Take in the next event, and score what it completes."""

    def finish(self) -> None:
        """Score what is left, at the media's end."""

    def end(self) -> None:
        """Leave early: what was scored by then is complete."""


@dataclass(frozen=True, slots=True)
class Media:
    """What a player plays.

    Attributes
    ----------
    first_tick, limit_tick
        Where it begins, and the last place to go to, None if that is not known.
    end_tick
        The tick after the last one, None while that is not known.
    begin
        Begins to score at a tick; None where nothing can be scored.
    reel
        Opens the pictures at a time in seconds; None without pictures.
    """

    first_tick: int
    limit_tick: int | None
    end_tick: int | None
    begin: Callable[[int], Pass] | None
    reel: Callable[[float], Reel] | None


class Player:
    """Obeys a playhead, on the thread that calls `run`.

    Parameters
    ----------
    media
        What is played.
    scored
        What was scored so far; whoever scores adds to it.
    viewer
        Is shown what was scored before.
    playhead
        What a person wishes.
    at_end
        Called once, when scoring has reached the media's end.
    """

    def __init__(
        self,
        media: Media,
        scored: ScoredTicks,
        viewer: Viewer,
        playhead: Playhead,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._media = media
        self._scored = scored
        self._viewer = viewer
        self._playhead = playhead
        self._at_end: Callable[[], None] | None = at_end
        self._end_tick = media.end_tick
        self._limit = media.limit_tick
        self._ended = False
        self._next = media.first_tick
        self._goal: int | None = None
        self._pass: Pass | None = None
        self._reel: tuple[int, Reel | None] | None = None

    @property
    def ended(self) -> bool:
        """Whether the media's end was reached."""
        return self._ended

    def run(self, stop: threading.Event) -> None:
        """Play until `stop` is set; what was scored by then is complete."""
        try:
            while not stop.is_set():
                wish = self._playhead.take_wish()
                if wish is not None:
                    self._obey(wish)
                elif self._end_tick is not None and self._next >= self._end_tick:
                    self._goal = None
                    self._playhead.at_end = True
                    self._playhead.rest(stop)
                elif self._next in self._scored or self._media.begin is None:
                    self._look(stop)
                else:
                    self._score(self._media.begin, stop)
        finally:
            self._leave_pass()
            self._drop_reel()

    def _obey(self, wish: Wish) -> None:
        self._goal = None
        self._playhead.at_end = False
        if wish.kind == "seek":
            self._go_to(round(wish.value / TICK_S))
            return
        target = self._next + round(wish.value)
        ahead = range(self._next, target)
        if ahead and (self._media.begin is not None or all(k in self._scored for k in ahead)):
            # Short steps ahead are played, for scores or pictures may have to be made.
            self._goal = target
        else:
            self._go_to(target)

    def _go_to(self, tick: int) -> None:
        """Show what is there to be seen at the start of a tick, and go on from it."""
        limit = self._limit if self._end_tick is None else self._end_tick
        tick = max(self._media.first_tick, tick if limit is None else min(tick, limit))
        self._next = tick
        self._drop_reel()
        estimate = self._scored.at(tick - 1)
        self._playhead.position = tick_start(tick)
        self._viewer.on_scored(tick_start(tick), estimate)
        # The picture takes longer: it has to be found in the file.
        reel = self._reel_here()
        still = None
        if reel is not None:
            still = reel.still if reel.still is not None else reel.peek()
        if still is not None:
            self._viewer.on_reel(still, estimate, still=True)

    def _look(self, stop: threading.Event) -> None:
        """Show the next picture of a tick that was scored, or its end."""
        end = tick_start(self._next + 1)
        reel = self._reel_here()
        frame = reel.peek() if reel is not None else None
        if frame is not None and frame.t >= end - _EPSILON_S:
            frame = None
        due = frame.t if frame is not None else end
        if not self._playhead.wait(due, stop, step=self._stepping):
            return
        self._playhead.position = due
        if reel is not None and frame is not None:
            reel.take()
            before = self._scored.at(self._next - 1)
            self._viewer.on_reel(frame, before, still=self._stepping)
            return
        self._viewer.on_scored(end, self._scored.at(self._next))
        self._next += 1
        if self._reel is not None:
            self._reel = (self._next, self._reel[1])

    def _score(self, begin: Callable[[int], Pass], stop: threading.Event) -> None:
        """Take in the next event of what was not scored yet."""
        self._drop_reel()
        if self._pass is None or self._pass.tick != self._next:
            # Only what is really played begins anew, not every place passed on the way there.
            if not self._playhead.wait(tick_start(self._next), stop, step=self._stepping):
                return
            self._leave_pass()
            self._pass = begin(self._next)
        running = self._pass
        try:
            t = running.peek()
        except UserError:
            if running.tick == self._media.first_tick:
                raise
            # A file that does not state its length ends before this place.
            self._leave_pass()
            self._end_tick = self._next
            return
        if t is None:
            running.finish()
            self._reached_end(running)
        elif self._playhead.wait(t, stop, step=self._stepping):
            running.advance()
            self._playhead.position = max(t, tick_start(running.tick))
        self._next = running.tick

    @property
    def _stepping(self) -> bool:
        if self._goal is not None and self._next >= self._goal:
            self._goal = None
        return self._goal is not None

    def _reached_end(self, finished: Pass) -> None:
        self._end_tick = max(finished.tick, self._media.first_tick)
        self._ended = True
        self._pass = None
        reached = self._playhead.position
        self._playhead.position = max(reached or 0.0, tick_start(self._end_tick))
        at_end, self._at_end = self._at_end, None
        if at_end is not None:
            at_end()

    def _leave_pass(self) -> None:
        leaving, self._pass = self._pass, None
        if leaving is not None:
            leaving.end()

    def _reel_here(self) -> Reel | None:
        """Return the pictures from the next tick on; None if there are none."""
        if self._media.reel is None:
            return None
        if self._reel is None or self._reel[0] != self._next:
            self._drop_reel()
            try:
                self._reel = (self._next, self._media.reel(tick_start(self._next)))
            except UserError:
                # Past the end of a stream, or the file has gone away meanwhile.
                _LOG.info("no pictures at %.1f s", tick_start(self._next), exc_info=True)
                self._reel = (self._next, None)
        return self._reel[1]

    def _drop_reel(self) -> None:
        reel, self._reel = self._reel, None
        if reel is not None and reel[1] is not None:
            reel[1].close()
