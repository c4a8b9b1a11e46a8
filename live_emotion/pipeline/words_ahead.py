"""Words of a file: its sound is read ahead of the scores, each utterance once, when it is whole.

What will be said in a file is there already, so nobody has to guess at the words of a sentence
that goes on. A thread of its own reads the sound some seconds ahead of the flow and transcribes
every utterance when it is over. The flow is told the words at the media time at which they were
said, and waits where the thread has not come that far: the same file gives the same words, however
fast the machine or the replay.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from live_emotion.capture.source import SourceEvent
from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import TICK_S, tick_at, tick_span, tick_start
from live_emotion.perception.speech.activity import Span, VoiceActivity
from live_emotion.perception.speech.recognizer import Recognizer
from live_emotion.perception.speech.transcriber import StreamingTranscriber
from live_emotion.pipeline.sound import TickSound
from live_emotion.pipeline.voice_ahead import VoiceAhead
from live_emotion.pipeline.words import WordLedger

# Longer utterances are cut: the scores of their first words wait until they are read.
LONGEST_S: Final = 8.0
# More than the longest utterance and the silence that closes it.
AHEAD_S: Final = 15.0
# While somebody goes on talking, words are told as often as this.
TOLD_EVERY_TICKS: Final = 3
# A tick is begun within the time to be read ahead, and the last one may be short.
_TICKS_AHEAD: Final = round(AHEAD_S / TICK_S) + 4
_EPSILON_S: Final = 1e-6


class WordsAhead:
    """Transcribes sound ahead of the flow, and tells it the words at their own times.

    Parameters
    ----------
    recognizer
        Reads the words of an utterance; used on a thread of its own.
    events
        The sound from the start of `first_tick` on; other events are passed over. Read on that
        thread, and never further than `AHEAD_S` beyond the flow.
    first_tick
        Where the flow begins.
    close
        Called at the end, for what `events` come from.
    activity
        Finds the voice in the sound.

    Attributes
    ----------
    voice
        The voice activity of the sound that was read, for the flow.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        events: Iterator[SourceEvent],
        first_tick: int = 0,
        close: Callable[[], None] = lambda: None,
        activity: VoiceActivity | None = None,
    ) -> None:
        self._transcriber = StreamingTranscriber(recognizer, pass_every_s=None, longest_s=LONGEST_S)
        self._separator = recognizer.separator
        self.voice = VoiceAhead(
            activity if activity is not None else VoiceActivity(), _TICKS_AHEAD, self._want
        )
        self._events = events
        self._sound = TickSound(first_tick)
        self._next_tick = first_tick
        self._close = close
        self._changed = threading.Condition()
        # What both threads share, under the condition.
        self._read: deque[TranscriptSegment] = deque()
        self._read_through = tick_start(first_tick)
        self._wanted = tick_start(first_tick)
        self._error: BaseException | None = None
        self._stopped = False
        # What the flow's thread keeps.
        self._ledger = WordLedger()
        self._told = 0
        self._told_at = first_tick
        self._thread = threading.Thread(target=self._run, name="words", daemon=True)
        self._thread.start()

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were never transcribed."""
        return self._transcriber.dropped_samples

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> list[TranscriptSegment]:
        """Return the segments that take effect at the end of a tick's sound; may wait for them.

        Raises
        ------
        UserError
            If the sound could not be read.
        """
        t = block.t_end
        self._want(t)
        with self._changed:
            self._changed.wait_for(lambda: self._known(t))
            if self._error is not None:
                raise self._error
        return self._tell(t)

    def finish(self, t: float) -> list[TranscriptSegment]:
        """End the stream at the media time `t`: return the words that were said by then."""
        segments = self._tell(t)
        with self._changed:
            following = self._read[0] if self._read else None
        if following is None:
            return segments
        said = tuple(w for w in following.words if w.t0 < t)
        if said:
            segments += self._take_in(self._segment(said, final=True))
        with self._changed:
            self._read.clear()
        return segments

    def text(self, window: tuple[float, float]) -> str:
        """Return the words that the text branch reads for a window, "" for none."""
        return self._ledger.text(window)

    def close(self) -> None:
        """Stop reading; a pass that runs is waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        self._thread.join()
        close, self._close = self._close, lambda: None
        close()

    # -- the flow's thread ------------------------------------------------------------------

    def _want(self, t: float) -> None:
        with self._changed:
            self._wanted = max(self._wanted, t)
            self._changed.notify_all()

    def _known(self, t: float) -> bool:
        """Whether all words up to `t` are known, or none will come any more."""
        there = self._read_through >= t - _EPSILON_S
        return there or self._error is not None or self._stopped

    def _tell(self, t: float) -> list[TranscriptSegment]:
        """Return the utterances that are over by `t`, and the words so far of the one that is not.

        Its words are told at most every third tick: each time all of them are read anew.
        """
        segments: list[TranscriptSegment] = []
        while True:
            with self._changed:
                following = self._read[0] if self._read else None
            if following is None or following.t0 >= t:
                return segments
            if following.t1 <= t + _EPSILON_S:
                with self._changed:
                    self._read.popleft()
                segments += self._take_in(following)
                self._told = 0
                continue
            said = tuple(w for w in following.words if w.t1 <= t + _EPSILON_S)
            tick = tick_at(t - _EPSILON_S)
            if self._told == 0:
                self._told_at = max(self._told_at, tick_at(following.t0) - 1)
            if len(said) > self._told and tick >= self._told_at + TOLD_EVERY_TICKS:
                self._told, self._told_at = len(said), tick
                segments += self._take_in(self._segment(said, final=False))
            return segments

    def _take_in(self, segment: TranscriptSegment) -> list[TranscriptSegment]:
        self._ledger.add(segment)
        return [segment]

    def _segment(self, words: tuple[Word, ...], *, final: bool) -> TranscriptSegment:
        text = self._separator.join(w.word for w in words)
        return TranscriptSegment(words[0].t0, words[-1].t1, text, final, words, final)

    # -- the reader's thread ----------------------------------------------------------------

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            self._read_all()
        except BaseException as caught:  # handed to the flow's thread
            error = caught
        self.voice.end()
        with self._changed:
            self._error = error
            self._changed.notify_all()

    def _read_all(self) -> None:
        for event in self._events:
            if not isinstance(event, AudioBlock):
                continue
            self._sound.push(event)
            while self._sound.through >= tick_span(self._next_tick)[1] - _EPSILON_S:
                if not self._may_go_on():
                    return
                self._read_tick()
        if self._sound.arrived(self._next_tick):
            self._read_tick()
        self._transcribe(tick_start(self._next_tick), last=True)
        self._tell_progress(float("inf"))

    def _may_go_on(self) -> bool:
        """Wait until the flow has come near enough; return whether to go on."""
        with self._changed:
            ahead = tick_start(self._next_tick) - AHEAD_S
            self._changed.wait_for(lambda: self._stopped or self._wanted >= ahead)
            return not self._stopped

    def _read_tick(self) -> None:
        tick = self._next_tick
        self._next_tick += 1
        block = AudioBlock(tick_start(tick), self._sound.take(tick))
        self._transcriber.push(block, self.voice.read(block))
        self._transcribe(block.t_end, last=False)
        self._tell_progress(self._transcriber.read_through)

    def _transcribe(self, t: float, *, last: bool) -> None:
        while not self._stopped:
            request = self._transcriber.due(t, last=last)
            if request is None:
                return
            for segment in self._transcriber.accept(self._transcriber.run(request)):
                if segment.final and segment.words:
                    with self._changed:
                        self._read.append(self._segment(segment.words, final=True))

    def _tell_progress(self, through: float) -> None:
        with self._changed:
            self._read_through = max(self._read_through, through)
            self._changed.notify_all()
