"""Words of a live session: recognised beside the flow, used as soon as they are ready.

In a replay results take effect at fixed media times, and the flow waits for them. Live, nothing
waits: sound goes in as it arrives, so that the end of a phrase is seen within a tenth of a second,
and a pass that is not ready leaves the scores as they are. Words come at most `MOST_LAG_S` and the
time of one pass after they were said.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.perception.speech.activity import Span, VoiceActivity
from live_emotion.perception.speech.passes import PassRequest, PassResult
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.perception.speech.transcriber import StreamingTranscriber
from live_emotion.pipeline.words import WordLedger

# The recogniser rests for this share of the time that its last pass took.
_REST: Final = 0.5
# After that long without sound an utterance has ended.
_SILENT_S: Final = 1.0
_FINISH_S: Final = 10.0
# Speech that no pass has read for so long is not read any more, and counted: a recogniser that
# cannot keep up leaves words out, and what it does read was said just now.
MOST_LAG_S: Final = 4.0


class LiveWords:
    """Drives a streaming transcriber with sound as it arrives.

    `hear` takes the sound, `push` hands out what is ready; both belong to the flow's thread.

    Parameters
    ----------
    recognizer
        Recognises a stretch of sound; used on a thread of its own.
    activity
        Finds the voice in it.
    wall
        Returns seconds that never go back.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        activity: VoiceActivity | None = None,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self._transcriber = StreamingTranscriber(recognizer)
        self._activity = activity if activity is not None else VoiceActivity()
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="words")
        self._pass: Future[tuple[PassResult, float]] | None = None
        self._rest_until = 0.0
        self._ledger = WordLedger()
        self._through = 0.0

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were never transcribed."""
        return self._transcriber.dropped_samples

    def hear(self, block: AudioBlock) -> None:
        """Take sound that came in, in blocks of a tenth of a second or so."""
        self._transcriber.push(block, self._activity.push(block))
        self._through = block.t_end

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> list[TranscriptSegment]:
        """Return the segments that are ready; the tick's sound was heard before."""
        return self.ready(self._through)

    def ready(self, now: float) -> list[TranscriptSegment]:
        """Return the segments of the pass that has ended, and ask for the next one.

        Parameters
        ----------
        now
            Seconds on the session clock: when no sound comes any more, what was said is closed.
        """
        segments: list[TranscriptSegment] = []
        if self._pass is not None:
            if not self._pass.done():
                return segments
            segments = self._collect(self._pass)
        self._ask(now, last=now - self._through > _SILENT_S)
        return segments

    def finish(self, t: float) -> list[TranscriptSegment]:
        """End the stream: return what is still to come, as far as it comes soon."""
        segments: list[TranscriptSegment] = []
        give_up = time.monotonic() + _FINISH_S
        while time.monotonic() < give_up:
            if self._pass is not None:
                segments += self._collect(self._pass)
            self._ask(t, last=True)
            if self._pass is None:
                break
        return segments

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that the text branch reads for a window, "" for none."""
        return self._ledger.text(window)

    def close(self) -> None:
        """Let go of the worker; a pass that runs is waited for."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _ask(self, now: float, *, last: bool) -> None:
        if not last and self._wall() < self._rest_until:
            return
        self._transcriber.give_up(now - MOST_LAG_S)
        request = self._transcriber.due(self._through, last=last)
        if request is not None:
            self._pass = self._worker.submit(self._run, request)

    def _run(self, request: PassRequest) -> tuple[PassResult, float]:
        began = self._wall()
        return self._transcriber.run(request), self._wall() - began

    def _collect(self, running: Future[tuple[PassResult, float]]) -> list[TranscriptSegment]:
        result, took = running.result()
        self._pass = None
        # A pass that closes an utterance is not kept waiting: little is due after it.
        if result.request.kind == "open":
            self._rest_until = self._wall() + _REST * took
        segments = self._transcriber.accept(result)
        for segment in segments:
            self._ledger.add(segment)
        return segments
