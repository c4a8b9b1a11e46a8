"""Passes of scoring over one file, begun at any tick with the same networks."""

from __future__ import annotations

from dataclasses import dataclass, replace

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import Source, SourceInfo
from live_emotion.core.ticks import tick_start
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import ReplayOptions
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.replay_pass import ReplayPass
from live_emotion.pipeline.words_ahead import WordsAhead
from live_emotion.runtime.encoders import EncoderSet


@dataclass(frozen=True, slots=True)
class Parts:
    """What a replay is made of; `recognizer` is None without a transcript."""

    source: Source
    encoders: EncoderSet
    recognizer: Recognizer | None


class Passes:
    """Begins passes; the file is opened again for each but the first.

    Parameters
    ----------
    options, info
        Of the replay, and what its file holds.
    parts
        What it is made of; they stay the caller's to close.
    orders
        What the user asks for while a pass runs.
    """

    def __init__(
        self, options: ReplayOptions, info: SourceInfo, parts: Parts, orders: Orders
    ) -> None:
        self.parts = parts
        self._options = options
        self._info = info
        self._orders = orders
        self._begun = False

    def begin(self, tick: int, observer: Observer, meter: HealthMeter) -> ReplayPass:
        """Begin to score at a tick; the file is opened anew but the first time."""
        parts = self.parts
        if self._begun:
            again = self.open_at(tick_start(tick))
            parts = replace(parts, source=again)
        running = self.over(parts, tick, observer, meter, close=self._begun)
        self._begun = True
        return running

    def open_at(self, t: float, *, pictures: bool = True) -> MediaFile:
        """Open the file anew at a time; it is the caller's to close."""
        return MediaFile(self._options.path, start=t, end=self._options.end, pictures=pictures)

    def over(
        self,
        parts: Parts,
        tick: int,
        observer: Observer,
        meter: HealthMeter,
        *,
        close: bool = False,
    ) -> ReplayPass:
        """Return a pass over some parts from a tick on; with `close` it closes their source."""
        words = None
        if parts.recognizer is not None:
            sound = self.open_at(tick_start(tick), pictures=False)
            words = WordsAhead(parts.recognizer, sound.events(), tick, sound.close)
        return ReplayPass(
            self._info,
            parts.source,
            parts.encoders,
            words,
            observer,
            meter,
            tick,
            close=parts.source.close if close else lambda: None,
            orders=self._orders,
            window_ticks=self._options.window_ticks,
        )
