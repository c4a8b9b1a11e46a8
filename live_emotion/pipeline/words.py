"""Words by the tick: recognition runs beside the flow, its results take effect at fixed times.

A pass over the open utterance is handed to one worker thread, and its result is used exactly
`DELAY_TICKS` later on the media's clock, however fast the machine or the replay. If the worker is
not ready by then, the flow waits for it: the same file gives the same words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Protocol

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import TICK_S
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.perception.speech.transcriber import PassResult, StreamingTranscriber

# Nobody waits for tentative words in a replay: passes over open speech are fewer than live.
PASS_TICKS: Final = 3
# As long as from one pass to the next, so that the worker never waits for the flow.
DELAY_TICKS: Final = PASS_TICKS
# Words of closed utterances held for the text branch: more than anyone says in a window.
_WORDS_HELD: Final = 100
_EPSILON_S: Final = 1e-6


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


class WordStream:
    """Drives a streaming transcriber, tick by tick.

    Parameters
    ----------
    recognizer
        Recognises a stretch of sound; used on a thread of its own.
    delay_ticks
        Ticks between the asking for a pass and its taking effect.
    """

    def __init__(self, recognizer: Recognizer, *, delay_ticks: int = DELAY_TICKS) -> None:
        self._transcriber = StreamingTranscriber(recognizer, pass_every_s=PASS_TICKS * TICK_S)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="words")
        self._pass: Future[PassResult] | None = None
        self._effective = 0.0
        self._delay_s = delay_ticks * TICK_S
        self._ledger = WordLedger()

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were never transcribed."""
        return self._transcriber.dropped_samples

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> list[TranscriptSegment]:
        """Take the sound of the next tick; return the segments that take effect now."""
        t = block.t_end
        segments: list[TranscriptSegment] = []
        if self._pass is not None and t >= self._effective - _EPSILON_S:
            segments = self._collect(self._pass)
        self._transcriber.push(block, speech)
        if self._pass is None:
            self._ask(t, last=False)
        return segments

    def finish(self, t: float) -> list[TranscriptSegment]:
        """End the stream at the media time `t`: return all that is still to come."""
        segments: list[TranscriptSegment] = []
        while True:
            if self._pass is not None:
                segments += self._collect(self._pass)
            self._ask(t, last=True)
            if self._pass is None:
                return segments

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that the text branch reads for a window, "" for none."""
        return self._ledger.text(window)

    def close(self) -> None:
        """Let go of the worker; a pass that runs is waited for."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _ask(self, t: float, *, last: bool) -> None:
        request = self._transcriber.due(t, last=last)
        if request is not None:
            self._pass = self._worker.submit(self._transcriber.run, request)
            self._effective = t + self._delay_s

    def _collect(self, running: Future[PassResult]) -> list[TranscriptSegment]:
        segments = self._transcriber.accept(running.result())
        self._pass = None
        for segment in segments:
            self._ledger.add(segment)
        return segments
