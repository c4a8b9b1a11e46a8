from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.training.audio_augment import AudioAugmentation
from live_emotion.training.audio_batches import AudioBatches
from live_emotion.training.audio_clips import Clip, ClipStore
from live_emotion.training.audio_pauses import PauseBank
from live_emotion.training.audio_pupils import BatchSettings
from tests.training.evaluation_data import demo_part

soundfile = pytest.importorskip("soundfile")

ROWS = np.arange(2)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    """Speech with a quiet second before and behind it, and a loud tone that is no speech."""
    folder = tmp_path_factory.mktemp("clips")
    spoken = demo_part(folder / "spoken.wav", 4.0, 4.0, "-ac", "1", "-ar", "16000")
    speech, _ = soundfile.read(spoken, dtype="float32")
    quiet = np.random.default_rng(0).normal(0, 1e-3, 2 * SAMPLE_RATE)
    soundfile.write(folder / "speech.wav", np.concatenate((quiet, speech, quiet)), SAMPLE_RATE)
    tone = 0.3 * np.sin(2 * np.pi * 300 * np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE)
    soundfile.write(folder / "tone.wav", tone, SAMPLE_RATE)
    clips = [Clip(f"{n}.wav", "set", n, "happy", "train") for n in ("speech", "tone")]
    return ClipStore(folder, clips, folder / "store")


def test_pauses_hold_neither_speech_nor_anything_loud(store: ClipStore) -> None:
    bank = PauseBank(store, ROWS)
    assert len(bank) >= 2
    rng = np.random.default_rng(1)
    speech = store.wave(0)[2 * SAMPLE_RATE : -2 * SAMPLE_RATE]
    loudest = max(float(np.abs(bank.draw(8_000, rng)).max()) for _ in range(50))
    assert loudest < 0.2 * float(np.quantile(np.abs(speech), 0.99))


def test_draws_repeat_with_their_seed_and_bring_silence_too(store: ClipStore) -> None:
    bank = PauseBank(store, ROWS)
    first, again = (
        [bank.draw(6_400, np.random.default_rng(seed)) for seed in range(60)] for _ in range(2)
    )
    for a, b in zip(first, again, strict=True):
        assert a.shape == (6_400,)
        assert a.dtype == np.float32
        np.testing.assert_array_equal(a, b)
    silent = sum(not a.any() for a in first)
    assert 1 <= silent < 30


def test_a_run_that_is_taken_up_finds_the_pauses(
    store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = PauseBank(store, ROWS, tmp_path)
    monkeypatch.setattr("live_emotion.training.audio_pauses._gathered", lambda *_: iter(()))
    found = PauseBank(store, ROWS, tmp_path)
    assert len(found) == len(kept)
    draws = (bank.draw(9_000, np.random.default_rng(5)) for bank in (kept, found))
    np.testing.assert_array_equal(*draws)
    assert len(PauseBank(store, ROWS[:1], tmp_path)) == 0


def test_without_a_pause_hiss_is_left(store: ClipStore) -> None:
    bank = PauseBank(store, ROWS[1:])
    assert len(bank) == 0
    draws = [bank.draw(6_400, np.random.default_rng(seed)) for seed in range(40)]
    assert max(float(np.abs(d).max()) for d in draws) < 0.05
    assert sum(bool(d.any()) for d in draws) > 20


def test_pauses_are_learned_as_no_emotion(store: ClipStore) -> None:
    fill = torch.zeros(128)
    settings = BatchSettings(clips=8)
    batches = AudioBatches(
        store,
        ROWS[:1],
        fill,
        settings,
        AudioAugmentation(pauses=1.0, empty=0.0),
        pauses=PauseBank(store, ROWS),
    )
    batch = batches.draw(np.random.default_rng(0))
    assert (batch.classes == 6).all()
    assert (batch.targets == 0).all()
    assert (batch.labelled == 1).all()
    assert batch.present.any(dim=1).all()
