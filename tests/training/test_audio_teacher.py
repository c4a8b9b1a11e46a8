"""The voice branch's teacher: what whisper's encoder hears, and what is learned from it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_SAMPLES
from live_emotion.training.audio_batches import AudioBatch, AudioBatches
from live_emotion.training.audio_clips import Clip, ClipStore
from live_emotion.training.audio_faculty import SPECIALIST_CLIPS, Faculty, faculty_of
from live_emotion.training.audio_losses import hidden_loss, pooled_loss, window_loss
from live_emotion.training.audio_pupils import BatchSettings, Pupils, pupils_of
from live_emotion.training.audio_teacher import SpeechTeacher
from live_emotion.training.options import TrainOptions
from live_emotion.training.speech_features import SpeechFeatures

soundfile = pytest.importorskip("soundfile")
TONES = {"happy": 300.0, "sad": 900.0, "neutral": 2400.0}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ClipStore:
    """Two speakers; every emotion hums at a pitch of its own."""
    root = tmp_path_factory.mktemp("hums")
    rng = np.random.default_rng(0)
    clips = []
    for speaker in range(2):
        for emotion, hz in TONES.items():
            for n in range(3):
                name = f"{speaker}-{emotion}-{n}.wav"
                t = np.arange(int(rng.uniform(1.3, 1.8) * 16000)) / 16000
                wave = sum(np.sin(2 * np.pi * hz * k * (1 + 0.03 * speaker) * t) for k in (1, 2))
                soundfile.write(root / name, 0.1 * wave, 16000, subtype="PCM_16")
                clips.append(Clip(name, "hums", str(speaker), emotion, "train"))
    return ClipStore(root, clips, root / "store")


@pytest.fixture(scope="module")
def features(store: ClipStore, tmp_path_factory: pytest.TempPathFactory) -> SpeechFeatures:
    return SpeechFeatures(store, tmp_path_factory.mktemp("features"))


@pytest.fixture(scope="module")
def teacher(store: ClipStore, features: SpeechFeatures) -> Faculty:
    rows = np.flatnonzero([c.speaker == "0" for c in store.clips])
    pupils = pupils_of(store, rows, BatchSettings())
    each = [
        SpeechTeacher(features, pupils, seed, shortest=2, longest=4, steps=60, networks=1)
        for seed in range(2)
    ]
    return Faculty(each)


def test_every_tick_has_its_vector_and_they_are_kept(
    store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = SpeechFeatures(store, tmp_path)
    assert first.width == 384
    for row in range(len(store)):
        assert first.ticks(row) == -(-store.length(row) // TICK_SAMPLES)
    rows = np.array([0, 5])
    inside = first.at(rows, np.array([[0, 1], [0, 1]]))
    assert inside.shape == (2, 2, 384) and np.isfinite(inside).all()
    beyond = first.at(rows, np.array([[-3, 0], [99, first.ticks(5) - 1]]))
    np.testing.assert_array_equal(beyond[:, 0], beyond[:, 1])

    def never(*_: object) -> None:
        raise AssertionError("computed again")

    monkeypatch.setattr("live_emotion.training.speech_features._encode", never)
    again = SpeechFeatures(store, tmp_path)
    np.testing.assert_array_equal(
        again.at(rows, np.array([[0], [1]])), first.at(rows, np.array([[0], [1]]))
    )
    with pytest.raises(AssertionError):
        SpeechFeatures(store, tmp_path, model="another")


def test_a_model_that_is_not_here_is_named(store: ClipStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        SpeechFeatures(store, tmp_path, model=str(tmp_path / "nowhere"))


def test_it_knows_the_hums_of_a_speaker_it_never_heard(store: ClipStore, teacher: Faculty) -> None:
    rows = np.flatnonzero([c.speaker == "1" for c in store.clips])
    guessed = teacher.guessed(store, rows)
    names = ("happy", "sad", "angry", "fearful", "disgusted", "surprised", "neutral")
    right = [
        names[k] == store.clips[int(r)].emotion for r, k in zip(rows, guessed.classes, strict=True)
    ]
    assert np.mean(right) > 0.6  # a third by chance
    assert guessed.datasets == ("hums",) * len(rows)


def test_ticks_that_are_absent_say_nothing(store: ClipStore, teacher: Faculty) -> None:
    rows, present = np.array([0]), torch.tensor([[True, True, False]])
    first = teacher(rows, np.array([[0, 1, 2]]), present)
    other = teacher(rows, np.array([[0, 1, 0]]), present)
    assert torch.equal(first.logits, other.logits)
    assert first.logits.shape == (1, 7) and first.hidden.shape == (1, teacher.width)
    more = teacher(rows, np.array([[0, 1, 2]]), torch.ones(1, 3, dtype=torch.bool))
    assert not torch.equal(first.logits, more.logits)


def test_clips_of_hidden_labels_are_drawn_and_only_taught(
    store: ClipStore, teacher: Faculty
) -> None:
    seen = np.flatnonzero([c.speaker == "0" for c in store.clips])
    unseen = np.flatnonzero([c.speaker == "1" for c in store.clips])
    batches = AudioBatches(
        store, seen, torch.full((128,), -8.0), teacher=teacher, unlabelled=unseen
    )
    batch = batches.draw(np.random.default_rng(0))
    assert 0 < float(batch.labelled.sum()) < len(batch.labelled)
    assert set(batch.taught.tolist()) <= {0.0, 1.0} and batch.taught.sum() >= len(batch.taught) - 3
    assert batch.hidden.shape == (len(batch.classes), teacher.width)
    for loss, width in ((pooled_loss, 7), (window_loss, 6)):
        logits = torch.randn(len(batch.classes), width, generator=torch.Generator().manual_seed(0))
        taught_alone = batch.labelled == 0
        wrong = torch.where(taught_alone, (batch.classes + 1) % 7, batch.classes)
        other = dataclasses.replace(batch, classes=wrong)
        torch.testing.assert_close(loss(logits, batch), loss(logits, other))


def test_the_losses_fall_towards_the_teacher() -> None:
    n = 3
    said = torch.tensor([[4.0, 0, 0, 0, 0, 0, 0]]).repeat(n, 1)
    batch = AudioBatch(
        mel=torch.zeros(1),
        present=torch.ones(n, 1, dtype=torch.bool),
        targets=torch.zeros(n, 6),
        trust=torch.ones(n, 6),
        classes=torch.full((n,), 6),
        labelled=torch.zeros(n),
        taught=torch.ones(n),
        said=said,
        hidden=torch.ones(n, 5),
    )
    assert float(pooled_loss(said, batch)) == pytest.approx(0.0, abs=1e-6)
    assert float(pooled_loss(-said, batch)) > 1
    assert float(window_loss(said[:, :6], batch)) < float(window_loss(-said[:, :6], batch))
    assert (
        float(hidden_loss(torch.ones(n, 5), batch))
        == 0
        < float(hidden_loss(torch.zeros(n, 5), batch))
    )


def test_a_specialist_speaks_about_its_own_data_set_alone(
    store: ClipStore, features: SpeechFeatures, teacher: Faculty
) -> None:
    rows = np.arange(len(store))
    pupils = pupils_of(store, rows[:9], BatchSettings())
    special = SpeechTeacher(features, pupils, 5, shortest=2, longest=4, steps=60, networks=1)
    names = ["hums" if r % 2 else "others" for r in rows]
    both = Faculty(teacher._teachers, {"hums": [special]}, names)
    ticks, present = np.zeros((len(rows), 1), np.int64) + np.arange(3), torch.ones(len(rows), 3) > 0
    alone, told = teacher(rows, ticks, present), both(rows, ticks, present)
    own = special(rows, ticks, present)
    torch.testing.assert_close(told.logits[::2], alone.logits[::2])
    torch.testing.assert_close(told.logits[1::2], (alone.logits[1::2] + own.logits[1::2]) / 2)
    torch.testing.assert_close(told.hidden, alone.hidden)
    assert both.width == teacher.width


@pytest.mark.parametrize("least", [1, SPECIALIST_CLIPS])
def test_only_large_data_sets_have_specialists(
    store: ClipStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, least: int
) -> None:
    monkeypatch.setattr("live_emotion.training.audio_faculty.SPECIALIST_CLIPS", least)
    learnt: list[int] = []

    class Quick(SpeechTeacher):
        def __init__(self, features: SpeechFeatures, pupils: Pupils, seed: int, **_: int) -> None:
            learnt.append(len(pupils.rows))
            super().__init__(features, pupils, seed, steps=1, networks=1)

    monkeypatch.setattr("live_emotion.training.audio_faculty.SpeechTeacher", Quick)
    options = TrainOptions(data=tmp_path, output=tmp_path, weights=tmp_path)
    made = faculty_of(store, np.arange(9), options)
    assert made is not None
    assert learnt == ([9, 9] if least == 1 else [9])
    assert set(made._specialists) == ({"hums"} if least == 1 else set())
