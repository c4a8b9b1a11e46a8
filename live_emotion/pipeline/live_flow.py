"""The flow in real time: the same ticks, scored when they are due whatever has arrived by then.

What is missing is missing: a tick waits a quarter of a second for its sound and for nothing
else. A machine that cannot keep up does less, and counts what it leaves out: first every other
face search and everyone's face but the followed one's, then whole estimates.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from typing import Final, Protocol

from live_emotion.capture.reconnecting import STALLED_AFTER_S, DeviceState
from live_emotion.capture.source import SourceEvent, SourceInfo
from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import MissingReason
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.core.percepts import FaceCrop, TranscriptSegment
from live_emotion.core.ticks import (
    SAMPLE_RATE,
    TICK_S,
    TICK_SAMPLES,
    WINDOW_TICKS,
    tick_at,
    tick_span,
)
from live_emotion.perception.spectrogram import MelStream
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.heard import Heard
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.words import Words

_LOG = logging.getLogger(__name__)

# How long after its end a tick waits for the sound of a live microphone: longer where sound has
# been coming late, for a while.
PATIENCE_S: Final = 0.25
MOST_PATIENCE_S: Final = 1.2
_CALM: Final = 0.99
_MARGIN_S: Final = 0.05
# A picture taken this long before a tick's end may still be on its way.
_VIDEO_WAY_S: Final = 0.015
# A tick scored that much later than due makes the face searches fewer, for a while.
BEHIND_S: Final = 0.15
REST_TICKS: Final = 10
# A tick that comes up that much later than it would have with patience is not scored at all.
SKIP_AFTER_S: Final = 2 * TICK_S
# A mel piece with less of its sound than this is none.
_HEARD_MIN: Final = 0.9
_GIVES_NOTHING: Final = ("muted", "stalled", "reconnecting", "lost", "paused")


class Senses(Protocol):
    """What the flow asks of a live source beside its events."""

    @property
    def paused(self) -> bool:
        """Whether the user turned the devices off."""

    @property
    def camera_state(self) -> DeviceState | None:
        """The camera's state as last told."""

    @property
    def microphone_state(self) -> DeviceState | None:
        """The microphone's state as last told."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """What capture dropped, by name."""

    @property
    def drift_ppm(self) -> float:
        """Drift of the sound card against the session clock."""


class Clock(Protocol):
    """The session clock."""

    def now(self) -> float:
        """Return the seconds since the session began."""


class HearingWords(Words, Protocol):
    """Words that take sound as it arrives: `LiveWords`, for one."""

    def hear(self, block: AudioBlock) -> None:
        """Take sound that came in."""
        ...

    def ready(self, now: float) -> list[TranscriptSegment]:
        """Return the segments that are ready at `now` in seconds of the session."""
        ...


class LiveFlow(Flow):
    """Turns a live source's events into estimates, in real time.

    Parameters
    ----------
    info, stages, observer, meter, first_tick
        As `Flow` takes them.
    words
        The transcript, also among the stages; None for none.
    senses
        The source.
    clock
        The session clock.
    orders
        What the user asks for while it runs.
    """

    def __init__(
        self,
        info: SourceInfo,
        stages: Stages,
        observer: Observer,
        meter: HealthMeter,
        first_tick: int,
        *,
        words: HearingWords | None,
        senses: Senses,
        clock: Clock,
        orders: Orders | None = None,
    ) -> None:
        super().__init__(info, stages, observer, meter, first_tick, orders)
        self._live_words = words
        self._senses = senses
        self._clock = clock
        self._seen_at = self._heard_at = float("-inf")
        self._rest_until = first_tick
        self._face_tick = -1
        self._patience = PATIENCE_S
        self._late = 0

    def push(self, event: SourceEvent) -> None:
        """Take the source's next event."""
        if isinstance(event, VideoFrame):
            self._seen_at, self._face_tick = event.t, tick_at(event.t)
        elif isinstance(event, AudioBlock):
            self._heard_at = max(self._heard_at, event.t_end)
            lateness = self._clock.now() - event.t_end
            calm = max(PATIENCE_S, self._patience * _CALM)
            self._patience = min(max(calm, lateness + _MARGIN_S), MOST_PATIENCE_S)
            # Sound for a tick that was scored already is of no use to it.
            late = min(event.t_end, self.t) - event.t
            if late > 0.0:
                self._late += round(late * SAMPLE_RATE)
            if self._live_words is not None:
                self._live_words.hear(event)
        super().push(event)

    def advance(self) -> None:
        """Score the ticks that are due, and hand out the words that are ready."""
        self._advance()
        if self._live_words is not None:
            self._tell(self._live_words.ready(self._clock.now()))

    @property
    def next_due(self) -> float:
        """Seconds on the session clock at which the next tick may be complete."""
        return tick_span(self._tick)[1]

    def dropped(self) -> dict[str, int]:
        """Return what was dropped between the devices and the estimates, by name."""
        dropped = dict(self._meter.dropped)
        for name, count in super().dropped().items():
            dropped[name] = dropped.get(name, 0) + count
        for name, count in self._senses.dropped.items():
            dropped[name] = dropped.get(name, 0) + count
        dropped["audio_samples"] += self._late
        if self._sight is not None:
            dropped["face_searches"] += self._sight.shed
            dropped["people"] += self._sight.people_shed
        return dropped

    def _advance(self) -> None:
        while self._through() >= self.next_due - 1e-6:
            now = self._clock.now()
            behind = now - self.next_due - self._patience
            if behind > BEHIND_S:
                self._rest_until = self._tick + REST_TICKS
            if self._sight is not None:
                self._sight.resting = self._tick < self._rest_until
            if behind > SKIP_AFTER_S:
                fresh = tick_at(now - self._patience)
                if self._tick <= self._face_tick < fresh:
                    # The newest picture that was searched is worth a score, however long it took.
                    fresh = self._face_tick
                if fresh > self._tick:
                    self._skip_to(fresh)
            self._score_next(last=False)

    def _through(self) -> float:
        """Seconds up to which all has arrived that will be waited for."""
        now = self._clock.now()
        ends = [now - _VIDEO_WAY_S]
        if self._sound is not None and self._senses.microphone_state in ("live", "muted"):
            ends.append(max(self._sound.through, now - self._patience))
        return min(ends)

    def _skip_to(self, tick: int) -> None:
        """Leave out the ticks before this one, in no time however many they are."""
        count = tick - self._tick
        for _ in range(min(count, WINDOW_TICKS)):
            self._scorer.skip()
        self._judge.skip(tick)
        # Voice activity begins afresh by itself when the sound jumps.
        self._mel = MelStream(tick)
        if self._sight is not None:
            self._sight.take(tick - 1)
        self._tick = tick
        self._meter.drop("ticks", count)
        _LOG.info("%d ticks before tick %d were left out: the machine lagged", count, tick)

    def _hear(self, tick: int, *, last: bool) -> Heard:
        arrived = self._sound.heard(tick) if self._sound is not None else 0
        heard = super()._hear(tick, last=last)
        return heard if arrived >= _HEARD_MIN * TICK_SAMPLES else Heard()

    def _missing(self, tick: int) -> Mapping[Branch, MissingReason]:
        end = tick_span(tick)[1]
        if self._senses.paused:
            return {"vision": "turned off", "audio": "turned off", "text": "turned off"}
        missing: dict[Branch, MissingReason] = {}
        if self._senses.camera_state in _GIVES_NOTHING or self._seen_at < end - STALLED_AFTER_S:
            missing["vision"] = "no video"
        mute = self._senses.microphone_state in _GIVES_NOTHING
        if mute or self._heard_at < end - STALLED_AFTER_S:
            missing["audio"] = missing["text"] = "no audio"
        return missing

    def _latency_ms(self, began: float, tick: int, crop: FaceCrop | None) -> float:
        """From the newest capture that went in to now."""
        end = tick_span(tick)[1]
        newest = [min(end, self._heard_at)] if self._heard_at > end - TICK_S else []
        if crop is not None:
            newest.append(crop.face.t)
        return (self._clock.now() - max(newest, default=end)) * 1e3

    def _tell_health(self) -> None:
        health = self._meter.health(self.t)
        self._observer.on_health(
            dataclasses.replace(health, dropped=self.dropped(), drift_ppm=self._senses.drift_ppm)
        )
