"""What a pass over a stretch of speech is asked to read, and what it read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from live_emotion.core.media import FloatArray
from live_emotion.perception.speech.recognizer import Hypothesis

PassKind = Literal["open", "cut", "close"]


@dataclass(frozen=True, slots=True, eq=False)
class PassRequest:
    """A pass to run.

    Attributes
    ----------
    t
        Media time it was asked at, seconds.
    t0, t1
        Stretch of sound it reads, seconds on the session clock.
    samples
        ``(n,)`` float32 of that stretch, a copy.
    kind
        ``open`` while the utterance goes on, ``cut`` when it has grown too long, ``close`` when
        it ended.
    settled
        True where nothing was said since the last pass: there is nothing to read.
    """

    t: float
    t0: float
    t1: float
    samples: FloatArray
    kind: PassKind
    settled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PassResult:
    """A pass that was run."""

    request: PassRequest
    hypothesis: Hypothesis
