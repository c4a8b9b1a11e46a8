"""Where the time of a replay goes: parts wrapped so that each tells how long it took."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, cast

from live_emotion.capture.source import SourceEvent
from live_emotion.core.media import FloatArray
from live_emotion.perception.speech.recognizer import Hypothesis, Recognizer
from live_emotion.pipeline.passes import Parts
from live_emotion.runtime.encoders import EncoderSet

# Methods of an encoder set, and the part of the profile that they belong to.
_TIMED: Final = {
    "face_finder": "face finding",
    "vision_face": "encoders",
    "audio_piece": "encoders",
    "vision_sequence": "encoders",
    "audio_sequence": "encoders",
    "text": "encoders",
}


class Stopwatch:
    """Adds up the wall seconds and the calls of each part. Each part stays on one thread.

    Parameters
    ----------
    clock
        Returns seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}
        self.calls: dict[str, int] = {}

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens within the ``with`` under a name."""
        began = self._clock()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + self._clock() - began
            self.calls[name] = self.calls.get(name, 0) + 1

    def around(self, parts: Parts) -> Parts:
        """Return the parts of a replay, wrapped."""
        recognizer = parts.recognizer
        return Parts(
            _Source(parts.source, self),
            cast(EncoderSet, _Encoders(parts.encoders, self)),
            None if recognizer is None else _Recognizer(recognizer, self),
        )


class _Source:
    """A source whose reading counts as decoding."""

    def __init__(self, source: Any, watch: Stopwatch) -> None:
        self._source = source
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def events(self) -> Iterator[SourceEvent]:
        """Yield the source's events."""
        events = iter(self._source.events())
        while True:
            with self._watch.part("decoding"):
                event = next(events, None)
            if event is None:
                return
            yield event


class _Encoders:
    """Encoders whose runs are counted."""

    def __init__(self, encoders: Any, watch: Stopwatch) -> None:
        self._encoders = encoders
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._encoders, name)
        part = _TIMED.get(name)
        if part is None:
            return found

        def timed(*arguments: Any) -> Any:
            with self._watch.part(part):
                return found(*arguments)

        return timed


class _Recognizer:
    """A recogniser whose passes are counted."""

    def __init__(self, recognizer: Recognizer, watch: Stopwatch) -> None:
        self._recognizer = recognizer
        self._watch = watch

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recognizer, name)

    @property
    def separator(self) -> str:
        """What stands between two words."""
        return self._recognizer.separator

    def recognize(self, samples: FloatArray) -> Hypothesis:
        """Read a clip."""
        with self._watch.part("whisper"):
            return self._recognizer.recognize(samples)
