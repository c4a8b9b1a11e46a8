"""The train command hands its options on."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from live_emotion.core.errors import UserError
from live_emotion.training.options import TrainOptions
from tests.cli.conftest import Invoke


@pytest.mark.parametrize("branch", ["vision", "audio", "text", "fusion"])
def test_options_reach_the_training(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, branch: str
) -> None:
    seen: list[TrainOptions] = []

    def train(options: TrainOptions) -> Path:
        seen.append(options)
        return Path("made.safetensors")

    module = SimpleNamespace(**{f"train_{branch}": train})
    monkeypatch.setitem(sys.modules, f"live_emotion.training.{branch}", module)
    done = invoke(
        *("train", branch, "--data", tmp_path, "--epochs", "3", "--seed", "7", "--resume"),
        *("--device", "cpu", "--threads", "2", "--output", tmp_path / "o", "--preset", "paper"),
    )
    assert done.exit_code == 0, done.output
    assert "made.safetensors" in done.stdout
    (options,) = seen
    assert options.data == tmp_path
    assert options.output == tmp_path / "o"
    assert (options.preset, options.device, options.threads) == ("paper", "cpu", 2)
    assert (options.epochs, options.seed, options.resume) == (3, 7, True)
    assert options.weights is None


def test_a_training_that_cannot_start_says_why(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def train(options: TrainOptions) -> Path:
        raise UserError(f"{options.data} holds no faces: give the training data.")

    module = SimpleNamespace(train_vision=train)
    monkeypatch.setitem(sys.modules, "live_emotion.training.vision", module)
    done = invoke("train", "vision", "--data", tmp_path)
    assert done.exit_code == 2
    assert done.stderr == f"{tmp_path} holds no faces: give the training data.\n"


def test_a_data_folder_that_is_not_there(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("train", "vision", "--data", tmp_path / "no").exit_code == 2


@pytest.mark.parametrize(
    ("option", "branch", "sentence"),
    [
        ("--init", "fusion", "three branches only"),
        ("--teacher", "fusion", "three branches only"),
        ("--variant", "vision", "text branch only"),
    ],
)
def test_a_model_to_start_from_is_for_those_that_take_one(
    invoke: Invoke,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    option: str,
    branch: str,
    sentence: str,
) -> None:
    seen: list[TrainOptions] = []
    module = SimpleNamespace(train_text=seen.append)
    monkeypatch.setitem(sys.modules, "live_emotion.training.text", module)
    assert invoke("train", "text", "--data", tmp_path, option, "some-bert").exit_code == 0
    assert getattr(seen[0], option.removeprefix("--")) == "some-bert"
    done = invoke("train", branch, "--data", tmp_path, option, "some-bert")
    assert done.exit_code == 2
    assert sentence in done.stderr
