from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core import resources
from live_emotion.core.errors import UserError
from live_emotion.models.sizes import RfamSizes
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.weights import BranchInfo, calibrate, find_branch, find_branches
from live_emotion.runtime.weights_files import load_state, read_header
from live_emotion.training.export import export_weights
from tests.runtime.small_preset import SMALL, metadata


@pytest.fixture
def folder(small_weights: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small_weights, tmp_path / "weights"))


def test_what_the_file_says_of_itself(folder: Path) -> None:
    info = find_branch("small", "vision", folder)
    assert info.trained
    assert info.path == folder / "small-vision.safetensors"
    assert np.allclose(info.thresholds, [0.3, 0.35, 0.4, 0.45, 0.5, 0.55])
    p = calibrate(np.array([0.0, 1.0, -1.0, 2.0, np.nan, 0.5], np.float32), info)
    assert p[0] == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert p[1] == pytest.approx(1 / (1 + np.exp(-2.5)))
    assert np.isnan(p[4])


def test_no_file_means_untrained_and_repeatable(tmp_path: Path) -> None:
    infos = find_branches("small", tmp_path)
    assert not any(info.trained for info in infos.values())
    before = torch.get_rng_state()
    first, second = (Networks(SMALL, infos).branch("audio").state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(before, torch.get_rng_state())


def test_a_file_that_says_untrained_stays_so(tmp_path: Path) -> None:
    network = Networks(SMALL, find_branches("small", tmp_path)).branch("text")
    export_weights(network.state_dict(), replace(metadata("text"), trained=False), tmp_path)
    info = find_branch("small", "text", tmp_path)
    assert info.path is not None
    assert not info.trained


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "lose", "unlisted", "folder"])
def test_damage_is_one_clear_sentence(folder: Path, damage: str) -> None:
    path = folder / "small-audio.safetensors"
    data = path.read_bytes()
    match damage:
        case "flip":
            path.write_bytes(data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])
        case "cut":
            path.write_bytes(data[: len(data) // 2])
        case "empty":
            path.write_bytes(b"")
        case "lose":
            path.unlink()
        case "unlisted":
            sums = folder / "SHA256SUMS"
            kept = [s for s in sums.read_text().splitlines() if "audio" not in s]
            sums.write_text("\n".join(kept))
        case "folder":
            path.unlink()
            path.mkdir()
    with pytest.raises(UserError, match=r"small-audio\.safetensors.*restore") as caught:
        find_branch("small", "audio", folder)
    assert "\n" not in str(caught.value)
    assert find_branch("small", "vision", folder).trained


@pytest.mark.parametrize(
    "content",
    [b"", b"\x05", b"\xff" * 64, (1000).to_bytes(8, "little") + b"{}", b"\2" + bytes(7) + b"[]"],
)
def test_a_file_that_is_no_safetensors(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(UserError, match="Damaged weights"):
        read_header(path)
    with pytest.raises(UserError, match="Damaged weights"):
        load_state(path)


def test_a_folder_without_checksums_is_for_the_user_only(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (folder / "SHA256SUMS").unlink()
    assert find_branch("small", "vision", folder).trained
    monkeypatch.delenv("LIVE_EMOTION_WEIGHTS", raising=False)
    monkeypatch.setattr("live_emotion.runtime.weights_files.assets_dir", lambda: tmp_path)
    assert resources.assets_dir() != tmp_path
    with pytest.raises(UserError, match=r"list of checksums .* is missing"):
        find_branch("small", "vision")


def test_weights_of_another_branch_or_preset(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    shutil.copy(folder / "small-vision.safetensors", folder / "small-audio.safetensors")
    with pytest.raises(UserError, match="is for vision"):
        find_branch("small", "audio", folder)


def test_weights_that_do_not_fit(folder: Path) -> None:
    infos = find_branches("small", folder)
    wider = replace(SMALL, vision=RfamSizes(widths=(8, 16, 32), depths=(1, 2, 1)))
    with pytest.raises(UserError, match="do not fit the preset"):
        Networks(wider, infos).branch("vision")


def test_half_precision_on_disk_is_single_in_memory(folder: Path) -> None:
    path = folder / "small-vision.safetensors"
    state = load_state(path)
    assert {v.dtype for v in state.values()} <= {torch.float32, torch.int64}


def test_ids_change_with_weights_sizes_and_code(folder: Path, tmp_path: Path) -> None:
    trained = Networks(SMALL, find_branches("small", folder))
    fresh = Networks(SMALL, find_branches("small", tmp_path / "none"))
    assert trained.weights_id("text") != fresh.weights_id("text")
    assert trained.network_id("text") == fresh.network_id("text")
    wider = Networks(replace(SMALL, vision=RfamSizes((8, 16), (1, 1))), {})
    assert wider.network_id("vision") != trained.network_id("vision")
    assert wider.network_id("text") == trained.network_id("text")


def test_info_is_a_plain_value(folder: Path) -> None:
    info = find_branch("small", "text", folder)
    assert isinstance(info, BranchInfo)
    assert len(info.sha256) == 64
