from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment, Word
from live_emotion.perception.speech.passes import PassResult
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.perception.speech.transcriber import StreamingTranscriber

TICK = 0.4


@dataclass
class Reader:
    """A recognizer that reads marks in the sound: a sample of k/100 begins word k."""

    mistakes: Callable[[int], str | None] = lambda k: None
    separator: str = " "
    lengths: list[float] = field(default_factory=list)

    def recognize(self, samples: NDArray[np.float32]) -> Hypothesis:
        self.lengths.append(len(samples) / 16000)
        at = np.nonzero(samples)[0]
        names = [round(float(samples[i]) * 100) for i in at]
        words = tuple(
            Word(i / 16000, i / 16000 + 0.25, self.mistakes(k) or f"w{k}", 0.9)
            for i, k in zip(at, names, strict=True)
        )
        return Hypothesis(words, 0.01, -0.3, 1.2)


def marked(seconds: float, marks: dict[float, int]) -> NDArray[np.float32]:
    samples = np.zeros(round(seconds * 16000), np.float32)
    for t, k in marks.items():
        samples[round(t * 16000)] = k / 100
    return samples


def spans(t0: float, t1: float, voice: Sequence[tuple[float, float]]) -> list:
    first, last = round(t0 / 0.04), round(t1 / 0.04)
    edges = [(k * 0.04, (k + 1) * 0.04) for k in range(first, last)]
    return [(a, b, 0.95 if any(u <= a < v for u, v in voice) else 0.02) for a, b in edges]


def drive(
    transcriber: StreamingTranscriber,
    samples: NDArray[np.float32],
    voice: Sequence[tuple[float, float]],
    delay: int = 0,
    start: float = 0.0,
) -> list[tuple[float, TranscriptSegment]]:
    """Push ticks; a pass takes effect `delay` ticks after it was asked for."""
    out: list[tuple[float, TranscriptSegment]] = []
    waiting: list[tuple[int, PassResult]] = []
    ticks = len(samples) // 6400
    for k in range(ticks):
        t0, t1 = start + k * TICK, start + (k + 1) * TICK
        block = AudioBlock(t0, samples[k * 6400 : (k + 1) * 6400])
        transcriber.push(block, spans(t0, t1, voice))
        if waiting and waiting[0][0] <= k:
            out += [(t1, s) for s in transcriber.accept(waiting.pop(0)[1])]
        request = transcriber.due(round(t1, 6))
        if request is not None:
            result = transcriber.run(request)
            if delay:
                waiting.append((k + delay, result))
            else:
                out += [(t1, s) for s in transcriber.accept(result)]
    end = start + ticks * TICK
    for _, result in waiting:
        out += [(end, s) for s in transcriber.accept(result)]
    while (request := transcriber.due(end, last=True)) is not None:
        out += [(end, s) for s in transcriber.accept(transcriber.run(request))]
    return out


def final_words(segments: Sequence[tuple[float, TranscriptSegment]]) -> list[str]:
    return [w.word for _, s in segments if s.final for w in s.words]


@pytest.mark.parametrize("delay", [0, 1, 3])
def test_every_word_once_in_order_at_its_time(delay: int) -> None:
    marks = {1.0 + 0.3 * i: i + 1 for i in range(10)}
    segments = drive(StreamingTranscriber(Reader()), marked(8, marks), [(1.0, 4.0)], delay)
    assert final_words(segments) == [f"w{k}" for k in marks.values()]
    for word, t in zip([w for _, s in segments if s.final for w in s.words], marks, strict=True):
        assert word.t0 == pytest.approx(t, abs=0.02)
    assert [s.closes for _, s in segments if s.final].count(True) == 1
    assert segments[-1][1].closes


def test_words_are_shown_while_they_are_spoken_and_final_within_two_passes() -> None:
    marks = {1.0 + 0.3 * i: i + 1 for i in range(20)}
    segments = drive(StreamingTranscriber(Reader()), marked(9, marks), [(1.0, 7.0)])
    shown = min(t for t, s in segments if not s.final and s.text)
    assert shown <= 2.0
    final = [(t, w) for t, s in segments if s.final for w in s.words]
    assert max(t - w.t1 for t, w in final) <= 2.0


def test_two_utterances_are_closed_each() -> None:
    marks = {1.0: 1, 1.4: 2, 4.0: 3, 4.4: 4}
    segments = drive(StreamingTranscriber(Reader()), marked(8, marks), [(1.0, 1.8), (4.0, 4.8)])
    closed = [s for _, s in segments if s.closes]
    assert len(closed) == 2
    assert final_words(segments) == ["w1", "w2", "w3", "w4"]


def test_the_end_of_the_stream_closes_what_is_open() -> None:
    marks = {1.0: 1, 1.4: 2}
    segments = drive(StreamingTranscriber(Reader()), marked(2.0, marks), [(1.0, 2.0)])
    assert final_words(segments) == ["w1", "w2"] and segments[-1][1].closes


def test_without_voice_nothing_is_read() -> None:
    reader = Reader()
    marks = {0.5 * i: i for i in range(1, 40)}
    assert drive(StreamingTranscriber(reader), marked(20, marks), []) == []
    for length in (0.04, 0.12):  # a click, a cough
        assert drive(StreamingTranscriber(reader), marked(20, marks), [(2.0, 2.0 + length)]) == []
    assert reader.lengths == []


def test_a_word_where_nobody_spoke_is_dropped() -> None:
    marks = {1.0: 1, 1.4: 2, 2.3: 9}
    segments = drive(StreamingTranscriber(Reader()), marked(5, marks), [(1.0, 1.7)])
    assert final_words(segments) == ["w1", "w2"]


def test_tentative_words_that_are_gone_are_cleared() -> None:
    class Fickle(Reader):
        def recognize(self, samples: NDArray[np.float32]) -> Hypothesis:
            whole = super().recognize(samples)
            return whole if len(self.lengths) == 1 else Hypothesis(())

    segments = drive(StreamingTranscriber(Fickle()), marked(6, {1.0: 1, 1.3: 2}), [(1.0, 3.0)])
    texts = [(s.final, s.text) for _, s in segments]
    assert texts[0] == (False, "w1 w2") and texts[1] == (False, "")
    assert final_words(segments) == []


def test_a_long_speech_is_cut_at_its_widest_gap() -> None:
    times = [1.0 + 0.3 * i + (0.4 if i > 42 else 0.0) for i in range(60)]
    marks = {t: i + 1 for i, t in enumerate(times)}
    end = times[-1] + 0.3
    reader = Reader()
    segments = drive(StreamingTranscriber(reader), marked(end + 3, marks), [(1.0, end)])
    assert final_words(segments) == [f"w{k}" for k in marks.values()]
    closing = [s for _, s in segments if s.closes]
    assert len(closing) == 2
    assert closing[0].words[-1].word == "w43"
    assert max(reader.lengths) < 8.0  # trimmed at final words


def test_long_voice_without_words_is_bounded_too() -> None:
    reader = Reader()
    assert drive(StreamingTranscriber(reader), marked(60, {}), [(1.0, 59.0)]) == []
    assert max(reader.lengths) < 15.0


def test_a_hole_in_the_sound_closes_the_utterance() -> None:
    transcriber = StreamingTranscriber(Reader())
    first = drive(transcriber, marked(2.0, {1.0: 1, 1.4: 2}), [(1.0, 2.0)])
    later = drive(transcriber, marked(4.0, {1.0: 3, 1.4: 4}), [(101.0, 101.8)], start=100.0)
    assert final_words(first) == ["w1", "w2"]
    assert final_words(later) == ["w3", "w4"]
    assert later[0][1].t0 == pytest.approx(101.0, abs=0.05)


def test_only_the_outstanding_pass_is_taken() -> None:
    transcriber = StreamingTranscriber(Reader())
    samples = marked(2.0, {1.0: 1})
    transcriber.push(AudioBlock(0.0, samples), spans(0.0, 2.0, [(1.0, 2.0)]))
    request = transcriber.due(2.0)
    assert request is not None
    assert transcriber.due(2.4) is None
    result = transcriber.run(request)
    transcriber.accept(result)
    with pytest.raises(ValueError, match="not asked for last"):
        transcriber.accept(result)


@settings(max_examples=40, deadline=None)
@given(
    voice=st.lists(st.tuples(st.floats(0.2, 5.0), st.floats(0.05, 2.5)), max_size=6),
    delay=st.integers(0, 4),
    noise=st.integers(2, 9),
    seed=st.integers(0, 999),
)
def test_final_words_never_change_whatever_is_read(
    voice: list[tuple[float, float]], delay: int, noise: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    stretches, t = [], 0.0
    for length, pause in voice:
        stretches.append((t + pause, t + pause + length))
        t += pause + length
    end = (int(t / TICK) + 5) * TICK
    marks = {0.25 * i: i % 90 + 1 for i in range(1, int(end / 0.25))}

    def mistakes(k: int) -> str | None:
        return f"x{rng.integers(3)}" if rng.integers(noise) == 0 else None

    segments = drive(StreamingTranscriber(Reader(mistakes)), marked(end, marks), stretches, delay)
    times = [t for _, s in segments if s.final for w in s.words for t in (w.t0, w.t1)]
    assert times == sorted(times)
    for word in (w for _, s in segments if s.final for w in s.words):
        assert any(a - 0.5 <= word.t1 and word.t0 <= b + 0.5 for a, b in stretches)
    shown = ""
    for _, segment in segments:
        assert segment.text == " ".join(w.word for w in segment.words)
        assert segment.text or segment.closes or shown
        shown = "" if segment.final else segment.text
    assert shown == ""


def test_ten_minutes_in_bounded_memory() -> None:
    reader = Reader()
    transcriber = StreamingTranscriber(reader)
    kept: list[int] = []
    tracemalloc.start()
    try:
        for minute in range(10):
            start = minute * 60.0
            voice = [(start + a, start + a + 3.0) for a in range(0, 20, 4)]
            voice.append((start + 21.0, start + 58.0))
            marks = {0.3 * i: i % 90 + 1 for i in range(1, 199)}
            words = final_words(drive(transcriber, marked(60, marks), voice, start=start))
            assert len(words) > 120
            reader.lengths.clear()
            kept.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert kept[-1] - kept[1] < 200_000
    assert transcriber.dropped_samples == 0


def test_a_recognizer_that_never_answers_costs_no_memory() -> None:
    transcriber = StreamingTranscriber(Reader())
    for k in range(1500):
        t = k * TICK
        block = AudioBlock(t, np.zeros(6400, np.float32))
        transcriber.push(block, spans(t, t + TICK, [(10.0 * j, 10.0 * j + 3) for j in range(60)]))
        transcriber.due(round(t + TICK, 6))
    assert len(transcriber._queue.jobs) <= 5
    assert transcriber.dropped_samples > 0


TALK = {1.0 + 0.3 * i: i + 1 for i in range(20)}
# Pauses between the words, and a longer one in the middle.
TALK_VOICE = [(1.0, 3.9), (4.0, 7.0)]


def test_without_open_passes_an_utterance_is_read_once() -> None:
    reader = Reader()
    segments = drive(StreamingTranscriber(reader, pass_every_s=None), marked(9, TALK), TALK_VOICE)
    assert final_words(segments) == [f"w{k}" for k in TALK.values()]
    assert len(reader.lengths) == 1
    assert len(segments) == 1


def test_it_tells_how_far_all_is_read() -> None:
    transcriber = StreamingTranscriber(Reader(), pass_every_s=None)
    samples, through = marked(9, TALK), []
    for k in range(22):
        block = AudioBlock(k * TICK, samples[k * 6400 : (k + 1) * 6400])
        transcriber.push(block, spans(k * TICK, (k + 1) * TICK, TALK_VOICE))
        while (request := transcriber.due((k + 1) * TICK)) is not None:
            transcriber.accept(transcriber.run(request))
        through.append(transcriber.read_through)
    assert through == sorted(through)
    # The utterance begins 0.3 s before the voice and ends 0.7 s after it.
    assert through[6] == pytest.approx(0.7, abs=0.05)
    assert through[18] == pytest.approx(0.7, abs=0.05)
    assert through[20] > 7.0


@dataclass
class Stuck(Reader):
    """Repeats itself on any clip longer than four seconds."""

    def recognize(self, samples: NDArray[np.float32]) -> Hypothesis:
        read = super().recognize(samples)
        if len(samples) <= 4 * 16000:
            return read
        return Hypothesis(read.words * 4, 0.01, -0.1, 6.0)


def test_what_cannot_be_believed_is_read_again_in_parts() -> None:
    reader = Stuck()
    segments = drive(StreamingTranscriber(reader, pass_every_s=None), marked(9, TALK), TALK_VOICE)
    assert final_words(segments) == [f"w{k}" for k in TALK.values()]
    assert len(reader.lengths) == 3


@dataclass
class Skipping(Reader):
    """Leaves out what comes later than three seconds into a clip."""

    def recognize(self, samples: NDArray[np.float32]) -> Hypothesis:
        read = super().recognize(samples)
        return Hypothesis(tuple(w for w in read.words if w.t1 < 3.0), 0.01, -0.3, 1.2)


def test_a_voice_without_words_is_read_again() -> None:
    reader, short = Skipping(), {t: k for t, k in TALK.items() if k <= 17}
    segments = drive(
        StreamingTranscriber(reader, pass_every_s=None), marked(9, short), [(1.0, 6.1)]
    )
    assert final_words(segments) == [f"w{k}" for k in short.values()]
    assert len(reader.lengths) == 2


def test_a_voice_that_never_has_words_comes_to_an_end() -> None:
    reader = Reader()
    segments = drive(
        StreamingTranscriber(reader, pass_every_s=None), marked(20, {1.0: 1}), [(1.0, 18.0)]
    )
    assert final_words(segments) == ["w1"]
    assert len(reader.lengths) < 20
