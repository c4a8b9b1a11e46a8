"""The evaluate command: options in, a table or JSON out, one sentence for what is wrong."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from live_emotion.models.presets import PRESETS
from tests.cli.conftest import Invoke
from tests.runtime.small_preset import SMALL
from tests.training.evaluation_data import write_audio, write_small_weights, write_texts
from tests.training.test_vision import write_faces


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def given(weights: Path, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    return ["--preset", "small", "--weights", weights, "--engine", "torch", "--threads", "1"]


def test_words_as_json_and_pictures(invoke: Invoke, given: list[object], tmp_path: Path) -> None:
    write_texts(tmp_path)
    done = invoke(
        *("evaluate", "text", "--data", tmp_path, "--json", "--as-transcript", *given),
        *("--output", tmp_path / "pictures"),
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["task"], report["n"], report["coverage"]) == ("text", 4, 0.75)
    assert report["condition"] == "as a transcript"
    assert len(report["six_way_uar_interval"]) == 2
    assert set(report["per_dataset"]) == {"one", "two"}
    assert all(Path(path).is_file() for path in report["pictures"])


def test_words_as_a_table(invoke: Invoke, given: list[object], tmp_path: Path) -> None:
    write_texts(tmp_path)
    done = invoke("evaluate", "text", "--data", tmp_path, *given)
    assert done.exit_code == 0, done.output
    for part in ("six-way accuracy", "disgusted", "data set", "note: 1 rows marked train"):
        assert part in done.stdout


def test_voice_in_noise(invoke: Invoke, given: list[object], tmp_path: Path) -> None:
    write_audio(tmp_path)
    done = invoke(
        *("evaluate", "audio", "--data", tmp_path, "--noise", "white", "--snr", "10", "--json"),
        *given,
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["condition"] == "white noise at 10 dB"
    assert report["n"] == 3
    assert set(report["per_sex"]) == {"F", "M"}


def test_changed_faces(invoke: Invoke, given: list[object], tmp_path: Path) -> None:
    write_faces(tmp_path / "faces_valid.npz", 12)
    done = invoke("evaluate", "vision", "--data", tmp_path, "--change", "dark50", "--json", *given)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["condition"] == "dark50"


@pytest.mark.parametrize("task", ["vision", "audio", "text", "av", "fusion"])
def test_a_folder_without_the_data_is_one_sentence(
    invoke: Invoke, given: list[object], tmp_path: Path, task: str
) -> None:
    (tmp_path / "nothing").mkdir()
    done = invoke("evaluate", task, "--data", tmp_path / "nothing", "--json", *given)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "nothing" in done.stderr


def test_untrained_weights_are_one_sentence(invoke: Invoke, tmp_path: Path) -> None:
    write_texts(tmp_path)
    (tmp_path / "empty").mkdir()
    done = invoke("evaluate", "text", "--data", tmp_path, "--weights", tmp_path / "empty")
    assert done.exit_code == 2
    assert "no trained words weights" in done.stderr


def test_data_import_says_what_is_wrong(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    done = invoke("data", "import", "iemocap", tmp_path / "source", tmp_path / "out")
    assert done.exit_code == 2
    assert "is not IEMOCAP" in done.stderr
    assert not (tmp_path / "out").exists()


def test_pictures_without_matplotlib_are_refused_at_once(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = invoke("evaluate", "text", "--data", tmp_path, "--output", tmp_path / "pictures")
    assert done.exit_code == 2
    assert "matplotlib" in done.stderr
