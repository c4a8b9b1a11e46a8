"""The player on passes that follow a script: what it scores, what it shows again, in what order."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.core.ticks import TICK_S, tick_at, tick_start
from live_emotion.pipeline.player import Media, Player
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.scored import ScoredTicks
from tests.session import samples

TICKS = 20
FPS = 5


class ScriptedPass:
    """Two events a tick; scoring adds to `scored`."""

    def __init__(self, stage: Stage, tick: int) -> None:
        self._stage = stage
        self.tick = self._first = tick
        self._event = 2 * tick

    def peek(self) -> float | None:
        if self._stage.unknown_end and self._first >= TICKS:
            raise UserError("It ends before: choose an earlier start.")
        return self._event * TICK_S / 2 if self._event < 2 * TICKS else None

    def advance(self) -> None:
        self._event += 1
        if self._event % 2 == 0:
            self._stage.ran.append(self.tick)
            self._stage.scored.add(samples.estimate(self.tick))
            self.tick += 1

    def finish(self) -> None:
        self._stage.ended.append("finish")

    def end(self) -> None:
        self._stage.ended.append("end")


class ScriptedFrames:
    """Pictures at `FPS`, as a source."""

    def __init__(self, t: float) -> None:
        self.info = SourceInfo("clip", True, False, 4, 4, FPS, TICKS * TICK_S)
        self._t = t

    def events(self) -> Iterator[VideoFrame]:
        for index in range(int(np.ceil(self._t * FPS - 1e-9)), int(TICKS * TICK_S * FPS)):
            yield VideoFrame(index / FPS, index, 4, 4, lambda: np.zeros((4, 4, 3), np.uint8))

    def close(self) -> None:
        pass


class Stage:
    """A player on a thread, and all that it did."""

    def __init__(
        self,
        *,
        speed: float | None = None,
        paused: bool = False,
        recorded: bool = False,
        unknown_end: bool = False,
    ) -> None:
        self.unknown_end = unknown_end
        self.begun: list[int] = []
        self.ran: list[int] = []
        self.ended: list[str] = []
        self.shown: list[tuple[float, int | None]] = []
        self.pictures: list[tuple[float, bool]] = []
        self.ends = 0
        self.playhead = Playhead(speed, paused=paused)
        self.scored = (
            ScoredTicks(samples.estimate(k) for k in range(TICKS)) if recorded else (ScoredTicks())
        )
        media = Media(
            0,
            None if unknown_end else TICKS - 1,
            TICKS if recorded else None,
            None if recorded else self._begin,
            lambda t: Reel(ScriptedFrames, t),
        )
        self.player = Player(media, self.scored, self, self.playhead, self._at_end)
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.player.run, args=(self.stop,))
        self.thread.start()

    def _begin(self, tick: int) -> ScriptedPass:
        self.begun.append(tick)
        return ScriptedPass(self, tick)

    def _at_end(self) -> None:
        self.ends += 1

    def on_scored(self, t: float, estimate: Estimate | None) -> None:
        self.shown.append((t, None if estimate is None else estimate.tick))

    def on_reel(self, frame: VideoFrame, estimate: Estimate | None, *, still: bool) -> None:
        self.pictures.append((frame.t, still))

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20.0
        while not holds():
            assert time.monotonic() < deadline
            assert self.thread.is_alive()
            time.sleep(0.005)


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    stages: list[Stage] = []

    def make(**options: object) -> Stage:
        stages.append(Stage(**options))  # type: ignore[arg-type]
        return stages[-1]

    yield make
    for each in stages:
        each.stop.set()
        each.thread.join(10.0)
        assert not each.thread.is_alive()


def test_without_wishes_it_is_one_straight_pass(stage: Callable[..., Stage]) -> None:
    made = stage()
    made.until(lambda: made.playhead.at_end)
    assert (made.begun, made.ran, made.ended) == ([0], list(range(TICKS)), ["finish"])
    assert made.shown == made.pictures == []
    assert made.ends == 1
    assert made.player.ended


def test_going_back_shows_what_was_scored_and_runs_nothing_again(
    stage: Callable[..., Stage],
) -> None:
    made = stage()
    made.until(lambda: made.playhead.at_end)
    made.playhead.pause()
    made.playhead.seek(3.2)
    made.until(lambda: bool(made.pictures))
    assert made.shown == [(3.2, 7)]
    assert made.pictures == [(3.0, True)]
    assert made.playhead.position == 3.2
    made.playhead.play()
    made.until(lambda: made.playhead.at_end)
    assert [tick for _, tick in made.shown] == list(range(7, TICKS))
    assert [t for t, _ in made.pictures[1:]] == pytest.approx(np.arange(3.2, 8.0, 1 / FPS))
    assert made.ran == list(range(TICKS))
    assert made.ends == 1


def test_scoring_goes_on_where_it_stood_after_a_look_back(stage: Callable[..., Stage]) -> None:
    made = stage(speed=1.0)
    made.until(lambda: len(made.ran) >= 3)
    made.playhead.seek(0.4)
    made.playhead.set_speed(None)
    made.until(lambda: made.playhead.at_end)
    assert made.begun == [0]
    assert made.ran == list(range(TICKS))
    assert made.shown[0] == (0.4, 0)


def test_a_jump_ahead_begins_anew_and_the_gap_can_be_scored_later(
    stage: Callable[..., Stage],
) -> None:
    made = stage(paused=True)
    for _ in range(3):
        made.playhead.step(1)
    made.until(lambda: made.ran == [0, 1, 2])
    made.playhead.seek(tick_start(10))
    made.until(lambda: made.playhead.position == tick_start(10))
    # Being there is not yet playing.
    assert made.begun == [0]
    made.playhead.play()
    made.until(lambda: made.playhead.at_end)
    assert (made.begun, made.ended) == ([0, 10], ["end", "finish"])
    made.playhead.seek(tick_start(3))
    made.until(lambda: made.playhead.at_end and len(made.ran) == TICKS)
    assert made.begun == [0, 10, 3]
    assert made.ran == [*range(3), *range(10, TICKS), *range(3, 10)]
    # Behind the gap what is there is shown, not scored again.
    assert [tick for _, tick in made.shown[-10:]] == list(range(10, TICKS))
    assert made.ends == 1


def test_steps_ahead_score_and_steps_back_show(stage: Callable[..., Stage]) -> None:
    made = stage(paused=True)
    made.playhead.step(1)
    made.until(lambda: made.ran == [0])
    made.playhead.step(2)
    made.until(lambda: made.ran == [0, 1, 2])
    made.playhead.step(-2)
    made.until(lambda: made.shown == [(0.4, 0)])
    made.playhead.step(1)
    made.until(lambda: made.shown[-1] == (0.8, 1))
    time.sleep(0.05)
    assert made.ran == [0, 1, 2]
    assert made.playhead.paused


def test_a_pause_freezes(stage: Callable[..., Stage]) -> None:
    made = stage(speed=2.0)
    made.until(lambda: len(made.ran) >= 1)
    made.playhead.pause()
    time.sleep(0.1)
    held = list(made.ran)
    time.sleep(0.4)
    assert made.ran == held
    made.playhead.set_speed(None)
    made.playhead.play()
    made.until(lambda: made.playhead.at_end)
    assert made.ran == list(range(TICKS))


@pytest.mark.parametrize(("t", "there"), [(-5.0, 0.0), (1e6, tick_start(TICKS - 1))])
def test_places_outside_are_brought_in(stage: Callable[..., Stage], t: float, there: float) -> None:
    made = stage(paused=True)
    made.playhead.seek(t)
    made.until(lambda: made.playhead.position == there)


def test_a_place_behind_an_end_that_was_not_known_is_the_end(stage: Callable[..., Stage]) -> None:
    made = stage(unknown_end=True, paused=True)
    made.playhead.seek(tick_start(TICKS + 50))
    made.playhead.play()
    made.until(lambda: made.playhead.at_end)
    assert made.ran == []
    assert not made.player.ended
    made.playhead.seek(0.0)
    made.until(lambda: made.playhead.at_end and len(made.ran) == TICKS)
    made.until(lambda: made.player.ended)
    assert made.ends == 1


def test_what_was_recorded_is_shown_and_nothing_runs(stage: Callable[..., Stage]) -> None:
    made = stage(recorded=True)
    made.until(lambda: made.playhead.at_end)
    assert (made.begun, made.ran, made.ends) == ([], [], 0)
    assert [tick for _, tick in made.shown] == list(range(TICKS))
    made.playhead.step(-3)
    made.until(lambda: made.shown[-1][1] == TICKS - 4)
    assert tick_at(made.shown[-1][0]) == TICKS - 3


def test_what_is_kept_is_bounded() -> None:
    scored = ScoredTicks((samples.estimate(k) for k in range(10)), capacity=4)
    assert len(scored) == 4
    assert 5 not in scored
    assert scored.at(9) is not None
