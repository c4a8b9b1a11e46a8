"""How many threads an OpenVINO engine takes, and what for."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.models.presets import PRESETS
from live_emotion.runtime import openvino_engine
from live_emotion.runtime.beside import recipe_beside
from live_emotion.runtime.openvino_engine import OpenVinoEngine
from live_emotion.runtime.openvino_library import core, openvino
from live_emotion.runtime.recipe import Recipe, TensorSpec
from live_emotion.runtime.recipe_file import load_recipe


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


def recipe_for(width: int, rows: int, usual: int | None) -> Recipe:
    """A recipe of one input; rows that may vary are compiled for 1 and 12 by themselves."""
    known = load_recipe("audio_piece")
    part: int | str = rows or "n"
    return dataclasses.replace(
        known,
        dims={} if rows else known.dims,
        inputs=(dataclasses.replace(known.inputs[0], shape=(part, width)),),
        outputs=(TensorSpec("out", "float32", (part, width), {}),),
        usual_threads=usual,
    )


@pytest.mark.parametrize(("usual", "expected"), [(1, [1, 3, 3]), (None, [3, 3, 3])])
def test_the_usual_shape_takes_the_threads_of_its_recipe(
    tmp_path: Path, compiling: Compiling, usual: int | None, expected: list[int]
) -> None:
    recipe = recipe_for(64, 0, usual)
    engine = OpenVinoEngine(network(tmp_path, 64, 0), recipe, "float32", "", 3)
    for rows in (1, 12, 5):
        given = np.ones((rows, 64), np.float32)
        assert engine.run({"mel": given})["out"].shape == (rows, 64)
    assert compiling.threads == expected
    engine.close()


def test_a_single_shape_is_the_usual_one(tmp_path: Path, compiling: Compiling) -> None:
    engine = OpenVinoEngine(network(tmp_path, 64, 2), recipe_for(64, 2, 1), "float32", "", 3)
    engine.run({"mel": np.ones((2, 64), np.float32)})
    assert compiling.threads == [1]
    engine.close()


def test_small_inputs_take_one_thread_where_each_shape_is_compiled_for_itself(
    tmp_path: Path, compiling: Compiling
) -> None:
    recipe = dataclasses.replace(recipe_for(64, 0, None), static=True, light=128)
    engine = OpenVinoEngine(network(tmp_path, 64, 0), recipe, "float32", "", 3)
    for rows in (2, 3):
        given = np.ones((rows, 64), np.float32)
        assert engine.run({"mel": given})["out"].shape == (rows, 64)
    assert compiling.threads == [1, 3]
    engine.close()


def test_light_presets_run_each_network_on_one_thread() -> None:
    light, heavy = PRESETS["live"], PRESETS["paper"]
    assert recipe_beside("audio_piece", light).usual_threads == 1
    assert recipe_beside("vision_face", light).usual_threads == 1
    assert recipe_beside("text", light).usual_threads == 1
    assert recipe_beside("words_valence", light).usual_threads == 1
    assert recipe_beside("face_finder", light).usual_threads is None
    assert recipe_beside("text", heavy).usual_threads is None
    assert recipe_beside("audio_piece", heavy).usual_threads is None
    assert recipe_beside("vision_face", heavy).usual_threads is None
    known = load_recipe("audio_piece")
    assert recipe_beside("audio_piece", light).sha256 == known.sha256
