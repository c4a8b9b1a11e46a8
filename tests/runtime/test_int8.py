"""Quantising to 8 bits: ranges, what is rounded, and that the exact engine stays as it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live_emotion.runtime.openvino_int8 import activation_range
from live_emotion.runtime.openvino_kit import ENGINE_FILE, OpenVinoKit
from live_emotion.runtime.openvino_library import openvino, supports
from live_emotion.runtime.recipe_file import load_recipe
from tests.runtime.test_build import source


def rounded(values: np.ndarray, low: float, high: float) -> np.ndarray:
    step = (high - low) / 255.0
    return np.clip(np.round((values - low) / step), 0, 255) * step + low


def test_ranges_start_at_zero_or_lie_around_it(rng) -> None:
    positive = rng.random(1000).astype(np.float32)
    low, high = activation_range(positive)
    assert low == 0.0
    assert 0.9 < high <= positive.max() + 1e-6
    both = rng.uniform(-2, 2, 1000).astype(np.float32)
    low, high = activation_range(both)
    assert low == pytest.approx(-high * 128 / 127)
    assert 1.7 < high < 2.1
    assert activation_range(np.zeros(5, np.float32)) == (0.0, 1.0)


def test_a_far_value_does_not_coarsen_all_others(rng) -> None:
    values = rng.normal(size=20_000).astype(np.float32)
    values[:3] = 9.0
    low, high = activation_range(values)
    assert high < 9.0
    whole = rounded(values, -9.0 * 128 / 127, 9.0)
    chosen = rounded(values, low, high)
    assert np.mean((chosen - values) ** 2) < np.mean((whole - values) ** 2)


@pytest.mark.skipif(not supports("int8"), reason="this processor has no int8")
def test_layers_are_quantised_and_the_exact_engine_is_left_alone(tmp_path: Path, rng) -> None:
    recipe, what, kit = load_recipe("vision_face"), source(), OpenVinoKit()
    exact, made, spared = (tmp_path / name for name in ("exact", "int8", "spared"))
    for folder in (exact, made, spared):
        folder.mkdir()
    kit.build(recipe, what, "float32", exact, None)
    before = [(exact / name).read_bytes() for name in (ENGINE_FILE, "engine.bin")]
    kit.build(recipe, what, "int8", made, exact)
    kit.build(replace(recipe, unquantised=("first", "last")), what, "int8", spared, exact)
    assert [(exact / name).read_bytes() for name in (ENGINE_FILE, "engine.bin")] == before

    def fakes(folder: Path) -> int:
        network = openvino().Core().read_model(str(folder / ENGINE_FILE))
        return sum(n.get_type_name() == "FakeQuantize" for n in network.get_ops())

    # Of a convolution and a linear layer, what goes in and the weights.
    assert [fakes(folder) for folder in (exact, made, spared)] == [0, 4, 0]
    faces = {"faces": rng.random((3, 3, 48, 48), np.float32)}
    outputs = []
    for folder, precision in ((exact, "float32"), (made, "int8")):
        engine = kit.open(folder, recipe, what, precision, "residual", 1, keep=False)
        assert engine.info.precision == precision
        outputs.append(engine.run(faces)["vectors"])
        engine.close()
    wanted, got = outputs
    assert 0.0 < np.abs(got - wanted).max() < 0.05 * np.abs(wanted).max()
