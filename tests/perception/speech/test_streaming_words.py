"""The real recognizer, the real voice activity and real sound, tick by tick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from live_emotion.core.media import AudioBlock
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.perception.speech.transcriber import StreamingTranscriber
from live_emotion.perception.speech.whisper import WhisperRecognizer

Sound = NDArray[np.float32]
SENTENCE = "kids are talking by the door"


def transcribe(
    whisper: WhisperRecognizer, samples: Sound, blocks_per_tick: int = 1
) -> list[TranscriptSegment]:
    activity, transcriber = VoiceActivity(), StreamingTranscriber(whisper)
    segments: list[TranscriptSegment] = []
    size = 6400 // blocks_per_tick
    for tick in range(0, len(samples), 6400):
        for at in range(tick, min(tick + 6400, len(samples)), size):
            block = AudioBlock(at / 16000, samples[at : at + size])
            transcriber.push(block, activity.push(block))
        request = transcriber.due(round((tick + 6400) / 16000, 6))
        if request is not None:
            segments += transcriber.accept(transcriber.run(request))
    while (request := transcriber.due(len(samples) / 16000, last=True)) is not None:
        segments += transcriber.accept(transcriber.run(request))
    return segments


def text(segments: list[TranscriptSegment]) -> str:
    joined = " ".join(s.text for s in segments if s.final).lower()
    return " ".join("".join(c for c in joined if c.isalpha() or c == " ").split())


@pytest.mark.data
@pytest.mark.parametrize("name", ["ravdess_01-01-04", "ravdess_01-01-06"])
def test_the_sentence_of_a_real_clip_is_heard(
    whisper: WhisperRecognizer, sound_of: Callable[[str], Sound], name: str
) -> None:
    segments = transcribe(whisper, sound_of(name))
    assert text(segments) == SENTENCE
    assert not segments[0].final and segments[0].text
    spans = [s for s in VoiceActivity().push(AudioBlock(0.0, sound_of(name))) if s[2] >= 0.5]
    words = [w for s in segments if s.final for w in s.words]
    assert words[0].t0 == pytest.approx(spans[0][0], abs=0.1)
    assert words[-1].t1 == pytest.approx(spans[-1][1], abs=0.35)
    assert [s.closes for s in segments if s.final].count(True) == 1


@pytest.mark.data
def test_clips_in_a_row_with_noise_between_are_heard_once_each(
    whisper: WhisperRecognizer, sound_of: Callable[[str], Sound]
) -> None:
    one, two = sound_of("ravdess_01-01-04"), sound_of("ravdess_01-01-06")
    noise = 0.001 * np.random.default_rng(0).standard_normal(3 * 16000)
    joined = np.concatenate([noise, one, noise, two, noise]).astype(np.float32)
    segments = transcribe(whisper, joined, blocks_per_tick=4)
    assert text(segments) == f"{SENTENCE} {SENTENCE}"
    assert sum(s.closes for s in segments) == 2
    assert segments == transcribe(whisper, joined)  # blocks of any size, the same words


def test_nothing_is_invented_where_nobody_speaks(
    whisper: WhisperRecognizer, speechless: Sound
) -> None:
    assert transcribe(whisper, speechless) == []
