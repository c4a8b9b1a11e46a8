from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.training.audio_clips import (
    Clip,
    ClipStore,
    labels_of,
    offered_emotions,
    read_clips,
    speaker_folds,
    targets_of,
)
from live_emotion.training.metrics import NO_LABEL

soundfile = pytest.importorskip("soundfile")


def made_up(dataset: str, speaker: str, emotion: str, split: str = "train", n: int = 0) -> Clip:
    return Clip(f"{dataset}-{speaker}-{emotion}-{n}.wav", dataset, speaker, emotion, split)


def write_manifest(folder: Path, clips: list[Clip]) -> None:
    with (folder / "audio.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "dataset", "speaker", "sex", "emotion", "lang", "text", "split"])
        writer.writerows(
            [c.path, c.dataset, c.speaker, "F", c.emotion, "en", "words", c.split] for c in clips
        )


def test_a_manifest_is_read_and_labelled(tmp_path: Path) -> None:
    clips = [made_up("a", "s1", "sad"), made_up("a", "s2", "calm"), made_up("b", "s1", "angry")]
    write_manifest(tmp_path, clips)
    assert read_clips(tmp_path) == clips
    assert labels_of(clips).tolist() == [1, NO_LABEL, 2]
    assert targets_of(clips).tolist() == [[0, 1, 0, 0, 0, 0], [0] * 6, [0, 0, 1, 0, 0, 0]]
    offered = offered_emotions(clips)
    assert offered["a"].tolist() == [False, True, False, False, False, False]
    assert offered["b"].tolist() == [False, False, True, False, False, False]


def test_bad_manifests_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="missing"):
        read_clips(tmp_path)
    (tmp_path / "audio.csv").write_text("path,emotion\na.wav,sad\n", "utf-8")
    with pytest.raises(UserError, match="needs the columns"):
        read_clips(tmp_path)
    write_manifest(tmp_path, [made_up("a", "s1", "bored stiff")])
    with pytest.raises(UserError, match="bored stiff"):
        read_clips(tmp_path)


def test_no_speaker_stands_in_two_folds() -> None:
    clips = [
        made_up(dataset, f"s{s}", "sad", n=n)
        for dataset, speakers in (("a", 9), ("b", 6), ("c", 2))
        for s in range(speakers)
        for n in range(3)
    ]
    folds = speaker_folds(clips, 3, seed=5)
    for clip in clips:
        same = [
            f
            for c, f in zip(clips, folds, strict=True)
            if (c.dataset, c.speaker) == (clip.dataset, clip.speaker)
        ]
        assert len(set(same)) == 1
    for dataset, speakers in (("a", 9), ("b", 6)):
        of_set = [f for c, f in zip(clips, folds, strict=True) if c.dataset == dataset]
        assert np.bincount(of_set).tolist() == [speakers] * 3
    assert (folds == speaker_folds(clips, 3, seed=5)).all()
    assert (folds != speaker_folds(clips, 3, seed=6)).any()


def test_the_store_gives_back_every_sample_and_decodes_once(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    clips, waves = [], []
    for n in range(3):
        clips.append(made_up("a", f"s{n}", "sad", n=n))
        waves.append(rng.integers(-3000, 3000, 500 + 100 * n).astype(np.int16))
        soundfile.write(tmp_path / clips[n].path, waves[n], 16000, subtype="PCM_16")
    store = ClipStore(tmp_path, clips, tmp_path / "store")
    for n, wave in enumerate(waves):
        assert store.length(n) == len(wave)
        np.testing.assert_array_equal(store.wave(n), wave.astype(np.float32) / 32768)
    for clip in clips:
        (tmp_path / clip.path).unlink()
    again = ClipStore(tmp_path, clips, tmp_path / "store")
    np.testing.assert_array_equal(again.wave(2), store.wave(2))
    with pytest.raises(UserError, match="There is no file"):
        ClipStore(tmp_path, clips[:2], tmp_path / "store")


def test_other_rates_and_channels_become_16_khz_mono(tmp_path: Path) -> None:
    tone = 0.9 * np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)
    soundfile.write(tmp_path / made_up("a", "s", "sad", n=0).path, tone, 8000)
    soundfile.write(
        tmp_path / made_up("a", "s", "sad", n=1).path, np.stack((tone, 0 * tone), 1), 16000
    )
    clips = [made_up("a", "s", "sad", n=n) for n in range(2)]
    store = ClipStore(tmp_path, clips, tmp_path / "store")
    assert abs(store.length(0) - 16000) < 100 and store.length(1) == 8000
    assert abs(float(np.abs(store.wave(0)).max()) - 0.9) < 0.05
    assert abs(float(np.abs(store.wave(1)).max()) - 0.45) < 0.01


def test_a_clip_that_is_no_sound_is_named(tmp_path: Path) -> None:
    clip = made_up("a", "s", "sad")
    (tmp_path / clip.path).write_bytes(b"not a sound file")
    with pytest.raises(UserError, match=clip.path):
        ClipStore(tmp_path, [clip], tmp_path / "store")
