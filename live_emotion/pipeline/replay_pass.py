"""One pass of scoring through a file, from one tick on: a step at a time, or all at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from live_emotion.capture.source import Source, SourceInfo
from live_emotion.core.ticks import WINDOW_TICKS, tick_at
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.feed import Event, ReadAhead
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.pacer import Pacer
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.pipeline.words_ahead import WordsAhead
from live_emotion.runtime.encoders import EncoderSet


class ReplayPass:
    """A flow and what it is fed with; its windows begin empty.

    Parameters
    ----------
    info
        What the file holds.
    source
        The file, opened at the start of `first_tick`; it stays the caller's to close, after
        this was closed.
    encoders
        What scores; outlives the pass.
    words
        What transcribes, None for no transcript; closed with the pass.
    observer
        Is told of everything, on the caller's thread.
    meter
        Counts; may have counted before.
    first_tick
        Where scoring begins.
    close
        Called at the end, for the source.
    orders
        What the user asks for while it runs.
    window_ticks
        Ticks that the sequence encoders look at.
    """

    def __init__(
        self,
        info: SourceInfo,
        source: Source,
        encoders: EncoderSet,
        words: WordsAhead | None,
        observer: Observer,
        meter: HealthMeter,
        first_tick: int,
        close: Callable[[], None] = lambda: None,
        orders: Orders | None = None,
        window_ticks: int = WINDOW_TICKS,
    ) -> None:
        self._words = words
        sight = None
        if info.has_video:
            sight = FaceWatch(
                FaceFinder(encoders.face_finder), FaceTracker(), mouths=info.has_audio
            )
        voice = words.voice if words is not None else None
        stages = Stages(sight, self._words, encoders, window_ticks, voice)
        self.flow = Flow(info, stages, observer, meter, first_tick, orders)
        self._feed = ReadAhead(source)
        self._events: Iterator[Event] = iter(self._feed)
        self._next: Event | None = None
        self._close = close

    @property
    def tick(self) -> int:
        """The tick that is scored next."""
        return tick_at(self.flow.t)

    def peek(self) -> float | None:
        """Return the time of the next event in seconds, None at the media's end.

        Raises
        ------
        UserError
            If the file begins to be scored past its end.
        """
        if self._next is None:
            self._next = next(self._events, None)
        return None if self._next is None else self._next.t

    def advance(self) -> None:
        """Take in the next event, and score what it completes."""
        if self.peek() is None or self._next is None:
            return
        event, self._next = self._next, None
        self.flow.push(event)

    def finish(self) -> None:
        """Score what is left, at the media's end."""
        self.flow.finish()
        self.close()

    def end(self) -> None:
        """Leave early: what was scored by then is complete, and open words are told."""
        self.flow.end()
        self.close()

    def run(self, pacer: Pacer, stop: threading.Event) -> bool:
        """Run to the media's end or until `stop` is set; return whether it was stopped."""
        while (t := self.peek()) is not None:
            pacer.wait(t, stop)
            if stop.is_set():
                self.end()
                return True
            self.advance()
        self.finish()
        return False

    def close(self) -> None:
        """Let go of all but the encoders and what the caller closes."""
        self._feed.close()
        if self._words is not None:
            self._words.close()
        close, self._close = self._close, lambda: None
        close()
