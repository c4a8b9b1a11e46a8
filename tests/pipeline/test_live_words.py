"""Words of a live session: nothing waits for them, and what was said is closed in the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.perception.speech.activity import Span
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.pipeline.live_words import MOST_LAG_S, LiveWords

BLOCK_S = 0.096  # three steps of the voice activity
SPOKEN = ("one", "two", "three", "four", "five", "six", "seven", "eight")


class Scripted:
    """Recognises a new word every 0.5 s of sound."""

    separator = " "

    def recognize(self, samples: FloatArray) -> Hypothesis:
        seconds = len(samples) / SAMPLE_RATE
        count = min(len(SPOKEN), int(seconds / 0.5))
        return Hypothesis(
            tuple(Word(0.5 * i + 0.05, 0.5 * i + 0.45, SPOKEN[i], 0.9) for i in range(count))
        )


class Loudness:
    """Calls loud sound speech."""

    def push(self, block: AudioBlock) -> list[Span]:
        steps = np.arange(0, len(block.samples) - 511, 512)
        t = block.t + steps / SAMPLE_RATE
        loud = [float(np.abs(block.samples[i : i + 512]).max()) > 0.05 for i in steps]
        return [(s, s + 0.032, 0.95 if v else 0.02) for s, v in zip(t, loud, strict=True)]


class Gated(Scripted):
    """Recognises only when it is let to."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.asked = threading.Event()

    def recognize(self, samples: FloatArray) -> Hypothesis:
        self.asked.set()
        assert self.gate.wait(20.0)
        return super().recognize(samples)


def block(t: float, loud: bool) -> AudioBlock:
    n = round(BLOCK_S * SAMPLE_RATE)
    return AudioBlock(t, np.full(n, 0.1 if loud else 0.0, np.float32))


def settle(words: LiveWords) -> None:
    """Wait until the pass that runs, if one does, has ended."""
    if words._pass is not None:
        words._pass.result(20.0)


def live_words(recognizer: Scripted) -> LiveWords:
    # A clock that stands still: a pass takes no time, and the recogniser never rests.
    return LiveWords(recognizer, Loudness(), lambda: 0.0)  # type: ignore[arg-type]


def speak(words: LiveWords, t0: float, t1: float, loud: tuple[float, float]) -> float:
    t = t0
    while t < t1:
        words.hear(block(t, loud[0] <= t < loud[1]))
        t += BLOCK_S
    return t


def test_words_come_and_the_phrase_is_closed_after_its_silence() -> None:
    words = live_words(Scripted())
    heard: list[TranscriptSegment] = []
    closed_at = None
    t = 0.0
    while t < 8.0:
        words.hear(block(t, 1.0 <= t < 4.0))
        settle(words)
        segments = words.ready(t)
        settle(words)
        heard += segments
        if closed_at is None and any(s.closes for s in segments):
            closed_at = t
        t += BLOCK_S
    words.close()
    final = [w.word for s in heard if s.final for w in s.words]
    assert final == list(SPOKEN[: len(final)])
    assert len(final) >= 5
    assert closed_at is not None
    # 0.7 s of silence close it; it shows at once.
    assert 4.6 < closed_at < 5.2


def test_the_recogniser_rests_after_a_long_pass() -> None:
    now = [0.0]

    class Slow(Scripted):
        passes = 0

        def recognize(self, samples: FloatArray) -> Hypothesis:
            self.passes += 1
            now[0] += 2.0
            return super().recognize(samples)

    slow = Slow()
    words = LiveWords(slow, Loudness(), lambda: now[0])  # type: ignore[arg-type]
    t = speak(words, 0.0, 2.0, (0.0, 9.0))
    words.ready(t)
    settle(words)
    words.ready(t)
    t = speak(words, t, t + 1.0, (0.0, 9.0))
    words.ready(t)
    assert slow.passes == 1
    now[0] += 1.1
    words.ready(t)
    settle(words)
    assert slow.passes == 2
    words.close()


def test_nothing_waits_for_a_pass() -> None:
    gated = Gated()
    words = live_words(gated)
    t = speak(words, 0.0, 3.0, (0.0, 9.0))
    assert words.ready(t) == []
    assert gated.asked.wait(20.0)
    # The recogniser is stuck; every call comes back with nothing all the same.
    for _ in range(20):
        words.hear(block(t, True))
        t += BLOCK_S
        assert words.ready(t) == []
        assert words.push(block(t, True), []) == []
    assert words.text((0.0, 4.8)) == ""
    gated.gate.set()
    settle(words)
    assert words.ready(t) != []
    assert words.text((0.0, 4.8)) != ""
    words.close()


def test_an_utterance_is_closed_when_the_sound_stops_coming() -> None:
    words = live_words(Scripted())
    t = speak(words, 0.0, 3.0, (0.0, 9.0))
    heard: list[TranscriptSegment] = []
    for k in range(60):
        heard += words.ready(t + 0.1 * k)
        settle(words)
    words.close()
    assert any(s.final and s.closes for s in heard)


def test_the_end_hands_out_what_is_left() -> None:
    words = live_words(Scripted())
    t = speak(words, 0.0, 3.0, (0.0, 9.0))
    segments = words.finish(t)
    words.close()
    assert segments[-1].closes
    assert [w.word for s in segments if s.final for w in s.words] == list(SPOKEN[:6])


WORD_S = 0.5
PASS_S = 6.0


class Overloaded:
    """Takes as long as it is made to; reads which half second of the speech it hears."""

    separator = " "

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def recognize(self, samples: FloatArray) -> Hypothesis:
        self.asked.set()
        assert self.go.wait(20.0)
        self.go.clear()
        names = np.round((samples - 0.1) * 1000.0).astype(int)
        edges = [0, *(np.flatnonzero(np.diff(names)) + 1), len(names)]
        words = []
        for a, b in pairwise(edges):
            if names[a] >= 0 and b - a >= 0.2 * SAMPLE_RATE:
                t0, t1 = a / SAMPLE_RATE, b / SAMPLE_RATE
                words.append(Word(t0 + 0.02, t1 - 0.02, f"w{names[a]}", 0.9))
        return Hypothesis(tuple(words), 0.01, -0.3, 1.2)


@pytest.mark.parametrize(
    "talks", [lambda t: True, lambda t: t % 7.0 < 6.0, lambda t: t % 2.5 < 1.5]
)
def test_a_recogniser_that_cannot_keep_up_leaves_words_out_and_lags_no_further(
    talks: Callable[[float], bool],
) -> None:
    slow = Overloaded()
    words = live_words(slow)  # type: ignore[arg-type]
    first_seen: dict[str, float] = {}
    asked_at: float | None = None
    t, end = 0.0, 90.0
    while t < end:
        n = round(BLOCK_S * SAMPLE_RATE)
        at = t + np.arange(n) / SAMPLE_RATE
        spoken = 0.1 + 0.001 * np.floor(at / WORD_S)
        words.hear(AudioBlock(t, (spoken * talks(t)).astype(np.float32)))
        t += BLOCK_S
        if asked_at is not None and t - asked_at >= PASS_S:
            slow.go.set()
            settle(words)
            asked_at = None
        for segment in words.ready(t):
            for word in segment.words:
                first_seen.setdefault(word.word, t)
        if asked_at is None and words._pass is not None:
            # A pass over nothing new is done at once; another one reads, and takes its time.
            while not (words._pass.done() or slow.asked.wait(0.01)):
                pass
            asked_at = t if slow.asked.is_set() else None
            slow.asked.clear()
        window = (t - 4.8, t)
        for name in words.text(window).split()[-1:]:
            assert (int(name[1:]) + 1) * WORD_S > window[0]
    slow.go.set()
    lags = {name: seen - (int(name[1:]) + 1) * WORD_S for name, seen in first_seen.items()}
    assert max(lags.values()) < MOST_LAG_S + PASS_S + 1.0
    # What it does say goes on to the end, and the rest is counted.
    assert max(int(name[1:]) for name in lags) * WORD_S > end - MOST_LAG_S - 2 * PASS_S
    said = sum(talks(k * WORD_S) for k in range(round(end / WORD_S)))
    left_out = words.dropped_samples / SAMPLE_RATE
    assert left_out > 10.0
    assert len(first_seen) * WORD_S + left_out > 0.8 * said * WORD_S
    words.close()
