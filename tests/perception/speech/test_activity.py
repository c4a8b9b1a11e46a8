from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from live_emotion.core.media import AudioBlock
from live_emotion.perception.speech.activity import CHUNK, Span, VoiceActivity, speech_share

Sound = NDArray[np.float32]


def stream(samples: Sound, lengths: Sequence[int], t: float = 0.0) -> list[Span]:
    activity, spans, at = VoiceActivity(), [], 0
    for length in lengths:
        spans += activity.push(AudioBlock(t + at / 16000, samples[at : at + length]))
        at += length
    return spans


@pytest.mark.data
def test_any_blocks_give_what_the_whole_gives(sound_of: Callable[[str], Sound]) -> None:
    samples = sound_of("ravdess_01-01-04")
    whole = stream(samples, [len(samples)])
    rng = np.random.default_rng(0)
    for lengths in ([6400] * 9, [1] * 700 + [511, 2, 513] + [4000] * 12, rng.integers(1, 3000, 50)):
        streamed = stream(samples, lengths)
        assert len(streamed) > 50
        for one, other in zip(streamed, whole, strict=False):
            assert one[:2] == pytest.approx(other[:2], abs=1e-9)
            assert one[2] == pytest.approx(other[2], abs=1e-5)


@pytest.mark.data
def test_real_speech_is_heard_between_its_silences(sound_of: Callable[[str], Sound]) -> None:
    spans = VoiceActivity().push(AudioBlock(10.0, sound_of("ravdess_01-01-04")))
    assert speech_share(spans, 11.2, 12.2) > 0.9
    assert speech_share(spans, 10.0, 10.6) == 0.0


def test_spans_tile_the_clock() -> None:
    samples = np.zeros(16000, np.float32)
    spans = stream(samples, [700] * 22, t=3.0)
    assert len(spans) == 22 * 700 // CHUNK
    assert spans[0][0] == 3.0
    for one, following in pairwise(spans):
        assert one[1] == pytest.approx(following[0])
        assert one[1] - one[0] == pytest.approx(0.032)


def test_noise_is_no_speech(speechless: Sound) -> None:
    spans = VoiceActivity().push(AudioBlock(0.0, speechless))
    assert speech_share(spans, 0.0, 60.0) < 0.01


def test_a_jump_in_time_starts_afresh() -> None:
    block = np.random.default_rng(0).standard_normal(5000).astype(np.float32) * 0.1
    activity = VoiceActivity()
    first = activity.push(AudioBlock(0.0, block))
    later = activity.push(AudioBlock(100.0, block))
    assert later[0][0] == 100.0
    assert [p for *_, p in later] == [p for *_, p in first]


def test_share_counts_what_is_decided() -> None:
    spans = [(0.0, 0.1, 0.9), (0.1, 0.2, 0.1), (0.2, 0.3, 0.5)]
    assert speech_share(spans, 0.0, 0.4) == pytest.approx(2 / 3)
    assert speech_share(spans, 0.05, 0.15) == pytest.approx(0.5)
    assert speech_share(spans, 5.0, 5.4) == 0.0
    assert speech_share([], 0.0, 0.4) == 0.0
