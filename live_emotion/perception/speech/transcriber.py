"""Streaming transcript: tentative words at once, final words when two passes agree.

A state machine without threads, driven by media time, so that the same sound gives the same
segments at any speed: the caller may run a pass elsewhere, but `due` is asked and `accept`
called at fixed media times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.agreement import Agreement
from live_emotion.perception.speech.cuts import gap_to_cut, gap_to_trim, pause_to_cut
from live_emotion.perception.speech.guards import believed, unread_from
from live_emotion.perception.speech.passes import PassKind, PassRequest, PassResult
from live_emotion.perception.speech.recognizer import Hypothesis, Recognizer
from live_emotion.perception.speech.segments import SegmentMaker
from live_emotion.perception.speech.utterance_queue import Job, UtteranceQueue

_EPSILON_S: Final = 1e-6
# Less voice than this is no word, and Whisper would make one of it.
_LEAST_CLOSED_VOICE_S: Final = 0.18
# Less voice than this is not read again in two parts.
_LEAST_HALVED_S: Final = 2.0


class StreamingTranscriber:
    """Collects sound, says when a pass is due, and turns what passes read into segments.

    Parameters
    ----------
    recognizer
        Reads the words of a clip.
    pass_every_s
        Time between two passes over an utterance that goes on; a multiple of the tick. None for
        no such pass: an utterance is read when it has ended.
    least_voice_s
        Voice an open utterance must hold before its first pass.
    trim_s
        Sound of an open utterance is trimmed at final words once it is longer.
    longest_s
        A longer utterance is cut at the widest gap between words.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        *,
        pass_every_s: float | None = 0.8,
        least_voice_s: float = 0.4,
        trim_s: float = 5.0,
        longest_s: float = 14.0,
    ) -> None:
        self._recognizer = recognizer
        self._pass_every_s = pass_every_s
        self._whole = pass_every_s is None
        self._least_voice_s = least_voice_s
        self._trim_s = trim_s
        self._longest_s = longest_s
        self._queue = UtteranceQueue()
        self._outstanding: PassRequest | None = None
        self._segments = SegmentMaker(recognizer.separator)

    @property
    def read_through(self) -> float:
        """Seconds on the session clock before which nothing is left to read."""
        return self._queue.read_through

    @property
    def dropped_samples(self) -> int:
        """Samples of speech that were left unread."""
        return self._queue.dropped_samples

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> None:
        """Collect a block, and what `VoiceActivity.push` returned for it."""
        self._queue.push(block, speech, busy=self._outstanding is not None)

    def give_up(self, before: float) -> None:
        """Leave unread, and count, what was said before a time and no pass has read yet.

        What was read of a cut utterance becomes final; the rest of it is an utterance of its own.

        Parameters
        ----------
        before
            Seconds on the session clock.
        """
        if self._outstanding is None:
            self._queue.give_up(before)

    def due(self, t: float, *, last: bool = False) -> PassRequest | None:
        """Return the pass that is due at media time `t`, if one is.

        Parameters
        ----------
        t
            Seconds on the tick grid; all sound up to it has been pushed.
        last
            True at the end of the stream: what is open is closed. Ask again until None comes.
        """
        if self._outstanding is not None:
            return None
        if last:
            self._queue.gate.close(t)
        while self._queue.jobs:
            job = self._queue.jobs[0]
            request = self._request(job, t)
            if request is not None:
                self._outstanding = request
                return request
            if job.utterance.end is None:
                return None
            self._queue.jobs.popleft()
        return None

    def run(self, request: PassRequest) -> PassResult:
        """Run a pass. Touches no state, so another thread may do it."""
        if request.settled:
            return PassResult(request, Hypothesis(()))
        return PassResult(request, self._recognizer.recognize(request.samples))

    def accept(self, result: PassResult) -> list[TranscriptSegment]:
        """Take in the result of the pass asked for last.

        Returns
        -------
        list of TranscriptSegment
            A final segment of the words that became final, then a tentative one of the rest. A
            segment replaces the tentative text before it; an empty one clears it. The segment
            that closes an utterance is empty when its words were final already.

        Raises
        ------
        ValueError
            If it is not the result of the pass that is outstanding.
        """
        if result.request is not self._outstanding:
            raise ValueError("this pass was not asked for last")
        self._outstanding = None
        request, job = result.request, self._queue.jobs[0]
        job.last_pass = request.t
        job.read_to = job.covered = request.t1
        if request.settled:
            self._queue.jobs.popleft()
            return self._told(job, job.agreement.finish(), closes=True)
        voiced = self._queue.gate.voiced(request.t0, request.t1)
        words = believed(result.hypothesis, request.t0, request.t1, voiced)
        voice = sum(b - a for a, b in voiced)
        if self._whole and not words and voice >= _LEAST_HALVED_S:
            self._halve(job, request)
            return []
        if request.kind == "open":
            final = job.agreement.update(words)
            self._trim(job, request.t1)
            return self._told(job, final, closes=False)
        if request.kind == "close":
            left = unread_from(words, voiced) if self._whole else None
            if left is not None:
                return self._split(job, words, left, request.t1)
            self._queue.jobs.popleft()
            return self._told(job, job.agreement.finish(words), closes=True)
        return self._cut(job, words, request.t1)

    # -- what is due ------------------------------------------------------------------------

    def _request(self, job: Job, t: float) -> PassRequest | None:
        utterance = job.utterance
        if utterance.end is not None:
            never_read = job.read_to == float("-inf")
            voice = self._queue.voice(job.heard_from, utterance.end)
            if never_read and voice < _LEAST_CLOSED_VOICE_S:
                return None
            return self._ask(job, t, utterance.end, "close")
        if t - utterance.start >= self._longest_s:
            return self._ask(job, t, t, "cut")
        every = self._pass_every_s
        if every is None or t - job.last_pass < every - _EPSILON_S:
            return None
        if self._queue.voice(job.heard_from, t) < self._least_voice_s:
            return None
        # Silence since the last pass adds no words; the closing pass will read it.
        if self._queue.voice(max(job.read_to, job.heard_from), t) < 0.1:
            return None
        return self._ask(job, t, t, "open")

    def _ask(self, job: Job, t: float, t1: float, kind: PassKind) -> PassRequest:
        if kind == "close" and self._queue.voice(job.read_to - 0.1, t1) < 0.02:
            empty = np.zeros(0, np.float32)
            return PassRequest(t, job.heard_from, t1, empty, kind, settled=True)
        t0, samples = self._queue.read(job, t1)
        return PassRequest(t, t0, t0 + len(samples) / SAMPLE_RATE, samples, kind)

    # -- what was read ----------------------------------------------------------------------

    def _trim(self, job: Job, end: float) -> None:
        """Stop reading the oldest sound of a long utterance, up to a gap between final words."""
        if end - job.heard_from <= self._trim_s:
            return
        words = job.agreement.committed
        quarter = self._trim_s / 4
        at = gap_to_trim(words, job.heard_from + quarter, end - quarter)
        if at is not None:
            job.heard_from = at

    def _cut(self, job: Job, words: list[Word], end: float) -> list[TranscriptSegment]:
        """Close an utterance that has grown too long; what follows the cut is a new one."""
        committed = job.agreement.committed
        earliest = max(
            (job.heard_from + end) / 2, committed[-1].t1 - 0.05 if committed else float("-inf")
        )
        count, at = gap_to_cut(words, earliest, end)
        return self._close_at(job, words, count, at, end)

    def _split(self, job: Job, words: list[Word], at: float, end: float) -> list[TranscriptSegment]:
        """Close an utterance behind its last word that was read; the rest is read by itself."""
        before = [w for w in words if w.t1 <= at]
        segments = self._close_at(job, before, len(before), at, end)
        self._queue.jobs[0].covered = float("-inf")
        return segments

    def _halve(self, job: Job, request: PassRequest) -> None:
        """Read an utterance of which nothing can be believed again, in two parts."""
        voiced = self._queue.gate.voiced(request.t0, request.t1)
        at = pause_to_cut(voiced, request.t0, request.t1)
        job.last_pass = job.read_to = job.covered = float("-inf")
        self._queue.divide(job, at)

    def _close_at(
        self, job: Job, words: list[Word], count: int, at: float, end: float
    ) -> list[TranscriptSegment]:
        """Close an utterance after `count` words; what follows the time `at` is a new one."""
        final = job.agreement.finish(words[:count])
        following = self._queue.gate.split(job.utterance, at)
        begun = Agreement(at, words[count:])
        self._queue.jobs[0] = Job(following, begun, at, job.last_pass, covered=end)
        segments = self._told(job, final, closes=True)
        return segments + self._segments.tentative(begun, job.last_pass)

    def _told(self, job: Job, final: Sequence[Word], *, closes: bool) -> list[TranscriptSegment]:
        return self._segments.make(job.agreement, final, job.last_pass, closes=closes)
