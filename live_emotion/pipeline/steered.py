"""A replay that a person steers: the player, the passes that score, and what the log is told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from live_emotion.core.estimate import DeviceEvent, Estimate
from live_emotion.core.ticks import tick_start
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import BaseObserver, FanOut, Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.player import Media, Player
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.replay_pass import ReplayPass
from live_emotion.pipeline.scored import ScoredTicks
from live_emotion.pipeline.straight_line import StraightLine
from live_emotion.pipeline.viewer import ReplayViewer

JUMPED = "jumped"


@dataclass(frozen=True, slots=True)
class Steerable:
    """What can be steered.

    Attributes
    ----------
    name
        Of the file.
    first_tick, limit_tick
        Where it begins, and the last place to go to; `limit_tick` None if that is not known.
    begin
        Begins to score at a tick, telling an observer and counting with a meter.
    reel
        Opens the pictures at a time in seconds; None without pictures.
    """

    name: str
    first_tick: int
    limit_tick: int | None
    begin: Callable[[int, Observer, HealthMeter], ReplayPass]
    reel: Callable[[float], Reel] | None


class SteeredReplay:
    """One run of a steerable file.

    Parameters
    ----------
    what
        What is played.
    observers
        Are told of the straight line through the file (see `StraightLine`): the log for one.
    viewer
        Is told of everything, after the observers, and shown what was scored before.
    playhead
        What a person wishes.
    at_end
        Called once, with the counts so far, when scoring has reached the media's end.
    """

    def __init__(
        self,
        what: Steerable,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        at_end: Callable[[Counts], None],
    ) -> None:
        self._what = what
        self._meter = HealthMeter()
        self._scored = ScoredTicks()
        self._line = StraightLine(observers)
        self._everyone = FanOut((self._line, _Keeper(self._scored), viewer))
        self._dropped: dict[str, int] = {}
        self._pass: ReplayPass | None = None
        self._at_end = at_end
        self._player = Player(
            Media(what.first_tick, what.limit_tick, None, self._begin, what.reel),
            self._scored,
            viewer,
            playhead,
            self._tell_end,
        )

    def run(self, stop: threading.Event) -> Counts:
        """Play until `stop` is set."""
        try:
            self._player.run(stop)
        finally:
            if self._pass is not None:
                self._pass.close()
        return self._counts(stopped=not self._player.ended)

    def _tell_end(self) -> None:
        self._line.close()
        self._at_end(self._counts(stopped=False))

    def _begin(self, tick: int) -> ReplayPass:
        before = self._pass
        if before is not None:
            self._add_dropped(before)
            self._line.begin(tick)
            self._everyone.on_device(
                DeviceEvent(
                    tick_start(tick),
                    self._what.name,
                    JUMPED,
                    f"jumped from {before.flow.t:.1f} s to {tick_start(tick):.1f} s; "
                    "the windows begin anew",
                )
            )
        self._pass = self._what.begin(tick, self._everyone, self._meter)
        return self._pass

    def _add_dropped(self, leaving: ReplayPass) -> None:
        for name, count in leaving.flow.dropped().items():
            self._dropped[name] = self._dropped.get(name, 0) + count

    def _counts(self, *, stopped: bool) -> Counts:
        dropped = dict(self._dropped)
        if self._pass is not None:
            for name, count in self._pass.flow.dropped().items():
                dropped[name] = dropped.get(name, 0) + count
        return Counts(
            frames_read=self._meter.frames_read,
            ticks=self._line.estimates,
            estimates=self._line.estimates,
            dropped=self._meter.dropped | dropped,
            media_s=tick_start(self._line.estimates),
            wall_s=self._meter.wall_s,
            stopped=stopped,
        )


class _Keeper(BaseObserver):
    """Keeps what was scored."""

    def __init__(self, scored: ScoredTicks) -> None:
        self._scored = scored

    def on_estimate(self, estimate: Estimate) -> None:
        """Keep the scores of a tick."""
        self._scored.add(estimate)
