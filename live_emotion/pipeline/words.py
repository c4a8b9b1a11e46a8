"""The words that count at a moment, and what the flow asks of a transcript."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.perception.speech.activity import Span

# Words of closed utterances held for the text branch: more than anyone says in a window.
_WORDS_HELD: Final = 100


class WordLedger:
    """The words that count for the text branch at a moment.

    They are the words spoken within the window, and all words of an utterance still open whose
    newest word is within it.
    """

    def __init__(self) -> None:
        self._closed: deque[Word] = deque(maxlen=_WORDS_HELD)
        self._open: list[Word] = []
        self._tentative: tuple[Word, ...] = ()

    def add(self, segment: TranscriptSegment) -> None:
        """Take in a segment: final words stay, tentative ones replace each other."""
        if not segment.final:
            self._tentative = segment.words
            return
        self._tentative = ()
        self._open += segment.words
        if segment.closes:
            self._closed += self._open
            self._open = []

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that count for a window (start and end in seconds)."""
        t0, t1 = window
        words = [w for w in self._closed if w.t1 > t0 and w.t0 < t1]
        going_on = [*self._open, *self._tentative]
        if any(w.t1 > t0 for w in going_on):
            # Else a pass came so late that all it read lies before the window.
            words += going_on
        return " ".join(w.word.strip() for w in words)


class Words(Protocol):
    """What the flow asks of a transcript."""

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were never transcribed."""
        ...

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> list[TranscriptSegment]:
        """Take the sound of the next tick; return the segments that take effect now."""
        ...

    def finish(self, t: float) -> list[TranscriptSegment]:
        """End the stream at the media time `t`: return all that is still to come."""
        ...

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that the text branch reads for a window, "" for none."""
        ...

    def close(self) -> None:
        """Let go of what transcribes."""
        ...
