"""Folds of speakers: who is held out, what is told, and what a resumed run does not do again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from live_emotion.cli.main import cli
from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS
from live_emotion.training import audio_folds
from live_emotion.training.audio_folds import train_folds
from live_emotion.training.budget import Pupil, Windows
from live_emotion.training.options import TrainOptions
from tests.runtime.small_preset import SMALL
from tests.training.field_data import write_field


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four clips of every label, by four speakers."""
    monkeypatch.setitem(PRESETS, "small", SMALL)
    return write_field(tmp_path / "field")


def options(data: Path, output: Path, **more: Any) -> TrainOptions:
    known = {"preset": "small", "steps": 3, "folds": 2, "threads": 1, "device": "cpu"}
    return TrainOptions(data=data, output=output, **(known | more))


def test_every_speaker_is_unheard_once(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[Windows] = []
    teach = audio_folds.teach

    def noting(pupil: Pupil, windows: Windows, **how: Any) -> float:
        learnt.append(windows)
        return teach(pupil, windows, **how)

    monkeypatch.setattr(audio_folds, "teach", noting)
    report = json.loads(train_folds(options(data, tmp_path / "out")).read_text())
    assert [f["fold"] for f in report["folds"]] == [1, 2]
    assert sum(f["speakers"] for f in report["folds"]) == 4
    # 24 clips of an emotion, 4 of none; each is learnt from in one of two folds.
    assert sum(f["items"] for f in report["folds"]) == 24
    assert sum(len(w.labels) for w in learnt) == 28
    recalls = [f["six_way_uar"] for f in report["folds"]]
    assert report["mean"]["six_way_uar"] == pytest.approx(np.mean(recalls), abs=1e-4)
    assert report["spread"]["six_way_uar"] == pytest.approx(np.std(recalls, ddof=1), abs=1e-4)
    assert report["parameters"] > 0


def test_a_resumed_run_keeps_what_is_done(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = train_folds(options(data, tmp_path / "out"))
    whole = json.loads(path.read_text())
    path.write_text(json.dumps(whole | {"folds": whole["folds"][:1]}))
    taught: list[int] = []
    teach = audio_folds.teach

    def counting(pupil: Pupil, windows: Windows, **how: Any) -> float:
        taught.append(len(windows.labels))
        return teach(pupil, windows, **how)

    monkeypatch.setattr(audio_folds, "teach", counting)
    again = json.loads(train_folds(options(data, tmp_path / "out", resume=True)).read_text())
    assert again == whole and len(taught) == 1
    # Another number of steps is another run.
    train_folds(options(data, tmp_path / "out", resume=True, steps=2))
    assert len(taught) == 3


def test_too_few_speakers_are_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="at least as many speakers"):
        train_folds(options(data, tmp_path / "out", folds=9))


def test_on_the_command_line(data: Path, tmp_path: Path) -> None:
    given = ["--data", str(data), "--preset", "small", "--steps", "2", "--folds", "2"]
    more = ["--output", str(tmp_path / "out"), "--device", "cpu"]
    done = CliRunner().invoke(cli, ["train", "audio", *given, *more])
    assert done.exit_code == 0, done.output
    assert "Figures: " in done.output and "small-audio-folds.json" in done.output
    refused = CliRunner().invoke(cli, ["train", "vision", *given])
    assert refused.exit_code == 2 and "--folds is for the audio branch only" in refused.output
