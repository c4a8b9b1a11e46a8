from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from live_emotion.runtime import build, cache
from live_emotion.runtime.build import EngineRefusedError, open_openvino, openvino_key
from live_emotion.runtime.check import compare
from live_emotion.runtime.openvino_convert import export_module
from live_emotion.runtime.recipe import AllowedError, Recipe
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.sources import ModuleSource


class Face(nn.Module):
    """Stands in for a face encoder; `error` is added to its first output."""

    def __init__(self, error: float = 0.0) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(3, 4, 3, stride=2)
        self.head = nn.Linear(4, 64)
        self.error = error

    def forward(self, faces: Tensor) -> Tensor:
        out: Tensor = self.head(self.conv(faces).mean((2, 3)))
        return out + self.error


def source(error: float = 0.0, weights: str = "w") -> ModuleSource:
    return ModuleSource(lambda: Face(error), Face, weights=weights, network="n")


def opened(recipe: Recipe, what: ModuleSource, **more: Any) -> Any:
    options: dict[str, Any] = {
        "preset": "p",
        "precision": "float32",
        "form": "residual",
        "threads": 1,
    }
    return open_openvino(recipe, what, **(options | more))


@pytest.fixture
def recipe() -> Recipe:
    return load_recipe("vision_face")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return tmp_path / "engines"


def never(*_: object) -> Any:
    raise AssertionError("built again")


def test_built_once_checked_and_opened_from_the_cache(
    recipe: Recipe, own_cache: Path, monkeypatch: pytest.MonkeyPatch, rng
) -> None:
    faces = rng.random((3, 3, 48, 48), np.float32)
    with torch.no_grad():
        wanted = Face()(torch.from_numpy(faces)).numpy()
    first = opened(recipe, source())
    (folder,) = own_cache.iterdir()
    entry = json.loads((folder / "key.json").read_text())
    assert 0 <= entry["facts"]["error"] < 1e-5
    assert not entry["facts"]["refused"]
    assert set(entry["files"]) == {"engine.xml", "engine.bin"}
    monkeypatch.setattr(build, "_build", never)
    second = opened(recipe, source())
    for engine in (first, second):
        assert engine.info.name == "openvino"
        assert np.allclose(engine.run({"faces": faces})["vectors"], wanted, atol=1e-6)
        engine.close()
        with pytest.raises(RuntimeError, match="closed"):
            engine.run({"faces": faces})


def test_an_engine_that_is_off_is_refused_and_stays_so(
    recipe: Recipe, own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(EngineRefusedError, match=r"off by 0\.1 in vectors"):
        opened(recipe, source(error=0.1))
    (folder,) = own_cache.iterdir()
    assert sorted(p.name for p in folder.iterdir()) == ["key.json", "refused.txt"]
    monkeypatch.setattr(build, "_build", never)
    with pytest.raises(EngineRefusedError, match=r"off by 0\.1"):
        opened(recipe, source(error=0.1))


def test_the_allowed_error_decides(recipe: Recipe) -> None:
    loose = replace(recipe, allowed_error={"float32": AllowedError(0.2, 0.0)}, sha256="loose")
    opened(loose, source(error=0.1)).close()
    with pytest.raises(EngineRefusedError):
        opened(recipe, source(error=0.1))


def test_damage_in_the_cache_is_mended(recipe: Recipe, own_cache: Path, rng) -> None:
    faces = {"faces": rng.random((1, 3, 48, 48), np.float32)}
    engine = opened(recipe, source())
    wanted = engine.run(faces)["vectors"]
    engine.close()
    (folder,) = own_cache.iterdir()
    weights = bytearray((folder / "engine.bin").read_bytes())
    weights[:64] = bytes(64)
    (folder / "engine.bin").write_bytes(weights)
    again = opened(recipe, source())
    assert np.array_equal(again.run(faces)["vectors"], wanted)
    again.close()


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_damage_in_what_openvino_keeps_is_mended(
    recipe: Recipe, own_cache: Path, rng, damage: str
) -> None:
    faces = {"faces": rng.random((1, 3, 48, 48), np.float32)}
    engine = opened(recipe, source())
    wanted = engine.run(faces)["vectors"]
    engine.close()
    (folder,) = own_cache.iterdir()
    blobs = list((folder / cache.COMPILED).glob("*.blob"))
    assert blobs
    for blob in blobs:
        data = blob.read_bytes()
        half = len(data) // 2
        blob.write_bytes(data[:half] if damage == "cut" else data[:half] + data[half:][::-1])
    again = opened(recipe, source())
    assert np.array_equal(again.run(faces)["vectors"], wanted)
    again.close()


def test_the_key_holds_what_the_engine_is_made_of(recipe: Recipe) -> None:
    key = openvino_key(recipe, source(), "p", "float32", "residual")
    others = [
        openvino_key(recipe, source(weights="v"), "p", "float32", "residual"),
        openvino_key(recipe, source(), "q", "float32", "residual"),
        openvino_key(recipe, source(), "p", "bfloat16", "residual"),
        openvino_key(recipe, source(), "p", "float32", "merged"),
        openvino_key(replace(recipe, sha256="x"), source(), "p", "float32", "residual"),
    ]
    assert len({key.digest, *(other.digest for other in others)}) == 6
    assert key.library.startswith("openvino 2")
    assert "torch 2." in key.library
    assert key.device.startswith("CPU, ")


def test_a_precision_without_a_bound_is_refused(recipe: Recipe) -> None:
    strict = replace(recipe, allowed_error={"float32": AllowedError(1e-5, 0.0)})
    with pytest.raises(EngineRefusedError, match="bfloat16"):
        opened(strict, source(), precision="bfloat16")


@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_the_exported_program_takes_every_batch(recipe: Recipe, n: int) -> None:
    program = export_module(Face(), recipe, {})
    faces = torch.rand(n, 3, 48, 48)
    assert torch.allclose(program.module()(faces), Face()(faces), atol=1e-6)


def test_comparing() -> None:
    allowed = AllowedError(0.1, 0.1)
    ones = np.ones((2, 3), np.float32)
    assert compare("x", ones + 0.19, ones, allowed).passed
    assert not compare("x", ones + 0.21, ones, allowed).passed
    assert not compare("x", np.full((2, 3), np.nan, np.float32), ones, allowed).passed
    assert not compare("x", ones[:1], ones, allowed).passed
    assert compare("x", ones, ones, AllowedError(0.0, 0.0)).passed
