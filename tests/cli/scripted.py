"""A replay that follows a script instead of a file, for tests of the command around it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from live_emotion.capture.source import SourceInfo
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts, ReplayOptions
from tests.session import samples


class ScriptedReplay:
    """Tells of `ticks` estimates and one final sentence; `at_tick` is called before each."""

    def __init__(
        self,
        options: ReplayOptions,
        ticks: int = 5,
        at_tick: Callable[[int], None] = lambda _: None,
    ) -> None:
        self.options = options
        self.info = SourceInfo(options.path.name, True, True, 640, 480, 25.0, 2.0)
        self.notes = ("voice: untrained weights",)
        self.closed = False
        self._ticks, self._at_tick = ticks, at_tick

    def __enter__(self) -> ScriptedReplay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def play(
        self,
        observers: Sequence[Observer],
        viewer: Any,
        playhead: Any,
        stop: threading.Event,
        at_end: Callable[[Counts], None],
    ) -> Counts:
        counts = self.run(observers, stop)
        if not counts.stopped:
            at_end(counts)
        return counts

    def meta(self) -> Mapping[str, Any]:
        return {"source": {"name": self.info.name}, "preset": "live", "notes": self.notes}

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        observer, tick = FanOut(observers), 0
        while tick < self._ticks and not stop.is_set():
            self._at_tick(tick)
            observer.on_estimate(samples.estimate(tick))
            tick += 1
        observer.on_transcript(samples.words("kids are talking"))
        observer.on_health(samples.health(0.4 * tick))
        return Counts(10 * tick, tick, tick, {}, 0.4 * tick, 0.1, stopped=stop.is_set())
