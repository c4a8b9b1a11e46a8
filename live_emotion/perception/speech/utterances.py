"""Where somebody speaks: utterances opened and closed by voice activity."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from live_emotion.perception.speech.activity import SPEECH_PROBABILITY, Span

_STAY_PROBABILITY: Final = 0.35
_MOST_STRETCHES: Final = 512


@dataclass(slots=True)
class Stretch:
    """A run of voice, in seconds."""

    t0: float
    t1: float


@dataclass(slots=True)
class Utterance:
    """Speech between two silences: `end` is None while it goes on. Seconds."""

    start: float
    end: float | None = None


class UtteranceGate:
    """Turns speech probabilities into utterances.

    Parameters
    ----------
    preroll_s
        An utterance begins this long before its first voiced chunk.
    close_after_s
        It ends after this much silence...
    postroll_s
        ...with this much of the silence.
    open_after_s
        It takes this much voice in a row to open one: a click is none.
    """

    def __init__(
        self,
        *,
        preroll_s: float = 0.3,
        close_after_s: float = 0.7,
        postroll_s: float = 0.3,
        open_after_s: float = 0.09,
    ) -> None:
        self._preroll_s = preroll_s
        self._close_after_s = close_after_s
        self._postroll_s = postroll_s
        self._open_after_s = open_after_s
        self._speaking = False
        self._earliest = float("-inf")
        self.current: Utterance | None = None
        self.stretches: deque[Stretch] = deque(maxlen=_MOST_STRETCHES)

    def push(self, span: Span) -> Utterance | None:
        """Take in the next chunk's ``(t0, t1, probability)``; return an utterance it opens."""
        t0, t1, probability = span
        least = _STAY_PROBABILITY if self._speaking else SPEECH_PROBABILITY
        was, self._speaking = self._speaking, probability >= least
        if self._speaking:
            if was and self.stretches and abs(self.stretches[-1].t1 - t0) < 0.01:
                self.stretches[-1].t1 = t1
            else:
                self.stretches.append(Stretch(t0, t1))
            return self._open(self.stretches[-1])
        if self.current is not None and t1 - self.stretches[-1].t1 >= self._close_after_s:
            self.close(min(t1, self.stretches[-1].t1 + self._postroll_s))
        return None

    def close(self, t: float) -> None:
        """End the utterance that is open, if one is."""
        if self.current is not None:
            self.current.end = self._earliest = max(t, self.current.start)
            self.current = None

    def split(self, utterance: Utterance, at: float) -> Utterance:
        """End an utterance at a time, and return the rest of it, which is open if it was."""
        rest = Utterance(at, utterance.end)
        if self.current is utterance:
            self.current = rest
        utterance.end = at
        return rest

    def silence(self) -> None:
        """Begin afresh after a hole in the sound."""
        self._speaking = False

    def voiced(self, t0: float, t1: float) -> list[tuple[float, float]]:
        """Return the stretches of voice within ``t0..t1``."""
        return [(max(s.t0, t0), min(s.t1, t1)) for s in self.stretches if s.t1 > t0 and s.t0 < t1]

    def _open(self, stretch: Stretch) -> Utterance | None:
        if self.current is not None or stretch.t1 - stretch.t0 < self._open_after_s:
            return None
        self.current = Utterance(max(stretch.t0 - self._preroll_s, self._earliest))
        return self.current
