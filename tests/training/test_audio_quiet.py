"""The last stage of the voice branch: pauses fall silent, speech says what it said."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from live_emotion.models.branches import AudioBranch
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.training import audio_quiet
from live_emotion.training.audio_augment import AudioAugmentation
from live_emotion.training.audio_batches import AudioBatches
from live_emotion.training.audio_clips import ClipStore
from live_emotion.training.audio_pauses import PauseBank
from live_emotion.training.audio_pupils import BatchSettings
from live_emotion.training.audio_quiet import Heard, listen, quieten
from tests.runtime.small_preset import SMALL
from tests.training.test_audio_pauses import ROWS
from tests.training.test_audio_pauses import store as store  # a fixture

pytest.importorskip("soundfile")


@pytest.fixture
def branch() -> AudioBranch:
    """Untrained, and loud: every score of everything is high."""
    torch.manual_seed(0)
    made = AudioBranch(SMALL)
    made.encoder.set_statistics(torch.full((128,), -8.0), torch.full((128,), 4.0))
    out = [m for m in made.sequence.modules() if isinstance(m, torch.nn.Linear)][-1]
    assert out.bias.shape == (6,)
    torch.nn.init.constant_(out.bias, 3.0)
    return made.eval()


@pytest.fixture(scope="module")
def speech(store: ClipStore) -> AudioBatches:
    plain = AudioAugmentation(empty=0.0, pauses=0.0)
    return AudioBatches(store, ROWS, torch.zeros(128), BatchSettings(clips=8), plain)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few steps that go far."""
    monkeypatch.setattr(audio_quiet, "LEARNING_RATE", 5e-3)
    monkeypatch.setattr(audio_quiet, "_WARMUP_STEPS", 2)
    monkeypatch.setattr(audio_quiet, "SPEECH_BATCHES", 3)
    monkeypatch.setattr(audio_quiet, "PAUSE_WINDOWS", 60)


@torch.no_grad()
def said(branch: AudioBranch, heard: Heard) -> np.ndarray:
    return branch.sequence(heard.vectors, heard.present).numpy()


def test_pauses_fall_and_speech_stays(
    store: ClipStore, speech: AudioBatches, branch: AudioBranch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio_quiet, "LEARNING_RATE", 5e-3)
    monkeypatch.setattr(audio_quiet, "_WARMUP_STEPS", 5)
    monkeypatch.setattr(audio_quiet, "LEARNED_SHARE", 1.0)
    pauses = PauseBank(store, ROWS)
    rng = np.random.default_rng(5)
    voices = listen(branch, [speech.draw(rng) for _ in range(4)])
    silent = audio_quiet._silent(branch, pauses, 40, rng)
    before, encoder = (said(branch, voices), said(branch, silent)), copy.deepcopy(branch.encoder)
    quieten(branch, speech, pauses, seed=1)
    after = said(branch, voices), said(branch, silent)
    fallen = (before[1] - after[1]).mean()
    assert fallen > 1.5
    assert np.abs(after[0] - before[0]).mean() < 0.4 * fallen
    kept = branch.encoder.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in encoder.state_dict().items())


@pytest.mark.usefixtures("short")
def test_a_share_of_what_was_learned_is_taken(
    store: ClipStore, speech: AudioBatches, branch: AudioBranch, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = PauseBank(store, ROWS)
    before = copy.deepcopy(branch)
    ends = []
    for share in (1.0, 0.25):
        monkeypatch.setattr(audio_quiet, "LEARNED_SHARE", share)
        ends.append(copy.deepcopy(branch))
        quieten(ends[-1], speech, pauses, seed=2)
    triples = zip(before.parameters(), ends[0].parameters(), ends[1].parameters(), strict=True)
    moved = 0.0
    for old, whole, part in triples:
        assert torch.allclose(part, 0.75 * old + 0.25 * whole, atol=1e-6)
        moved = max(moved, float((whole - old).detach().abs().max()))
    assert moved > 1e-3


@pytest.mark.usefixtures("short")
def test_the_same_seed_gives_the_same_network(
    store: ClipStore, speech: AudioBatches, branch: AudioBranch
) -> None:
    other = copy.deepcopy(branch)
    pauses = PauseBank(store, ROWS)
    assert quieten(branch, speech, pauses, seed=3) == quieten(other, speech, pauses, seed=3)
    for one, two in zip(branch.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


def test_without_pauses_nothing_changes(
    store: ClipStore, speech: AudioBatches, branch: AudioBranch
) -> None:
    before = copy.deepcopy(branch.state_dict())
    empty = PauseBank(store, np.array([], dtype=np.int64))
    assert len(empty) == 0
    assert quieten(branch, speech, empty) == 0.0
    assert all(torch.equal(before[name], value) for name, value in branch.state_dict().items())


def test_windows_are_shortened_from_their_end() -> None:
    whole = Heard(torch.ones(30, 12, VECTOR_WIDTH), torch.ones(30, 12, dtype=torch.bool))
    some = audio_quiet._shortened(whole, np.random.default_rng(0))
    ticks = some.present.sum(1)
    assert int(ticks.min()) >= 1 and int(ticks.max()) <= 12 and len(set(ticks.tolist())) > 4
    assert torch.equal(some.vectors.abs().sum(2) > 0, some.present)
    assert all(row[: int(n)].all() for row, n in zip(some.present, ticks, strict=True))


@pytest.mark.parametrize("branch_name", ["vision", "audio"])
def test_no_epochs_are_for_audio_with_first_weights(tmp_path: Path, branch_name: str) -> None:
    from live_emotion.cli.train import command

    ran = CliRunner().invoke(command, [branch_name, "--data", str(tmp_path), "--epochs", "0"])
    assert ran.exit_code == 2
    assert "--epochs 0 is for audio with --init FOLDER only." in ran.output
