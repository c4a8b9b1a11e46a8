"""Words by the tick: recognition runs beside the flow, its results take effect at fixed times.

A pass over the open utterance is handed to one worker thread, and its result is used exactly
`DELAY_TICKS` later on the media's clock, however fast the machine or the replay. If the worker is
not ready by then, the flow waits for it: the same file gives the same words.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.perception.speech.transcriber import StreamingTranscriber
from live_emotion.pipeline.voice import Span

DELAY_TICKS: Final = 2
# Final words held for the text branch: far more than anyone says in a window.
_WORDS_HELD: Final = 400


class WordStream:
    """Drives a streaming transcriber and keeps the words that the text branch needs.

    Parameters
    ----------
    transcriber
        Decides what is to be recognised, and which words are final.
    recognizer
        Recognises a stretch of sound; used on a thread of its own.
    """

    def __init__(self, transcriber: StreamingTranscriber, recognizer: Recognizer) -> None:
        self._transcriber = transcriber
        self._recognizer = recognizer
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="words")
        self._pending: tuple[Future[object], int] | None = None
        self._ticks = 0
        self._final: deque[Word] = deque(maxlen=_WORDS_HELD)
        self._tentative: tuple[Word, ...] = ()
        self._open_since: float | None = None
