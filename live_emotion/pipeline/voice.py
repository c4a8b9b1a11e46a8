"""How much of a tick is speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from live_emotion.core.media import AudioBlock
from live_emotion.core.ticks import TICK_S
from live_emotion.perception.speech.activity import Span

# Low: the voice branch was trained on every tick with some energy, and shouts puzzle the detector.
SPEECH_PROBABILITY_MIN: Final = 0.3


@dataclass(frozen=True, slots=True)
class TickSpeech:
    """Voice activity of a tick.

    Attributes
    ----------
    spans
        ``(t0, t1, probability)`` as the detector gave them out during the tick.
    share
        Share of the tick's 0.4 s whose probability of speech is at least 0.3.
    """

    spans: Sequence[Span]
    share: float


class Voice(Protocol):
    """Where the voice activity of one tick after another comes from."""

    def push(self, block: AudioBlock) -> Sequence[Span]:
        """Take the next sound; return what has been decided since the last."""
        ...


class SpeechMeter:
    """Runs voice activity over whole ticks.

    The detector's steps of 32 ms do not divide a tick: a step that straddles a tick's end comes out
    with the next tick, and its part before the line is counted there.
    """

    def __init__(self, activity: Voice) -> None:
        self._activity = activity

    def push(self, block: AudioBlock) -> TickSpeech:
        """Take the ``(6400,)`` samples of a tick."""
        spans = self._activity.push(block)
        voiced = sum(t1 - t0 for t0, t1, p in spans if p >= SPEECH_PROBABILITY_MIN)
        return TickSpeech(spans, min(1.0, voiced / TICK_S))
