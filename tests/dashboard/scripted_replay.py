"""A replay that follows a script, for tests of the window only: no model has a part in it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from types import SimpleNamespace

import numpy as np

from live_emotion.core.emotions import BRANCHES
from live_emotion.core.estimate import BranchEstimate, Estimate, Health, MissingReason, no_scores
from live_emotion.core.media import ByteImage, FloatArray, VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.core.ticks import tick_start
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts

MISSING: tuple[MissingReason, MissingReason, MissingReason] = ("no face", "no speech", "no words")


def picture(width: int = 64, height: int = 36, value: int = 128) -> ByteImage:
    return np.full((height, width, 3), value, dtype=np.uint8)


def frame(t: float, index: int = 0, load: Callable[[], ByteImage] = picture) -> VideoFrame:
    return VideoFrame(t=t, index=index, width=64, height=36, load=load)


def face(t: float, identity: int = 1, box: tuple[float, ...] = (10, 5, 20, 20)) -> Face:
    x, y, w, h = box
    return Face(t, identity, (x, y, w, h), 0.9, np.zeros((5, 2), dtype=np.float32))


def estimate(tick: int, scores: FloatArray | None, seen: Face | None = None) -> Estimate:
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
    )


def ramp(tick: int) -> FloatArray:
    """Return six different scores that move with the tick."""
    return (0.5 + 0.4 * np.sin(0.15 * tick + np.arange(6))).astype(np.float32)


def words(
    t0: float, t1: float, text: str, *, final: bool, closes: bool = False
) -> TranscriptSegment:
    return TranscriptSegment(t0, t1, text, final, (), closes)


class ScriptedReplay:
    """Calls the observers with frames and made-up estimates.

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
        self.info = SimpleNamespace(
            name="scripted",
            has_video=True,
            has_audio=True,
            width=64,
            height=36,
            fps=25.0,
            duration=seconds,
        )
        self.notes = ("voice: untrained weights",)
        self._seconds = seconds
        self._frames = frames or self._plain
        self._scores, self._faces = scores, faces
        self._segments = list(segments)
        self._wall_per_frame = wall_per_frame
        self._before_frame = before_frame
        self.thread: threading.Thread | None = None

    def _plain(self) -> Iterator[VideoFrame]:
        for index in range(round(self._seconds * 25)):
            yield frame(index / 25, index)

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        self.thread = threading.current_thread()
        out, began = FanOut(observers), time.monotonic()
        tick = n = 0
        segments = list(self._segments)
        for each in self._frames():
            if stop.is_set():
                break
            self._before_frame(n)
            n += 1
            while tick_start(tick + 1) <= each.t:
                seen = self._faces(each.t)
                out.on_estimate(estimate(tick, self._scores(tick), seen[0] if seen else None))
                tick += 1
                if tick % 5 == 0:
                    out.on_health(Health(each.t, n, tick, 25.0, 1.0, 5.0, 9.0))
            while segments and segments[0].t1 <= each.t:
                out.on_transcript(segments.pop(0))
            out.on_frame(each, self._faces(each.t))
            stop.wait(self._wall_per_frame)
        wall = time.monotonic() - began
        return Counts(n, tick, tick, {}, tick_start(tick), wall, stop.is_set())
