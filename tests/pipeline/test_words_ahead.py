from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, TICK_SAMPLES
from live_emotion.perception.speech.activity import Span, VoiceActivity
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.pipeline.words_ahead import AHEAD_S, LONGEST_S, WordsAhead

LOUD = 0.1


class Loudness(VoiceActivity):
    """Speech is what is loud."""

    def push(self, block: AudioBlock) -> list[Span]:
        chunks = np.array_split(block.samples, 10)
        step = TICK_S / 10
        return [
            (block.t + k * step, block.t + (k + 1) * step, 0.95 if abs(c).max() > 0 else 0.02)
            for k, c in enumerate(chunks)
        ]


class Counting:
    """Reads a word every half second of loud sound, each named by how often it was asked."""

    separator = " "

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.asked: list[float] = []

    def recognize(self, samples: FloatArray) -> Hypothesis:
        time.sleep(self.delay_s)
        self.asked.append(len(samples) / SAMPLE_RATE)
        loud = np.flatnonzero(samples)
        first, last = loud[0] / SAMPLE_RATE, loud[-1] / SAMPLE_RATE
        starts = np.arange(first, last - 0.4, 0.5)
        name = f"w{len(self.asked)}"
        return Hypothesis(tuple(Word(t, t + 0.4, f"{name}.{k}", 0.9) for k, t in enumerate(starts)))


def sound(*spoken: tuple[float, float], seconds: float) -> list[AudioBlock]:
    """Blocks of a tenth of a second in which some stretches are loud."""
    samples = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
    for t0, t1 in spoken:
        samples[round(t0 * SAMPLE_RATE) : round(t1 * SAMPLE_RATE)] = LOUD
    size = SAMPLE_RATE // 10
    return [
        AudioBlock(k / 10, samples[k * size : (k + 1) * size]) for k in range(len(samples) // size)
    ]


def play(
    blocks: list[AudioBlock], recognizer: Counting, ticks: int
) -> list[tuple[int, TranscriptSegment]]:
    words = WordsAhead(recognizer, iter(blocks), activity=Loudness())
    heard: list[tuple[int, TranscriptSegment]] = []
    silent = np.zeros(TICK_SAMPLES, np.float32)
    try:
        for tick in range(ticks):
            heard += [(tick, s) for s in words.push(AudioBlock(tick * TICK_S, silent), ())]
        heard += [(ticks, s) for s in words.finish(ticks * TICK_S)]
    finally:
        words.close()
    return heard


TALK = sound((2.0, 6.0), (9.0, 10.0), seconds=12.0)


def test_an_utterance_is_read_once_when_it_is_whole() -> None:
    recognizer = Counting()
    heard = play(TALK, recognizer, 30)
    assert len(recognizer.asked) == 2
    final = [s for _, s in heard if s.final]
    assert [s.closes for s in final] == [True, True]
    assert [w.word for w in final[0].words] == [f"w1.{k}" for k in range(8)]
    assert final[0].text == " ".join(w.word for w in final[0].words)


def test_words_are_told_after_they_were_said_and_never_before() -> None:
    heard = play(TALK, Counting(), 30)
    for tick, segment in heard:
        assert segment.t1 <= (tick + 1) * TICK_S + 1e-6
    counts = [len(s.words) for _, s in itertools.takewhile(lambda told: not told[1].final, heard)]
    assert counts == sorted(set(counts))
    assert len(counts) >= 2
    # The last word is told in the tick in which it ends, not when the silence after it is over.
    tick, last = next((k, s) for k, s in heard if s.final)
    assert tick * TICK_S < last.t1 <= (tick + 1) * TICK_S + 1e-6


def test_a_slow_recogniser_changes_nothing() -> None:
    assert play(TALK, Counting(), 30) == play(TALK, Counting(0.1), 30)


def test_the_open_utterance_is_final_where_the_flow_ends_early() -> None:
    heard = play(TALK, Counting(), 10)
    tick, last = heard[-1]
    assert (tick, last.final, last.closes) == (10, True, True)
    # Words that began by 4.0 s were said.
    assert [w.word for w in last.words] == ["w1.0", "w1.1", "w1.2", "w1.3"]


def test_speech_without_a_pause_is_cut_and_known_in_time() -> None:
    recognizer = Counting()
    heard = play(sound((1.0, 40.0), seconds=41.0), recognizer, 102)
    assert max(recognizer.asked) < LONGEST_S + 1.0
    words = [w for _, s in heard if s.final for w in s.words]
    assert len(words) >= 70
    assert all(a.t0 < b.t0 for a, b in itertools.pairwise(words))


def test_it_reads_no_further_than_agreed() -> None:
    taken: list[float] = []

    def watched() -> Iterator[AudioBlock]:
        for block in sound((1.0, 2.0), seconds=90.0):
            taken.append(block.t)
            yield block

    words = WordsAhead(Counting(), watched(), activity=Loudness())
    try:
        silent = np.zeros(TICK_SAMPLES, np.float32)
        words.push(AudioBlock(0.0, silent), ())
        time.sleep(0.3)
        assert max(taken) < AHEAD_S + 3 * TICK_S
        words.push(AudioBlock(40.0, silent), ())
        assert max(taken) >= 40.0
    finally:
        words.close()


def test_it_begins_at_its_first_tick() -> None:
    blocks = [AudioBlock(b.t + 100 * TICK_S, b.samples) for b in TALK]
    words = WordsAhead(Counting(), iter(blocks), 100, activity=Loudness())
    heard = []
    try:
        for tick in range(100, 130):
            silent = np.zeros(TICK_SAMPLES, np.float32)
            heard += words.push(AudioBlock(tick * TICK_S, silent), ())
    finally:
        words.close()
    assert [round(s.t0, 1) for s in heard if s.final] == [42.0, 49.0]
    assert words.text((40.0, 52.0)).startswith("w1.0 w1.1")


def test_an_error_of_the_source_or_the_recogniser_reaches_the_flow() -> None:
    class Broken(Counting):
        def recognize(self, samples: FloatArray) -> Hypothesis:
            raise OSError("the model is gone")

    def unreadable() -> Iterator[AudioBlock]:
        yield TALK[0]
        raise UserError("the file ends too early")

    with pytest.raises(OSError, match="the model is gone"):
        play(TALK, Broken(), 30)
    words = WordsAhead(Counting(), unreadable(), activity=Loudness())
    with pytest.raises(UserError, match="ends too early"):
        words.push(AudioBlock(0.0, np.zeros(TICK_SAMPLES, np.float32)), ())
    words.close()


def test_closing_stops_the_reader_and_lets_go_of_the_file() -> None:
    closed = threading.Event()
    blocks = iter(sound((1.0, 80.0), seconds=90.0))
    words = WordsAhead(Counting(0.05), blocks, 0, closed.set, Loudness())
    words.close()
    words.close()
    assert closed.is_set()
    assert not any(t.name == "words" for t in threading.enumerate())
