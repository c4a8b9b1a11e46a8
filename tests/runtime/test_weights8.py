"""Weights in 8 bits: how they are rounded, what is, and that inputs stay as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from live_emotion.models.presets import preset_named
from live_emotion.runtime.beside import recipe_beside
from live_emotion.runtime.openvino_kit import ENGINE_FILE, OpenVinoKit
from live_emotion.runtime.openvino_library import openvino, supports
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.rounding import (
    STEPS,
    propagation,
    round_for_inputs,
    round_plainly,
    scales_of,
)
from live_emotion.runtime.sources import ModuleSource

needs_int8 = pytest.mark.skipif(not supports("int8"), reason="this processor has no int8")


class Sound(nn.Module):
    """Stands in for a sound encoder: two matrices, one of them of many numbers."""

    def __init__(self, convolutional: bool = False) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.small = nn.AvgPool2d(4)
        self.conv = nn.Conv2d(1, 256, 32) if convolutional else nn.Identity()
        self.body = nn.Linear(256, 256)
        self.head = nn.Linear(256, 64)

    def forward(self, mel: Tensor) -> Tensor:
        x = self.small(mel).flatten(1)
        if isinstance(self.conv, nn.Conv2d):
            x = x + self.conv(mel).amax((2, 3))
        out: Tensor = self.head(torch.relu(self.body(x)))
        return out


def test_a_gram_gives_how_errors_are_made_up_for(rng) -> None:
    inputs = rng.normal(size=(50, 8)) @ rng.normal(size=(8, 8))
    gram = inputs.T @ inputs
    follows = propagation(gram)
    assert np.allclose(follows, np.triu(follows))
    damped = gram + 0.01 * np.trace(gram) / 8 * np.eye(8)
    assert np.allclose(follows.T @ follows @ damped, np.eye(8), atol=1e-8)
    assert np.allclose(propagation(np.zeros((3, 3))), np.eye(3))


def test_outputs_on_inputs_like_the_known_ones_move_less(rng) -> None:
    mixing = rng.normal(size=(100, 100)) * np.linspace(2.0, 0.01, 100)
    known, others = (rng.normal(size=(400, 100)) @ mixing for _ in range(2))
    weights = rng.normal(size=(70, 100)).astype(np.float32)
    weights[3] = 0.0
    scales = scales_of(weights)
    assert scales.shape == (70, 1)
    assert np.allclose(np.abs(weights).max(1)[weights.any(1)], STEPS * scales[weights.any(1), 0])
    plain = round_plainly(weights, scales)
    chosen = round_for_inputs(weights, scales, propagation(known.T @ known))
    assert not chosen[3].any()
    assert np.abs(chosen.astype(int)).max() <= STEPS

    def moved(codes: np.ndarray) -> float:
        return float(np.mean((others @ (codes * scales - weights).T) ** 2))

    assert moved(chosen) < 0.5 * moved(plain)
    assert np.abs(plain * scales - weights).max() <= scales.max() / 2 + 1e-6


@needs_int8
def test_matrices_are_kept_in_8_bits_and_inputs_as_they_are(tmp_path: Path, rng) -> None:
    recipe, kit = load_recipe("audio_piece"), OpenVinoKit()
    what = ModuleSource(Sound, Sound, weights="w", network="n")
    exact, made = tmp_path / "exact", tmp_path / "int8"
    for folder in (exact, made):
        folder.mkdir()
    kit.build(recipe, what, "float32", exact, None)
    before = (exact / "engine.bin").read_bytes()
    kit.build(recipe, what, "int8", made, exact)
    assert (exact / "engine.bin").read_bytes() == before
    assert (made / "engine.bin").stat().st_size < 0.3 * len(before)
    network = openvino().Core().read_model(str(made / ENGINE_FILE))
    assert not any(n.get_type_name() == "FakeQuantize" for n in network.get_ops())
    mel = {"mel": rng.uniform(-13.8, 11.0, (3, 1, 128, 32)).astype(np.float32)}
    outputs = []
    for folder, precision in ((exact, "float32"), (made, "int8")):
        engine = kit.open(folder, recipe, what, precision, "", 1, keep=False)
        assert engine.info.precision == precision
        outputs.append(engine.run(mel)["vectors"])
        engine.close()
    wanted, got = outputs
    assert 0.0 < np.abs(got - wanted).max() < 0.02 * np.abs(wanted).max()


@needs_int8
def test_a_network_of_convolutions_is_refused(tmp_path: Path) -> None:
    what = ModuleSource(lambda: Sound(True), lambda: Sound(True), weights="w", network="n")
    with pytest.raises(ValueError, match="too few"):
        OpenVinoKit().build(load_recipe("audio_piece"), what, "int8", tmp_path, None)


def test_only_heavy_sound_encoders_may_be_kept_so() -> None:
    assert "int8" in recipe_beside("audio_piece", preset_named("paper")).allowed_error
    assert "int8" not in recipe_beside("audio_piece", preset_named("live")).allowed_error
