"""Utterances that wait for the recognizer, with their sound: what was said first is read first."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.agreement import Agreement
from live_emotion.perception.speech.timeline import SoundTimeline
from live_emotion.perception.speech.utterances import Utterance, UtteranceGate

_HELD_S: Final = 30.0
_MOST_WAITING: Final = 4
# As little voice as that is not missed: the end of a sound, a breath.
_LEAST_LOST_VOICE_S: Final = 0.05
# Speech that begins within the last of the sound may not have opened an utterance yet.
_UNDECIDED_S: Final = 0.5


@dataclass(slots=True, eq=False)
class Job:
    """An utterance on its way through the recognizer."""

    utterance: Utterance
    agreement: Agreement
    heard_from: float  # start of the sound still read
    last_pass: float = float("-inf")
    read_to: float = float("-inf")
    covered: float = float("-inf")  # sound up to here was read, be it as part of another


class UtteranceQueue:
    """Collects sound and the utterances in it; what waits for too long is left unread, counted.

    Attributes
    ----------
    jobs
        The utterances not read to their end, the oldest first.
    gate
        Where somebody speaks.
    dropped_samples
        Samples of speech that were left unread.
    """

    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()
        self.gate = UtteranceGate()
        self.dropped_samples = 0
        self._sound = SoundTimeline(_HELD_S)

    @property
    def read_through(self) -> float:
        """Seconds on the session clock before which nothing is left to read."""
        if self.jobs:
            return self.jobs[0].heard_from
        return self._sound.end - _UNDECIDED_S

    def push(self, block: AudioBlock, speech: Sequence[Span], *, busy: bool) -> None:
        """Collect a block and the voice activity in it; the first job stays while it is read.

        Parameters
        ----------
        block
            The next sound.
        speech
            What `VoiceActivity.push` returned for it.
        busy
            Whether a pass over the first job is under way.
        """
        hole = self._sound.append(block)
        if hole is not None:
            # Nothing spoken reaches across a hole too long to bridge.
            self.gate.close(hole)
            self.gate.silence()
        for span in speech:
            opened = self.gate.push(span)
            if opened is not None:
                opened.start = max(opened.start, self._sound.begin)
                self.jobs.append(Job(opened, Agreement(opened.start), opened.start))
        while len(self.jobs) > _MOST_WAITING:
            # The recognizer cannot keep up: what waits longest is not read.
            waiting = 1 if busy else 0
            job = self.jobs[waiting]
            self.dropped_samples += max(0, round((self._end(job) - job.heard_from) * SAMPLE_RATE))
            del self.jobs[waiting]

    def give_up(self, before: float) -> None:
        """Leave unread, and count, what was said before a time and no pass has read yet.

        What was read of a cut utterance becomes final; the rest of it is an utterance of its own.

        Parameters
        ----------
        before
            Seconds on the session clock.
        """
        while self.jobs:
            job = self.jobs[0]
            unread = max(job.heard_from, job.covered)
            end = self._end(job)
            lost = self.voice(unread, min(before, end))
            if lost < _LEAST_LOST_VOICE_S:
                return
            self.dropped_samples += round(lost * SAMPLE_RATE)
            read = bool(job.agreement.committed or job.agreement.tentative)
            if job.utterance.end is None or before < end:
                self.divide(job, before)
                job.utterance.end = unread
            if not read:
                self.jobs.popleft()
                continue
            job.read_to = job.covered = float("inf")
            return

    def divide(self, job: Job, at: float) -> None:
        """End the first job's utterance at a time; the rest of it is the next job."""
        following = self.gate.split(job.utterance, at)
        self.jobs.insert(1, Job(following, Agreement(at), at))

    def voice(self, t0: float, t1: float) -> float:
        """Return the seconds of voice within ``t0..t1``."""
        return sum(b - a for a, b in self.gate.voiced(t0, t1))

    def read(self, job: Job, t1: float) -> tuple[float, FloatArray]:
        """Return where a job's sound up to `t1` begins, and its samples; counts what is gone."""
        t0, samples = self._sound.read(job.heard_from, t1)
        if t0 > job.heard_from:
            self.dropped_samples += round((t0 - job.heard_from) * SAMPLE_RATE)
            job.heard_from = t0
        return t0, samples

    def _end(self, job: Job) -> float:
        return self._sound.end if job.utterance.end is None else job.utterance.end
