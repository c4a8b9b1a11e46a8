from __future__ import annotations

import time

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, TICK_SAMPLES
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.pipeline.words import DELAY_TICKS, WordLedger, WordStream

STEP_S = 512 / SAMPLE_RATE
SPOKEN = ("one", "two", "three", "four", "five", "six", "seven", "eight")


class Scripted:
    """Recognises a new word every 0.5 s of sound, after a delay of its own."""

    separator = " "

    def __init__(self, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s

    def recognize(self, samples: FloatArray) -> Hypothesis:
        time.sleep(self.delay_s)
        seconds = len(samples) / SAMPLE_RATE
        count = min(len(SPOKEN), int(seconds / 0.5))
        return Hypothesis(
            tuple(Word(0.5 * i + 0.05, 0.5 * i + 0.45, SPOKEN[i], 0.9) for i in range(count))
        )


def speak(delay_s: float) -> list[tuple[int, TranscriptSegment]]:
    """Four seconds of voice in the middle of eight."""
    stream = WordStream(Scripted(delay_s))
    heard: list[tuple[int, TranscriptSegment]] = []
    try:
        for tick in range(20):
            t = tick * TICK_S
            steps = np.arange(t, t + TICK_S - 1e-9, STEP_S)
            spans = [(s, s + STEP_S, 0.95 if 2.0 <= s < 6.0 else 0.02) for s in steps]
            samples = np.full(TICK_SAMPLES, 0.1, np.float32)
            segments = stream.push(AudioBlock(t, samples), spans)
            heard += [(tick, s) for s in segments]
        heard += [(20, s) for s in stream.finish(20 * TICK_S)]
    finally:
        stream.close()
    return heard


def test_a_slow_recogniser_changes_nothing() -> None:
    fast, slow = speak(0.0), speak(0.05)
    assert fast == slow
    final = [w.word for _, s in fast if s.final for w in s.words]
    assert final == list(SPOKEN[: len(final)])
    assert len(final) >= 6


def test_results_take_effect_a_fixed_time_after_they_were_asked_for() -> None:
    heard = speak(0.0)
    first_tick, first = heard[0]
    assert not first.final
    # 0.4 s of voice from 2.0 s on are complete at the end of tick 5 or 6.
    assert first_tick - DELAY_TICKS in (5, 6)


def segment(*words: tuple[float, str], final: bool, closes: bool = False) -> TranscriptSegment:
    made = tuple(Word(t, t + 0.3, word, 1.0) for t, word in words)
    return TranscriptSegment(0.0, 0.0, "", final, made, closes)


def test_the_open_utterance_counts_whole_and_closed_ones_while_in_the_window() -> None:
    ledger = WordLedger()
    ledger.add(segment((0.0, "so"), (0.5, "we"), final=True))
    ledger.add(segment((1.0, "meat"), final=False))
    assert ledger.text((1.0, 5.8)) == "so we meat"
    # A pass that comes late may have read words that are older than the window.
    assert ledger.text((4.0, 8.8)) == ""
    ledger.add(segment((1.0, "meet"), (1.5, "again"), final=True, closes=True))
    assert ledger.text((0.0, 4.8)) == "so we meet again"
    assert ledger.text((1.2, 6.0)) == "meet again"
    assert ledger.text((4.0, 8.8)) == ""


def test_tentative_words_are_replaced_not_added() -> None:
    ledger = WordLedger()
    ledger.add(segment((0.0, "hell"), final=False))
    ledger.add(segment((0.0, "hello"), final=False))
    assert ledger.text((0.0, 4.8)) == "hello"
    ledger.add(segment(final=False))
    assert ledger.text((0.0, 4.8)) == ""


def test_the_recognisers_error_reaches_the_flow() -> None:
    class Broken(Scripted):
        def recognize(self, samples: FloatArray) -> Hypothesis:
            raise OSError("the model is gone")

    stream = WordStream(Broken())
    with pytest.raises(OSError, match="the model is gone"):
        for tick in range(20):
            t = tick * TICK_S
            spans = [(s, s + STEP_S, 0.95) for s in np.arange(t, t + TICK_S - 1e-9, STEP_S)]
            stream.push(AudioBlock(t, np.full(TICK_SAMPLES, 0.1, np.float32)), spans)
    stream.close()
