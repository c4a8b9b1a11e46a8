"""Whose networks: the options of every command that takes a preset."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from live_emotion.cli.architecture import AUDIO, NAMES, VISION, architecture_options
from live_emotion.models.architectures import ARCHITECTURES
from live_emotion.models.presets import AUDIO_ENCODERS, VISION_ENCODERS
from live_emotion.training.options import TrainOptions
from tests.cli.conftest import Invoke


def test_the_command_line_knows_them_all() -> None:
    assert tuple(ARCHITECTURES) == NAMES
    assert tuple(VISION_ENCODERS) == VISION and tuple(AUDIO_ENCODERS) == AUDIO


@pytest.mark.parametrize(
    ("given", "preset"),
    [
        ((), "live"),
        (("--preset", "paper"), "paper"),
        (("--architecture", "v2em"), "v2em"),
        (("--architecture", "mult"), "live+joint=mult"),
        (("--vision", "repvgg", "--audio", "nest"), "live+vision=repvgg+audio=nest"),
        (("--architecture", "fe2e", "--audio", "focal"), "fe2e+audio=focal"),
    ],
)
def test_a_preset_says_it_all(given: tuple[str, ...], preset: str) -> None:
    @click.command()
    @click.option("--preset", default="live")
    @architecture_options
    def command(preset: str) -> None:
        click.echo(preset)

    assert CliRunner().invoke(command, list(given)).stdout.strip() == preset


@pytest.mark.parametrize("preset", ["live+joint=", "live+joint", "live+joint=sum"])
def test_a_joint_network_that_is_not_there_is_one_sentence(invoke: Invoke, preset: str) -> None:
    done = invoke("bench", "encoders", "--preset", preset)
    assert done.exit_code == 2
    assert "There is no joint network" in done.stderr


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, TrainOptions]]:
    seen: list[tuple[str, TrainOptions]] = []

    def trainer(name: str) -> object:
        return lambda options: seen.append((name, options)) or Path("made")

    for module, names in {
        "joint": ("joint",),
        "budget": ("vision", "audio"),
        "vision": ("vision",),
        "fusion": ("fusion",),
        "valence": ("valence",),
    }.items():
        made = SimpleNamespace(**{f"train_{n}": trainer(f"{module}.{n}") for n in names})
        monkeypatch.setitem(sys.modules, f"live_emotion.training.{module}", made)
    return seen


@pytest.mark.parametrize(
    ("given", "called", "preset"),
    [
        (("fusion", "--architecture", "mult"), "joint.joint", "live+joint=mult"),
        (("vision", "--architecture", "v2em"), "vision.vision", "v2em"),
        (("vision", "--architecture", "v2em", "--steps", "5"), "budget.vision", "v2em"),
        (("audio", "--steps", "5"), "budget.audio", "live"),
        (("fusion", "--vision", "vgg"), "fusion.fusion", "live+vision=vgg"),
        (("valence",), "valence.valence", "live"),
    ],
)
def test_train_finds_who_trains(
    invoke: Invoke,
    trained: list[tuple[str, TrainOptions]],
    tmp_path: Path,
    given: tuple[str, ...],
    called: str,
    preset: str,
) -> None:
    done = invoke("train", *given, "--data", tmp_path)
    assert done.exit_code == 0, done.output
    ((name, options),) = trained
    assert (name, options.preset) == (called, preset)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("vision", "--architecture", "mult"), "judges whole windows"),
        (("audio", "--vision", "vgg"), "Only the fusion can be trained of a mixture"),
        (("fusion", "--architecture", "lf-lstm", "--audio", "nest"), "hand-made features"),
    ],
)
def test_what_cannot_be_trained_says_why(
    invoke: Invoke,
    trained: list[tuple[str, TrainOptions]],
    tmp_path: Path,
    given: tuple[str, ...],
    sentence: str,
) -> None:
    done = invoke("train", *given, "--data", tmp_path)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert trained == []
