"""How many threads an OpenVINO engine takes, and what for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.runtime import openvino_engine
from live_emotion.runtime.openvino_engine import OpenVinoEngine
from live_emotion.runtime.openvino_library import core, openvino
from live_emotion.runtime.recipe import Recipe, TensorSpec, load_recipe


class Compiling:
    """OpenVINO's core, which notes the threads that it is asked for."""

    def __init__(self) -> None:
        self.threads: list[int] = []

    def read_model(self, path: str) -> Any:
        return core().read_model(path)

    def compile_model(self, network: Any, device: str, options: dict[str, Any]) -> Any:
        self.threads.append(options["INFERENCE_NUM_THREADS"])
        return core().compile_model(network, device, options)


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> Compiling:
    noting = Compiling()
    monkeypatch.setattr(openvino_engine, "core", lambda: noting)
    return noting


def network(folder: Path, width: int, rows: int) -> Path:
    """Write a linear layer of `width` squared float32 weights; 0 rows are any."""
    op, path = openvino().opset13, folder / "engine.xml"
    x = op.parameter([rows or -1, width], np.float32)
    weights = np.random.default_rng(0).standard_normal((width, width)).astype(np.float32)
    y = op.matmul(x, op.constant(weights), False, True)
    openvino().save_model(openvino().Model([y], [x]), str(path), compress_to_fp16=False)
    return path


def recipe_for(width: int, rows: int) -> Recipe:
    """A recipe of one input; rows that may vary are compiled for 1 and 12 by themselves."""
    known = load_recipe("audio_piece")
    part: int | str = rows or "n"
    return dataclasses.replace(
        known,
        dims={} if rows else known.dims,
        inputs=(dataclasses.replace(known.inputs[0], shape=(part, width)),),
        outputs=(TensorSpec("out", "float32", (part, width), {}),),
    )


@pytest.mark.parametrize(("width", "expected"), [(64, [1, 3, 3]), (1300, [3, 3, 3])])
def test_a_small_networks_usual_shape_takes_one_thread(
    tmp_path: Path, compiling: Compiling, width: int, expected: list[int]
) -> None:
    path = network(tmp_path, width, 0)
    engine = OpenVinoEngine(path, recipe_for(width, 0), "float32", "", 3)
    for rows in (1, 12, 5):
        given = np.ones((rows, width), np.float32)
        assert engine.run({"mel": given})["out"].shape == (rows, width)
    assert compiling.threads == expected
    engine.close()


def test_a_small_network_of_one_shape_takes_one_thread(
    tmp_path: Path, compiling: Compiling
) -> None:
    engine = OpenVinoEngine(network(tmp_path, 64, 2), recipe_for(64, 2), "float32", "", 3)
    engine.run({"mel": np.ones((2, 64), np.float32)})
    assert compiling.threads == [1]
    engine.close()
