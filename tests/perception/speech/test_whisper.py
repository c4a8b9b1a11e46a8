from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.perception.speech.recognizer import Hypothesis
from live_emotion.perception.speech.whisper import (
    WhisperRecognizer,
    compression_ratio,
    spoken_tokens,
    window_frames,
)
from live_emotion.perception.speech.whisper_models import find_model

Sound = NDArray[np.float32]


@pytest.mark.data
@pytest.mark.parametrize("name", ["ravdess_01-01-04", "ravdess_01-01-06"])
def test_a_real_sentence_is_read_with_its_times(
    whisper: WhisperRecognizer, sound_of: Callable[[str], Sound], name: str
) -> None:
    samples = sound_of(name)
    hypothesis = whisper.recognize(samples)
    read = " ".join(w.word for w in hypothesis.words).lower().strip(".!")
    assert read == "kids are talking by the door"
    times = [t for w in hypothesis.words for t in (w.t0, w.t1)]
    assert times == sorted(times)
    assert 0.8 < hypothesis.words[1].t0 < 1.8 and 1.8 < times[-1] < len(samples) / 16000
    assert all(0.0 < w.probability <= 1.0 for w in hypothesis.words)
    assert hypothesis.no_speech < 0.3 and hypothesis.log_probability > -1.0


@pytest.mark.data
def test_the_same_clip_reads_the_same(
    whisper: WhisperRecognizer, sound_of: Callable[[str], Sound]
) -> None:
    samples = sound_of("mead")
    assert whisper.recognize(samples) == whisper.recognize(samples)


@pytest.mark.parametrize("n", [0, 1, 159, 160, 1000, 16000])
def test_tiny_clips_are_taken(whisper: WhisperRecognizer, n: int) -> None:
    hypothesis = whisper.recognize(np.zeros(n, np.float32))
    assert all(0.0 <= w.t0 <= w.t1 for w in hypothesis.words)


def test_a_clip_without_room_for_a_word_is_not_read(
    whisper: WhisperRecognizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whisper may make a word up of it, whose times cannot be found.
    monkeypatch.setattr(whisper, "_features", None)  # would be called
    assert whisper.recognize(np.zeros(319, np.float32)) == Hypothesis(())
    with pytest.raises(TypeError):
        whisper.recognize(np.zeros(320, np.float32))


def test_a_clip_longer_than_the_window_is_taken(whisper: WhisperRecognizer) -> None:
    noise = 0.01 * np.random.default_rng(0).standard_normal(31 * 16000)
    hypothesis = whisper.recognize(noise.astype(np.float32))
    assert all(w.t1 <= 30.0 for w in hypothesis.words)


def test_the_window_leaves_room_after_the_clip() -> None:
    assert window_frames(1) == 600
    assert window_frames(310) == 800
    assert all(window_frames(n) - n >= 300 for n in range(1, 2700, 7))
    assert window_frames(2900) == window_frames(3000) == 3000


def test_what_begins_behind_the_clip_is_dropped() -> None:
    begin, end = 1000, 900
    tokens = [1000, 1, 2, 1050, 1050, 3, 1100, 1400, 4, 5, 1450, end]
    assert spoken_tokens(tokens, end, begin, clip_s=2.0) == [1, 2, 3]


def test_repetition_compresses() -> None:
    assert compression_ratio("") == 0.0
    assert compression_ratio("by the door " * 20) > 2.4 > compression_ratio("kids are talking")


def test_the_network_is_never_asked(whisper: WhisperRecognizer) -> None:
    assert os.environ["HF_HUB_OFFLINE"] == "1"


@pytest.mark.parametrize("name", ["no-such-size", "nobody/no-such-model", "/no/such/folder"])
def test_a_model_that_is_not_here(name: str) -> None:
    with pytest.raises(UserError, match="No speech model") as caught:
        WhisperRecognizer(name)
    assert name in str(caught.value) and str(caught.value).count("\n") == 0


def test_a_folder_that_holds_no_model(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no model\.bin and no tokenizer\.json"):
        WhisperRecognizer(tmp_path)


def test_a_damaged_model(tmp_path: Path) -> None:
    for file in find_model(None).iterdir():
        if file.name != "model.bin":
            shutil.copy(file, tmp_path)
    (tmp_path / "model.bin").write_bytes(b"\x06\x00\x00\x00 no model")
    with pytest.raises(UserError, match="cannot be loaded"):
        WhisperRecognizer(str(tmp_path))
