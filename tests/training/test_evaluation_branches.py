from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.branches import VisionBranch
from live_emotion.perception.speech.activity import VoiceActivity
from live_emotion.runtime.weights import find_branch
from live_emotion.runtime.weights_files import OVERRIDE, load_state
from live_emotion.training.evaluation import changes
from live_emotion.training.evaluation.changes import FINDABLE, FOUND, face_change
from live_emotion.training.evaluation.encoders import open_encoders
from live_emotion.training.evaluation.faces import face_items
from live_emotion.training.evaluation.noises import Noise, speech_level
from live_emotion.training.evaluation.options import EvaluateOptions
from live_emotion.training.evaluation.pictures import draw
from live_emotion.training.evaluation.sound import cut, heard, read_sound, score_pieces
from live_emotion.training.evaluation.tables import Recording
from live_emotion.training.evaluation.tasks import branch_report
from live_emotion.training.evaluation.texts import text_items
from live_emotion.training.evaluation.triples import fusion_report
from live_emotion.training.evaluation.voices import voice_items
from live_emotion.training.metrics import NO_LABEL
from live_emotion.training.vision import still_logits
from live_emotion.training.vision_changes import CHANGES
from live_emotion.training.vision_data import load_faces
from tests.runtime.small_preset import SMALL
from tests.training.evaluation_data import write_audio, write_texts, write_wave
from tests.training.test_vision import write_faces

JSON_KEYS = {
    "task",
    "n",
    "coverage",
    "six_way_accuracy",
    "six_way_accuracy_interval",
    "six_way_uar",
    "six_way_uar_interval",
    "six_way_n",
    "macro_f1",
    "wacc",
    "mean_auc",
    "ece",
    "brier_skill",
    "neutral_false_alarm",
    "per_emotion",
}


@pytest.fixture
def options(small_trained: Path, tmp_path: Path) -> EvaluateOptions:
    return EvaluateOptions(
        tmp_path, preset="small", engine="torch", weights=small_trained, threads=1
    )


def test_faces_go_through_the_whole_branch_one_by_one(options: EvaluateOptions) -> None:
    write_faces(options.data / "faces_train.npz", 30, seed=1)
    write_faces(options.data / "faces_valid.npz", 40, seed=2)
    write_faces(options.data / "faces_other.npz", 20, seed=3)
    items = face_items(options)
    assert len(items) == 60
    assert items.facts["files"] == ["faces_other.npz", "faces_valid.npz"]
    assert "faces_train.npz was left out" in items.notes[0]
    branch = VisionBranch(SMALL)
    assert options.weights is not None
    path = find_branch("small", "vision", options.weights).path
    assert path is not None
    branch.load_state_dict(load_state(path))
    faces = load_faces(options.data / "faces_other.npz", training=False)
    assert items.logits is not None
    np.testing.assert_allclose(items.logits[:20], still_logits(branch, faces), atol=1e-4)
    np.testing.assert_array_equal(items.targets[:20], faces.targets)
    report = branch_report("vision", items, options)
    assert report.keys() >= JSON_KEYS
    assert report["coverage"] == 1.0
    assert {name: part["n"] for name, part in report["per_file"].items()} == {
        "faces_other.npz": 20,
        "faces_valid.npz": 40,
    }
    json.dumps(report, allow_nan=False)
    assert report == branch_report("vision", face_items(options), options)
    assert len(face_items(replace(options, everything=True))) == 90


def test_only_training_faces_or_none_are_refused(options: EvaluateOptions) -> None:
    with pytest.raises(UserError, match="holds no faces_"):
        face_items(options)
    write_faces(options.data / "faces_train.npz", 9)
    with pytest.raises(UserError, match=r"only faces_train\.npz"):
        face_items(options)
    (options.data / "faces_valid.npz").write_bytes(b"not a zip")
    with pytest.raises(UserError, match="does not hold faces"):
        face_items(options)


@pytest.mark.parametrize("name", CHANGES)
def test_every_change_is_felt_and_repeats(options: EvaluateOptions, name: str) -> None:
    write_faces(options.data / "faces_valid.npz", 6)
    plain = face_items(options).probabilities
    with face_change(name, options) as change:
        first, second = (face_items(options, change).probabilities for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.abs(first - plain).max() > 0


def test_a_face_that_the_finder_misses_has_no_scores(options: EvaluateOptions) -> None:
    write_faces(options.data / "faces_valid.npz", 3)  # bands, in which nobody sees a face
    with face_change("found", options) as change:
        items = face_items(options, change)
    assert not items.scored.all()
    report = branch_report("vision", items, options)
    assert report["coverage"] == pytest.approx(items.scored.mean(), abs=1e-4)


def test_found_faces_can_be_held_against_the_same_faces_as_they_were(
    options: EvaluateOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_faces(options.data / "faces_valid.npz", 3)

    def every_second(faces: np.ndarray, _: object) -> tuple[np.ndarray, np.ndarray]:
        return 255 - faces, np.arange(len(faces)) % 2 == 0

    monkeypatch.setattr(changes, "found_again", every_second)
    plain = face_items(options)
    made = {}
    for name in (FOUND, FINDABLE):
        with face_change(name, options) as change:
            made[name] = face_items(options, change)
        np.testing.assert_array_equal(made[name].scored, np.arange(len(plain.labels)) % 2 == 0)
    seen = made[FINDABLE].scored
    np.testing.assert_array_equal(made[FINDABLE].probabilities[seen], plain.probabilities[seen])
    assert (made[FOUND].probabilities[seen] != plain.probabilities[seen]).any()


def test_weights_of_a_folder_are_put_back(options: EvaluateOptions) -> None:
    before = os.environ.get(OVERRIDE)
    open_encoders(options, "text").close()
    assert os.environ.get(OVERRIDE) == before


def test_untrained_weights_are_refused(options: EvaluateOptions, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no trained face weights"):
        open_encoders(replace(options, weights=tmp_path / "empty"), "vision")


def test_voices_are_gated_and_the_heard_left_out(options: EvaluateOptions) -> None:
    write_audio(options.data)
    items = voice_items(options)
    assert items.labels.tolist() == [0, 1, 2]
    assert items.scored.tolist() == [True, True, False]
    assert "2 clips were left out" in items.notes[0]
    report = branch_report("audio", items, options)
    assert report.keys() >= JSON_KEYS | {"per_dataset", "per_sex"}
    assert report["coverage"] == pytest.approx(2 / 3, abs=1e-4)
    assert {name: part["n"] for name, part in report["per_dataset"].items()} == {"one": 1, "two": 2}
    assert report["confusion"]["angry"]["no scores"] == 1
    assert report == branch_report("audio", voice_items(options), options)
    assert voice_items(options, gate="open").scored.all()
    assert len(voice_items(replace(options, everything=True))) == 5


def test_a_clip_is_cut_and_scored_as_live(options: EvaluateOptions) -> None:
    write_audio(options.data)
    activity = VoiceActivity()
    samples = read_sound(options.data / "audio" / "b.wav")
    assert len(samples) == pytest.approx(6 * 16_000, abs=800)
    clip = cut(samples, activity)
    assert clip.mel.shape == (15, 128, 32)
    again = cut(samples, activity)
    np.testing.assert_array_equal(clip.speech, again.speech)
    present = heard(clip)
    assert 0.5 < present.mean() <= 1.0
    with open_encoders(options, "audio") as encoders:
        scores = score_pieces(encoders, clip)
        vectors = encoders.audio_piece(clip.mel)
        windows = [
            encoders.audio_sequence(vectors[end - 12 : end], present[end - 12 : end])
            for end in range(12, 16)
        ]
    np.testing.assert_allclose(scores, np.mean(windows, axis=0), atol=1e-4)
    assert len(cut(samples[: 6_400 + 3_000], activity).mel) == 1  # less than half a tick is none
    assert len(cut(samples[: 6_400 + 3_300], activity).mel) == 2
    assert len(cut(samples[:100], activity).mel) == 0


def test_clips_that_are_missing_or_hold_no_sound(options: EvaluateOptions) -> None:
    table = options.data / "audio.csv"
    table.write_text("path,speaker,emotion\nnone.wav,x,sad\n")
    with pytest.raises(UserError, match=r"none\.wav"):
        voice_items(options)
    (options.data / "none.wav").write_bytes(b"RIFF nothing")
    with pytest.raises(UserError, match=r"none\.wav"):
        voice_items(options)


@pytest.mark.parametrize("name", ["babble", "white"])
def test_noise_has_the_ratio_asked_for_and_repeats(tmp_path: Path, name: str) -> None:
    random = np.random.default_rng(0)
    rows = []
    for k in range(8):
        carrier = random.normal(0, 0.05, 32_000) * (np.arange(32_000) % 8_000 < 5_000)
        write_wave(tmp_path / f"{k}.wav", carrier)
        rows.append(Recording(f"{k}.wav", "sad", speaker=f"s{k}"))
    options = EvaluateOptions(tmp_path)
    samples = read_sound(tmp_path / "0.wav")
    added = Noise(name, 10.0, options, rows)(samples, rows[0]) - samples  # type: ignore[arg-type]
    ratio = 20 * np.log10(speech_level(samples) / np.sqrt(np.mean(added**2)))
    assert ratio == pytest.approx(10.0, abs=1.0)
    again = Noise(name, 10.0, options, rows)  # type: ignore[arg-type]
    np.testing.assert_array_equal(again(samples, rows[0]) - samples, added)
    assert np.abs(again(samples, rows[1]) - samples - added).max() > 1e-3
    other = Noise(name, 10.0, replace(options, seed=1), rows)  # type: ignore[arg-type]
    assert np.abs(other(samples, rows[0]) - samples - added).max() > 1e-3


def test_babble_of_silence_is_refused(tmp_path: Path) -> None:
    write_wave(tmp_path / "0.wav", np.zeros(16_000))
    with pytest.raises(UserError, match="silent"):
        Noise("babble", 10.0, EvaluateOptions(tmp_path), [Recording("0.wav", "sad", speaker="a")])


def test_texts_without_words_have_no_scores(options: EvaluateOptions) -> None:
    write_texts(options.data)
    items = text_items(options)
    assert items.labels.tolist() == [0, 1, 2, NO_LABEL]
    assert items.scored.all()
    report = branch_report("text", items, options)
    assert report.keys() >= JSON_KEYS | {"per_dataset"}
    assert list(report["per_emotion"]) == list(EMOTIONS)
    spoken = text_items(options, as_transcript=True)
    assert spoken.scored.tolist() == [True, True, False, True]
    assert branch_report("text", spoken, options)["coverage"] == 0.75
    np.testing.assert_allclose(spoken.probabilities[3], items.probabilities[3], atol=1e-6)
    assert np.abs(spoken.probabilities[0] - items.probabilities[0]).max() > 1e-5


def test_pictures_are_drawn(options: EvaluateOptions, tmp_path: Path) -> None:
    write_texts(options.data)
    items = text_items(options, as_transcript=True)
    paths = draw(items, tmp_path / "pictures", "text", "words")
    assert [path.name for path in paths] == ["text-confusion.png", "text-reliability.png"]
    for path in paths:
        assert path.read_bytes().startswith(b"\x89PNG")
        assert path.stat().st_size > 5_000
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        draw(items, tmp_path / "file", "text", "words")


def test_the_fusion_is_measured_on_triples(options: EvaluateOptions) -> None:
    write_faces(options.data / "faces_valid.npz", 60)
    write_audio(options.data)
    write_texts(options.data)
    report = fusion_report(options, triples=40)
    assert report["n"] == 40
    assert set(report["subsets"]) == {
        *("vision", "audio", "text", "vision+audio", "vision+text", "audio+text"),
        "vision+audio+text",
    }
    best = max(report["subsets"][name] for name in ("vision", "audio", "text"))
    gain = report["subsets"]["vision+audio+text"] - best
    assert report["gain"] == pytest.approx(gain, abs=1e-4)
    assert report["shares"] == pytest.approx({"vision": 0.5, "audio": 0.3, "text": 0.2}, abs=1e-3)
    assert report == fusion_report(options, triples=40)
