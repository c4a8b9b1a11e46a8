from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.training.audio_clips import read_clips
from live_emotion.training.evaluation.sound import read_sound
from live_emotion.training.evaluation.tables import read_recordings
from live_emotion.training.manifests.convert import manifest_to_data, read_manifest
from live_emotion.training.manifests.iemocap import PAPER_LABELS, is_iemocap, read_iemocap
from live_emotion.training.manifests.mosei import is_mosei, read_mosei
from live_emotion.training.text_data import read_text_rows
from tests.training.evaluation_data import demo_part, write_wave

EVALUATION = """% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]

[6.2901 - 8.2357]\tSes0{k}F_impro01_F000\tneu\t[2.5000, 2.5000, 2.5000]
C-E2:\tNeutral;\t()
[10.0100 - 11.3925]\tSes0{k}F_impro01_M001\tfru\t[2.5000, 3.0000, 2.5000]
[14.8872 - 18.0175]\tSes0{k}F_impro01_F001\texc\t[4.5000, 3.5000, 2.5000]
[19.2900 - 20.7875]\tSes0{k}F_impro01_M002\txxx\t[2.5000, 3.5000, 2.5000]
[21.3257 - 24.7400]\tSes0{k}F_impro01_M003\tang\t[1.5000, 4.5000, 4.5000]
"""
WORDS = """Ses0{k}F_impro01_F000 [006.2901-008.2357]: Excuse me.
Ses0{k}F_impro01_F001 [014.8872-018.0175]: We got   engaged!
Ses0{k}F_impro01_M003 [021.3257-024.7400]: Get out.
"""


@pytest.fixture
def iemocap(tmp_path: Path) -> Path:
    root = tmp_path / "IEMOCAP_full_release"
    for k in (1, 5):
        dialog = root / f"Session{k}" / "dialog"
        name = f"Ses0{k}F_impro01"
        for folder in ("EmoEvaluation/Attribute", "transcriptions", "avi/DivX"):
            (dialog / folder).mkdir(parents=True)
        (dialog / "EmoEvaluation" / f"{name}.txt").write_text(EVALUATION.format(k=k))
        (dialog / "transcriptions" / f"{name}.txt").write_text(WORDS.format(k=k))
        (dialog / "avi" / "DivX" / f"{name}.avi").write_bytes(b"")
        for utterance in ("F000", "M001", "F001", "M002", "M003"):
            wav = root / f"Session{k}" / "sentences" / "wav" / name / f"{name}_{utterance}.wav"
            write_wave(wav, np.full(8_000, 0.25))
    return root


MOSEI_LINES = {
    "abc": [
        "abc___0___0.0___0.5___Oh, what a day___really!",
        "abc___1___0.5___1.25___It was dull.",
        "abc___2___1.3___1.5___nobody labelled this",
    ],
    "x-Y_1": ["x-Y_1___7___0.25___1.0___Awful and frightening."],
    "none": ["none___0___0.0___0.5___in no fold"],
}
COLUMNS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise")
ANSWERS = """Id,Input.VIDEO_ID,Input.CLIP,COLUMNS
1,abc,0,0,0,0,3,0,1
2,abc,0,0,0,0,2,0,0
3,abc,0,0,0,0,1,0,0
4,abc,1,0,0,0,0,0,0
5,x-Y_1,7,0,2,2,0,0,0
6,x-Y_1,7,0,1,1,0,0,
7,none,0,0,1,0,0,0,0
8,abc,1,?,0,0,0,0,0
"""
FOLDS = 'standard_train_fold = ["abc", "other"]\nstandard_valid_fold = ["x-Y_1"]\n' + (
    "standard_test_fold = []\n"
)


@pytest.fixture(scope="session")
def small_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "small.mp4"
    return demo_part(path, 2.0, 1.6, *("-vf", "scale=96:-2", "-preset", "ultrafast"))


@pytest.fixture
def mosei(tmp_path: Path, small_video: Path) -> Path:
    root = tmp_path / "CMU_MOSEI"
    text = root / "Raw" / "Transcript" / "Segmented" / "Combined"
    videos = root / "Raw" / "Videos" / "Full" / "Combined"
    labels = root / "Raw" / "Labels"
    for folder in (text, videos, labels):
        folder.mkdir(parents=True)
    for name, lines in MOSEI_LINES.items():
        (text / f"{name}.txt").write_text("\n".join(lines) + "\n")
        shutil.copy(small_video, videos / f"{name}.mp4")
    (labels / "5000_batch_raw.csv").write_text(
        ANSWERS.replace("COLUMNS", ",".join(f"Answer.{name}" for name in COLUMNS))
    )
    (labels / "unrelated.csv").write_text("a,b\n1,2\n")
    (root / "cmu_mosei_std_folds.py").write_text(FOLDS)
    return root


def test_iemocap_rows(iemocap: Path) -> None:
    assert is_iemocap(iemocap)
    assert not is_mosei(iemocap)
    rows = {row.id: row for row in read_iemocap(iemocap)}
    assert len(rows) == 8  # without the two nobody agreed on
    first = rows["Ses01F_impro01_F000"]
    assert (first.label, first.text, first.speaker, first.sex, first.split) == (
        *("neutral", "Excuse me.", "iem01F", "F", "train"),
    )
    assert first.neutral
    assert first.leading is None
    assert first.video is not None
    assert (first.video_start, first.video_end) == (6.2901, 8.2357)
    assert rows["Ses05F_impro01_M003"].split == "dev"
    assert rows["Ses05F_impro01_M003"].speaker == "iem05M"
    assert {row.label for row in rows.values()} <= set(PAPER_LABELS)
    excited, frustrated = rows["Ses01F_impro01_F001"], rows["Ses01F_impro01_M001"]
    assert (excited.label, excited.leading, excited.text) == (
        *("excited", "happy", "We got engaged!"),
    )
    assert (frustrated.label, frustrated.leading, frustrated.neutral) == ("frustrated", None, False)


def test_iemocap_without_a_wave(iemocap: Path) -> None:
    next((iemocap / "Session1" / "sentences").rglob("*_F001.wav")).unlink()
    with pytest.raises(UserError, match=r"F001\.wav is missing"):
        read_iemocap(iemocap)


def test_mosei_rows(mosei: Path) -> None:
    assert is_mosei(mosei)
    rows = {row.id: row for row in read_mosei(mosei)}
    assert set(rows) == {"abc_0", "abc_1", "x-Y_1_7"}
    glad = rows["abc_0"]
    assert glad.emotions["happy"] == 2.0
    assert glad.emotions["surprised"] == pytest.approx(1 / 3)
    assert (glad.leading, glad.split, glad.start, glad.end) == ("happy", "train", 0.0, 0.5)
    assert glad.text == "Oh, what a day___really!"
    assert rows["abc_1"].neutral
    tie = rows["x-Y_1_7"]
    assert (tie.leading, tie.neutral, tie.split) == (None, False, "dev")


def test_mosei_labels_of_one_table_and_folds_as_lists(mosei: Path) -> None:
    (mosei / "Raw" / "Labels" / "5000_batch_raw.csv").unlink()
    (mosei / "cmu_mosei_std_folds.py").unlink()
    (mosei / "Labels.csv").write_text(
        "file,index,happy,sad,anger,surprise,disgust,fear\nx-Y_1,7,0,0,0,0,0,2.33\n"
    )
    for name, videos in (("train", "abc\n"), ("valid", "other\n"), ("test", "x-Y_1\n")):
        (mosei / f"{name}.txt").write_text(videos)
    (row,) = read_mosei(mosei)
    assert (row.leading, row.split, row.emotions["fearful"]) == ("fearful", "test", 2.33)


def test_mosei_lacks(mosei: Path) -> None:
    (mosei / "cmu_mosei_std_folds.py").write_text("standard_train_fold = __import__('os')\n")
    with pytest.raises(UserError, match="no lists of video ids"):
        read_mosei(mosei)
    (mosei / "cmu_mosei_std_folds.py").unlink()
    with pytest.raises(UserError, match="no standard folds"):
        read_mosei(mosei)
    (mosei / "Raw" / "Labels" / "5000_batch_raw.csv").unlink()
    with pytest.raises(UserError, match="holds no labels"):
        read_mosei(mosei)


def test_other_folders_are_neither(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="neither"):
        read_manifest(tmp_path)
    for read in (read_iemocap, read_mosei):
        with pytest.raises(UserError):
            read(tmp_path)


def test_iemocap_as_training_data(iemocap: Path, tmp_path: Path) -> None:
    name, rows = read_manifest(iemocap)
    out = tmp_path / "out"
    made = manifest_to_data(rows, name, out)
    assert (made.audio, made.text, made.av, made.left_out) == (6, 6, 0, 2)
    clips = read_clips(out)
    assert {c.emotion for c in clips} == {"neutral", "happy", "angry"}
    assert {c.speaker for c in clips if c.split == "dev"} == {"iem05F", "iem05M"}
    sound = read_sound(out / clips[0].path)
    np.testing.assert_allclose(sound, 0.25, atol=1e-3)
    texts = read_text_rows(out)
    assert texts.texts[:2] == ("Excuse me.", "We got engaged!")
    np.testing.assert_array_equal(texts.targets[1], [1, 0, 0, 0, 0, 0])
    assert not (out / "av.csv").exists()
    with pytest.raises(UserError, match="not an empty folder"):
        manifest_to_data(rows, name, out)


def test_mosei_as_training_data(mosei: Path, tmp_path: Path) -> None:
    name, rows = read_manifest(mosei)
    steps: list[tuple[int, int]] = []
    made = manifest_to_data(rows, name, tmp_path / "out", lambda *step: steps.append(step))
    assert (made.audio, made.text, made.av, made.left_out) == (2, 3, 2, 0)
    assert steps[-1] == (3, 3)
    first, second = read_recordings(tmp_path / "out" / "audio.csv")
    assert (first.emotion, second.emotion, first.speaker) == ("happy", "neutral", "mosei-abc")
    assert len(read_sound(tmp_path / "out" / second.path)) == 12_000
    clip = read_recordings(tmp_path / "out" / "av.csv")[1]
    assert (clip.start, clip.end, clip.split) == (0.5, 1.25, "train")
    assert Path(clip.path).is_file()
    texts = read_text_rows(tmp_path / "out")
    np.testing.assert_array_equal(texts.targets[2], [0, 0, 0, 1, 1, 0])


def test_a_clip_beyond_its_video_is_told(mosei: Path, tmp_path: Path) -> None:
    path = mosei / "Raw" / "Transcript" / "Segmented" / "Combined" / "abc.txt"
    path.write_text("abc___0___80.0___81.0___late\n")
    name, rows = read_manifest(mosei)
    with pytest.raises(UserError, match="ends before its utterance abc_0"):
        manifest_to_data(rows, name, tmp_path / "out")
