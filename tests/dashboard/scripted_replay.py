"""A replay that follows a script, for tests of the window only: no model has a part in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import BRANCHES
from live_emotion.core.estimate import (
    BranchEstimate,
    Estimate,
    Health,
    MissingReason,
    PersonEstimate,
    no_scores,
)
from live_emotion.core.media import ByteImage, FloatArray, VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.core.ticks import tick_at, tick_start
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.player import Media, Player
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.scored import ScoredTicks
from live_emotion.pipeline.viewer import ReplayViewer

MISSING: tuple[MissingReason, MissingReason, MissingReason] = ("no face", "no speech", "no words")


def picture(width: int = 64, height: int = 36, value: int = 128) -> ByteImage:
    return np.full((height, width, 3), value, dtype=np.uint8)


def frame(t: float, index: int = 0, load: Callable[[], ByteImage] = picture) -> VideoFrame:
    return VideoFrame(t=t, index=index, width=64, height=36, load=load)


def face(t: float, identity: int = 1, box: tuple[float, ...] = (10, 5, 20, 20)) -> Face:
    x, y, w, h = box
    return Face(t, identity, (x, y, w, h), 0.9, np.zeros((5, 2), dtype=np.float32))


class Asked:
    """Keeps what was asked of it about people."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def follow(self, face_id: int | None) -> None:
        self.asked.append(f"follow {face_id}")

    def begin_baseline(self) -> None:
        self.asked.append("begin")

    def clear_baseline(self) -> None:
        self.asked.append("clear")


def crowd(t: float, scores: FloatArray, seen: Face, *others: int) -> tuple[PersonEstimate, ...]:
    """Return the person seen, who is followed, and others."""
    rest = [PersonEstimate(face(t, i, (40, 5, 15, 20)), scores[::-1], False, 0.1) for i in others]
    everyone = [PersonEstimate(seen, scores, True, 0.9), *rest]
    return tuple(sorted(everyone, key=lambda person: person.face.id))


def estimate(
    tick: int, scores: FloatArray | None, seen: Face | None = None, others: Sequence[int] = ()
) -> Estimate:
    """Return an estimate whose branches all have `scores`, or are all missing without any."""
    branches = {}
    for branch, reason, weight in zip(BRANCHES, MISSING, (0.5, 0.3, 0.2), strict=True):
        if scores is None:
            branches[branch] = BranchEstimate(no_scores(), 0.0, reason)
        else:
            branches[branch] = BranchEstimate(scores, weight, None)
    t = tick_start(tick + 1)
    return Estimate(
        t=t,
        tick=tick,
        window=(max(0.0, t - 4.8), t),
        scores=no_scores() if scores is None else scores,
        branches=branches,
        face=seen,
        latency_ms=5.0,
        people=crowd(t, scores, seen, *others) if scores is not None and seen is not None else (),
    )


def ramp(tick: int) -> FloatArray:
    """Return six different scores that move with the tick."""
    return (0.5 + 0.4 * np.sin(0.15 * tick + np.arange(6))).astype(np.float32)


def words(
    t0: float, t1: float, text: str, *, final: bool, closes: bool = False
) -> TranscriptSegment:
    return TranscriptSegment(t0, t1, text, final, (), closes)


class ScriptedReplay(Asked):
    """Calls the observers with frames and made-up estimates, as a player steers it.

    `before_frame` runs on the replay's thread before each frame: tests put their load, or their
    error, there.
    """

    def __init__(
        self,
        seconds: float,
        *,
        frames: Callable[[], Iterator[VideoFrame]] | None = None,
        scores: Callable[[int], FloatArray | None] = ramp,
        segments: Sequence[TranscriptSegment] = (),
        faces: Callable[[float], Sequence[Face]] = lambda t: (face(t),),
        wall_per_frame: float = 0.0,
        before_frame: Callable[[int], None] = lambda index: None,
    ) -> None:
        super().__init__()
        self.info = SourceInfo("scripted", True, True, 64, 36, 25.0, seconds)
        self.notes = ("voice: untrained weights",)
        self.frames = frames or self._plain
        self.scores, self.faces = scores, faces
        self.segments = list(segments)
        self.wall_per_frame = wall_per_frame
        self.before_frame = before_frame
        self.thread: threading.Thread | None = None
        self.scored = ScoredTicks()
        self.ran: list[int] = []
        self.handled = 0
        self.closed = False

    def close(self) -> None:
        self.closed = True

    def _plain(self) -> Iterator[VideoFrame]:
        for index in range(round((self.info.duration or 0.0) * 25)):
            yield frame(index / 25, index)

    def frames_from(self, t: float) -> Iterator[VideoFrame]:
        return (each for each in self.frames() if each.t >= t - 1e-9)

    def play(
        self,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        stop: threading.Event,
        at_end: Callable[[Counts], None],
    ) -> Counts:
        self.thread = threading.current_thread()
        began = time.monotonic()
        out = FanOut((*observers, viewer))

        def counts(stopped: bool) -> Counts:
            ticks = len(self.ran)
            wall = time.monotonic() - began
            return Counts(self.handled, ticks, ticks, {}, tick_start(ticks), wall, stopped)

        media = Media(
            0,
            tick_at((self.info.duration or 0.0) - 0.2),
            None,
            lambda tick: ScriptedPass(self, out, tick, stop),
            (lambda t: Reel(lambda at: ScriptedFrames(self, at), t))
            if self.info.has_video
            else None,
        )
        player = Player(media, self.scored, viewer, playhead, lambda: at_end(counts(False)))
        player.run(stop)
        return counts(not player.ended)


class ScriptedPass:
    """Scores from one tick on."""

    def __init__(
        self, replay: ScriptedReplay, out: FanOut, tick: int, stop: threading.Event
    ) -> None:
        self.tick = tick
        self._replay, self._out, self._stop = replay, out, stop
        self._frames = replay.frames_from(tick_start(tick))
        self._segments = list(replay.segments)
        self._next: VideoFrame | None = None

    def peek(self) -> float | None:
        if self._next is None:
            self._next = next(self._frames, None)
        return self._next.t if self._next is not None else None

    def advance(self) -> None:
        each, self._next = self._next, None
        assert each is not None
        replay, out = self._replay, self._out
        replay.before_frame(replay.handled)
        replay.handled += 1
        while tick_start(self.tick + 1) <= each.t:
            seen = replay.faces(each.t)
            made = estimate(self.tick, replay.scores(self.tick), seen[0] if seen else None, (2,))
            replay.scored.add(made)
            replay.ran.append(self.tick)
            out.on_estimate(made)
            self.tick += 1
            if self.tick % 5 == 0:
                out.on_health(Health(each.t, replay.handled, self.tick, 25.0, 1.0, 5.0, 9.0))
        while self._segments and self._segments[0].t1 <= each.t:
            out.on_transcript(self._segments.pop(0))
        out.on_frame(each, replay.faces(each.t))
        self._stop.wait(replay.wall_per_frame)

    def finish(self) -> None:
        pass

    def end(self) -> None:
        pass


class ScriptedFrames:
    """The pictures of a scripted replay, as a source."""

    def __init__(self, replay: ScriptedReplay, t: float) -> None:
        self.info = replay.info
        self._replay, self._t = replay, t

    def events(self) -> Iterator[VideoFrame]:
        return self._replay.frames_from(self._t)

    def close(self) -> None:
        pass
