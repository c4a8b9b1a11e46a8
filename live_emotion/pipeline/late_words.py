"""Words of a live session in which a microphone may be chosen only later.

The recogniser is loaded when a microphone is first chosen, beside the flow; until it is there,
there are no words.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.pipeline.live_words import LiveWords

_LOG = logging.getLogger(__name__)


class LateRecognizer:
    """A recogniser that is loaded once, when it is first needed; safe on any thread.

    Parameters
    ----------
    load
        Loads it, which takes seconds.
    """

    def __init__(self, load: Callable[[], Recognizer]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._loaded: Recognizer | None = None
        self._thread: threading.Thread | None = None
        self._problem: str | None = None

    @property
    def loaded(self) -> Recognizer | None:
        """The recogniser, None until it is there."""
        return self._loaded

    def load(self) -> None:
        """Load it now, if it is not there yet.

        Raises
        ------
        UserError
            If it cannot be had.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()

    def load_soon(self) -> None:
        """Load it on a thread of its own; returns at once."""
        running = self._thread is not None and self._thread.is_alive()
        if self._loaded is None and not running:
            self._thread = threading.Thread(target=self._try, name="recogniser", daemon=True)
            self._thread.start()

    def take_problem(self) -> str | None:
        """Return why loading it soon failed, once."""
        problem, self._problem = self._problem, None
        return problem

    def _try(self) -> None:
        try:
            self.load()
        except UserError as error:
            _LOG.info("the speech model cannot be had", exc_info=True)
            self._problem = str(error)
        except Exception as error:
            _LOG.exception("the speech model cannot be loaded")
            said = str(error) or type(error).__name__
            self._problem = f"The speech model cannot be loaded ({said}): choose another one."


class LateWords:
    """`LiveWords` once the recogniser is there, and no words before.

    Parameters
    ----------
    recognizer
        Where to look for it.
    make
        Makes the words from it.
    """

    def __init__(
        self, recognizer: LateRecognizer, make: Callable[[Recognizer], LiveWords] = LiveWords
    ) -> None:
        self._recognizer = recognizer
        self._make = make
        self._words: LiveWords | None = None

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were never transcribed."""
        return self._words.dropped_samples if self._words is not None else 0

    def hear(self, block: AudioBlock) -> None:
        """Take sound that came in."""
        if self._words is None and self._recognizer.loaded is not None:
            self._words = self._make(self._recognizer.loaded)
        if self._words is not None:
            self._words.hear(block)

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> list[TranscriptSegment]:
        """Return the segments that are ready; the tick's sound was heard before."""
        return self._words.push(block, speech) if self._words is not None else []

    def ready(self, now: float) -> list[TranscriptSegment]:
        """Return the segments of the pass that has ended (`now` in seconds of the session)."""
        return self._words.ready(now) if self._words is not None else []

    def finish(self, t: float) -> list[TranscriptSegment]:
        """End the stream: return what is still to come, as far as it comes soon."""
        return self._words.finish(t) if self._words is not None else []

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that the text branch reads for a window, "" for none."""
        return self._words.text(window) if self._words is not None else ""

    def close(self) -> None:
        """Let go of the worker; a pass that runs is waited for."""
        if self._words is not None:
            self._words.close()
