from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, FloatArray
from live_emotion.core.ticks import SAMPLE_RATE, TICK_S, TICK_SAMPLES, tick_start
from live_emotion.perception.speech.activity import Span, VoiceActivity
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.pipeline.voice_ahead import VoiceAhead
from live_emotion.pipeline.words_ahead import WordsAhead

NOISE = np.random.default_rng(11).normal(0, 0.1, 60 * SAMPLE_RATE).astype(np.float32)


class Mute:
    separator = " "

    def recognize(self, samples: FloatArray) -> Hypothesis:
        return Hypothesis(())


class Counted(VoiceActivity):
    def __init__(self) -> None:
        super().__init__()
        self.ticks = 0

    def push(self, block: AudioBlock) -> list[Span]:
        self.ticks += 1
        return super().push(block)


def tick_of(samples: FloatArray, tick: int) -> AudioBlock:
    part = samples[tick * TICK_SAMPLES : (tick + 1) * TICK_SAMPLES]
    return AudioBlock(tick_start(tick), np.pad(part, (0, TICK_SAMPLES - len(part))))


def blocks(samples: FloatArray) -> Iterator[AudioBlock]:
    size = SAMPLE_RATE // 10
    for k in range(0, len(samples), size):
        yield AudioBlock(k / SAMPLE_RATE, samples[k : k + size])


def by_itself(samples: FloatArray, ticks: int) -> list[list[Span]]:
    alone = VoiceActivity()
    return [alone.push(tick_of(samples, k)) for k in range(ticks)]


@pytest.mark.parametrize("seconds", [40.0, 7.3])
def test_the_flow_gets_the_numbers_that_it_would_have_made(seconds: float) -> None:
    samples = NOISE[: round(seconds * SAMPLE_RATE)]
    # The pictures go on for a while when the sound has ended.
    ticks = round(seconds / TICK_S) + 5
    counted = Counted()
    words = WordsAhead(Mute(), blocks(samples), activity=counted)
    try:
        taken = []
        for tick in range(ticks):
            block = tick_of(samples, tick)
            taken.append(words.voice.push(block))
            words.push(block, taken[-1])
    finally:
        words.close()
    assert taken == by_itself(samples, ticks)
    assert counted.ticks == ticks


def test_other_sound_gets_a_network_of_its_own() -> None:
    ahead = VoiceAhead(VoiceActivity(), 8, lambda t: None)
    for tick in range(5):
        ahead.read(tick_of(NOISE, tick))
    assert [ahead.push(tick_of(NOISE, k)) for k in range(2)] == by_itself(NOISE, 2)
    silence = np.zeros_like(NOISE)
    afresh = VoiceActivity()
    for tick in range(2, 6):
        assert ahead.push(tick_of(silence, tick)) == afresh.push(tick_of(silence, tick))


def test_no_more_is_held_than_was_agreed() -> None:
    ahead = VoiceAhead(VoiceActivity(), 3, lambda t: None)
    for tick in range(10):
        ahead.read(tick_of(NOISE, tick))
    # The first ticks are gone: the flow hears for itself.
    assert ahead.push(tick_of(NOISE, 0)) == by_itself(NOISE, 1)[0]


def test_the_flow_waits_for_the_reader_and_says_what_it_wants() -> None:
    wanted: list[float] = []
    ahead = VoiceAhead(VoiceActivity(), 8, wanted.append)

    def read() -> None:
        while not wanted:
            time.sleep(0.01)
        time.sleep(0.1)
        ahead.read(tick_of(NOISE, 0))
        ahead.end()

    reader = threading.Thread(target=read)
    reader.start()
    assert ahead.push(tick_of(NOISE, 0)) == by_itself(NOISE, 1)[0]
    reader.join()
    assert wanted == [pytest.approx(TICK_S)]
