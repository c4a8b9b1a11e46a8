"""Streaming transcript: tentative words at once, final words when two passes agree.

A state machine without threads, driven by media time, so that the same sound gives the same
segments at any speed: the caller may run a pass elsewhere, but `due` is asked and `accept`
called at fixed media times.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.agreement import Agreement
from live_emotion.perception.speech.cuts import gap_to_cut, gap_to_trim, pause_to_cut
from live_emotion.perception.speech.guards import (
    credible,
    finite,
    unread_from,
    within_speech,
    without_loops,
)
from live_emotion.perception.speech.passes import PassKind, PassRequest, PassResult
from live_emotion.perception.speech.recognizer import Hypothesis, Recognizer
from live_emotion.perception.speech.segments import SegmentMaker
from live_emotion.perception.speech.timeline import SoundTimeline
from live_emotion.perception.speech.utterances import Utterance, UtteranceGate

_EPSILON_S: Final = 1e-6
_HELD_S: Final = 30.0
_MOST_WAITING: Final = 4
# Less voice than this is no word, and Whisper would make one of it.
_LEAST_CLOSED_VOICE_S: Final = 0.18
# As little as that is not missed: the end of a sound, a breath.
_LEAST_LOST_VOICE_S: Final = 0.05
# Less voice than this is not read again in two parts.
_LEAST_HALVED_S: Final = 2.0
# Speech that begins within the last of the sound may not have opened an utterance yet.
_UNDECIDED_S: Final = 0.5


@dataclass(slots=True, eq=False)
class _Job:
    """An utterance on its way through the recognizer."""

    utterance: Utterance
    agreement: Agreement
    heard_from: float  # start of the sound still read
    last_pass: float = float("-inf")
    read_to: float = float("-inf")
    covered: float = float("-inf")  # sound up to here was read, be it as part of another


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
        self._sound = SoundTimeline(_HELD_S)
        self._gate = UtteranceGate()
        self._jobs: deque[_Job] = deque()
        self._outstanding: PassRequest | None = None
        self._segments = SegmentMaker(recognizer.separator)
        self.dropped_samples = 0

    @property
    def read_through(self) -> float:
        """Seconds on the session clock before which nothing is left to read."""
        if self._jobs:
            return self._jobs[0].heard_from
        return self._sound.end - _UNDECIDED_S

    def push(self, block: AudioBlock, speech: Sequence[Span]) -> None:
        """Collect a block, and what `VoiceActivity.push` returned for it."""
        hole = self._sound.append(block)
        if hole is not None:
            # Nothing spoken reaches across a hole too long to bridge.
            self._gate.close(hole)
            self._gate.silence()
        for span in speech:
            opened = self._gate.push(span)
            if opened is not None:
                opened.start = max(opened.start, self._sound.begin)
                self._jobs.append(_Job(opened, Agreement(opened.start), opened.start))
        while len(self._jobs) > _MOST_WAITING:
            # The recognizer cannot keep up: what waits longest is not read.
            waiting = 1 if self._outstanding else 0
            job = self._jobs[waiting]
            end = self._sound.end if job.utterance.end is None else job.utterance.end
            self.dropped_samples += max(0, round((end - job.heard_from) * SAMPLE_RATE))
            del self._jobs[waiting]

    def give_up(self, before: float) -> None:
        """Leave unread, and count, what was said before a time and no pass has read yet.

        What was read of a cut utterance becomes final; the rest of it is an utterance of its own.

        Parameters
        ----------
        before
            Seconds on the session clock.
        """
        while self._outstanding is None and self._jobs:
            job = self._jobs[0]
            utterance = job.utterance
            unread = max(job.heard_from, job.covered)
            end = self._sound.end if utterance.end is None else utterance.end
            lost = self._voice(unread, min(before, end))
            if lost < _LEAST_LOST_VOICE_S:
                return
            self.dropped_samples += round(lost * SAMPLE_RATE)
            read = bool(job.agreement.committed or job.agreement.tentative)
            if utterance.end is None or before < end:
                following = self._gate.split(utterance, before)
                self._jobs.insert(1, _Job(following, Agreement(before), before))
                utterance.end = unread
            if not read:
                self._jobs.popleft()
                continue
            job.read_to = job.covered = float("inf")
            return

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
            self._gate.close(t)
        while self._jobs:
            job = self._jobs[0]
            request = self._request(job, t)
            if request is not None:
                self._outstanding = request
                return request
            if job.utterance.end is None:
                return None
            self._jobs.popleft()
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
        request, job = result.request, self._jobs[0]
        job.last_pass = request.t
        job.read_to = job.covered = request.t1
        if request.settled:
            self._jobs.popleft()
            return self._told(job, job.agreement.finish(), closes=True)
        words = self._believed(result)
        if self._whole and not words and self._voice(request.t0, request.t1) >= _LEAST_HALVED_S:
            self._halve(job, request)
            return []
        if request.kind == "open":
            final = job.agreement.update(words)
            self._trim(job, request.t1)
            return self._told(job, final, closes=False)
        if request.kind == "close":
            left = None
            if self._whole:
                left = unread_from(words, self._gate.voiced(request.t0, request.t1))
            if left is not None:
                return self._split(job, words, left, request.t1)
            self._jobs.popleft()
            return self._told(job, job.agreement.finish(words), closes=True)
        return self._cut(job, words, request.t1)

    # -- what is due ------------------------------------------------------------------------

    def _request(self, job: _Job, t: float) -> PassRequest | None:
        utterance = job.utterance
        if utterance.end is not None:
            never_read = job.read_to == float("-inf")
            if never_read and self._voice(job.heard_from, utterance.end) < _LEAST_CLOSED_VOICE_S:
                return None
            return self._ask(job, t, utterance.end, "close")
        if t - utterance.start >= self._longest_s:
            return self._ask(job, t, t, "cut")
        every = self._pass_every_s
        if every is None or t - job.last_pass < every - _EPSILON_S:
            return None
        if self._voice(job.heard_from, t) < self._least_voice_s:
            return None
        # Silence since the last pass adds no words; the closing pass will read it.
        if self._voice(max(job.read_to, job.heard_from), t) < 0.1:
            return None
        return self._ask(job, t, t, "open")

    def _ask(self, job: _Job, t: float, t1: float, kind: PassKind) -> PassRequest:
        if kind == "close" and self._voice(job.read_to - 0.1, t1) < 0.02:
            empty = np.zeros(0, np.float32)
            return PassRequest(t, job.heard_from, t1, empty, kind, settled=True)
        t0, samples = self._sound.read(job.heard_from, t1)
        if t0 > job.heard_from:
            self.dropped_samples += round((t0 - job.heard_from) * SAMPLE_RATE)
            job.heard_from = t0
        return PassRequest(t, t0, t0 + len(samples) / SAMPLE_RATE, samples, kind)

    def _voice(self, t0: float, t1: float) -> float:
        return sum(b - a for a, b in self._gate.voiced(t0, t1))

    # -- what was read ----------------------------------------------------------------------

    def _believed(self, result: PassResult) -> list[Word]:
        """Return the words of a pass that can be believed, on the session clock."""
        request, hypothesis = result.request, result.hypothesis
        voiced = self._gate.voiced(request.t0, request.t1)
        if not credible(hypothesis, sum(b - a for a, b in voiced)):
            return []
        words = [
            Word(request.t0 + w.t0, min(request.t0 + w.t1, request.t1), w.word, w.probability)
            for w in hypothesis.words
        ]
        return without_loops(within_speech(finite(words), voiced))

    def _trim(self, job: _Job, end: float) -> None:
        """Stop reading the oldest sound of a long utterance, up to a gap between final words."""
        if end - job.heard_from <= self._trim_s:
            return
        words = job.agreement.committed
        quarter = self._trim_s / 4
        at = gap_to_trim(words, job.heard_from + quarter, end - quarter)
        if at is not None:
            job.heard_from = at

    def _cut(self, job: _Job, words: list[Word], end: float) -> list[TranscriptSegment]:
        """Close an utterance that has grown too long; what follows the cut is a new one."""
        committed = job.agreement.committed
        earliest = max(
            (job.heard_from + end) / 2, committed[-1].t1 - 0.05 if committed else float("-inf")
        )
        count, at = gap_to_cut(words, earliest, end)
        return self._close_at(job, words, count, at, end)

    def _split(
        self, job: _Job, words: list[Word], at: float, end: float
    ) -> list[TranscriptSegment]:
        """Close an utterance behind its last word that was read; the rest is read by itself."""
        before = [w for w in words if w.t1 <= at]
        segments = self._close_at(job, before, len(before), at, end)
        self._jobs[0].covered = float("-inf")
        return segments

    def _halve(self, job: _Job, request: PassRequest) -> None:
        """Read an utterance of which nothing can be believed again, in two parts."""
        voiced = self._gate.voiced(request.t0, request.t1)
        at = pause_to_cut(voiced, request.t0, request.t1)
        following = self._gate.split(job.utterance, at)
        job.last_pass = job.read_to = job.covered = float("-inf")
        self._jobs.insert(1, _Job(following, Agreement(at), at))

    def _close_at(
        self, job: _Job, words: list[Word], count: int, at: float, end: float
    ) -> list[TranscriptSegment]:
        """Close an utterance after `count` words; what follows the time `at` is a new one."""
        final = job.agreement.finish(words[:count])
        following = self._gate.split(job.utterance, at)
        begun = Agreement(at, words[count:])
        self._jobs[0] = _Job(following, begun, at, job.last_pass, covered=end)
        segments = self._told(job, final, closes=True)
        return segments + self._segments.tentative(begun, job.last_pass)

    def _told(self, job: _Job, final: Sequence[Word], *, closes: bool) -> list[TranscriptSegment]:
        return self._segments.make(job.agreement, final, job.last_pass, closes=closes)
