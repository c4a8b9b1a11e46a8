"""Choosing the fastest engine that passes: with engines that are made up, and with real ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.runtime import cache, choosing, opening
from live_emotion.runtime.choosing import Chooser, fastest
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import Engine, EngineInfo
from live_emotion.runtime.news import news_to
from live_emotion.runtime.recipe import AllowedError, Recipe
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.remembered import Candidate, choices
from live_emotion.runtime.timing import Timing, time_engines, typical_inputs
from tests.runtime.test_build import source

F32 = Candidate("openvino", "float32", "residual")
MERGED = Candidate("openvino", "float32", "merged")
BF16 = Candidate("openvino", "bfloat16", "residual")
TORCH = Candidate("torch", "float32", "residual")


def at(ms: float) -> Timing:
    return Timing(ms * 1.5, ms)


def test_a_clear_margin_decides() -> None:
    assert fastest({}) is None
    assert fastest({F32: at(1.0), BF16: at(0.95)}) == F32
    assert fastest({F32: at(1.0), BF16: at(0.8)}) == BF16
    assert fastest({F32: at(1.0), MERGED: at(0.7), BF16: at(0.68)}) == MERGED
    assert fastest({F32: at(1.0), TORCH: at(0.7)}) == F32
    assert fastest({F32: at(1.0), TORCH: at(0.5)}) == TORCH


@dataclass
class Made:
    """An engine that adds an error to what `Face` gives."""

    info: EngineInfo
    error: float
    closed: bool = False

    def run(self, inputs: Any) -> dict[str, Any]:
        reference = source().reference(load_recipe("vision_face"))
        return {"vectors": reference.run(inputs)["vectors"] + np.float32(self.error)}

    def close(self) -> None:
        self.closed = True


@dataclass
class MadeKit:
    """A kit whose engines are off by a given error."""

    errors: dict[str, float]
    name: str = "openvino"
    built: list[str] = field(default_factory=list)

    def refusal(self, recipe: Recipe, precision: str) -> str:
        return "" if precision in self.errors else f"no {precision} here"

    def library(self) -> str:
        return "made up 1"

    def device(self) -> str:
        return "a machine"

    def build(self, recipe: Any, what: Any, precision: str, folder: Path, exact: Any) -> None:
        self.built.append(precision)
        (folder / "engine.txt").write_text(precision)

    def open(
        self, folder: Any, recipe: Any, what: Any, precision: Any, form: Any, threads: int, **_: Any
    ) -> Made:
        return Made(EngineInfo(self.name, precision, form, "vision_face"), self.errors[precision])


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path))
    return tmp_path / "engines"


@pytest.fixture
def speeds(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float]]:
    """Milliseconds by precision, as if they had been measured."""
    given = {"float32": 3.0, "bfloat16": 2.0, "int8": 1.0}

    def timed(engines: Sequence[Engine], *_: Any, **__: Any) -> list[Timing]:
        return [at(given[e.info.precision]) for e in engines]

    monkeypatch.setattr(choosing, "time_engines", timed)
    yield given


def chooser(kit: MadeKit, **more: Any) -> Chooser:
    recipe = load_recipe("vision_face")
    loose = AllowedError(0.05, 0.0)
    recipe = replace(
        recipe, allowed_error={**recipe.allowed_error, "bfloat16": loose, "int8": loose}
    )
    options: dict[str, Any] = {"forms": ("residual",)}
    kits: Any = {"openvino": kit}
    return Chooser(recipe, "p", 1, kits, lambda form: source(), None, **(options | more))


def test_the_fastest_that_passes_is_taken_and_remembered(
    speeds: dict[str, float], own_cache: Path
) -> None:
    kit = MadeKit({"float32": 0.0, "bfloat16": 0.01, "int8": 0.2})
    engine, choice = chooser(kit).open()
    assert engine is not None
    assert engine.info.precision == "bfloat16"
    refused = {m.candidate.precision: m.refusal for m in choice.tried if m.refusal}
    assert list(refused) == ["int8"]
    assert "off by 0.2" in refused["int8"]
    assert kit.built == ["float32", "bfloat16", "int8"]
    # The loser leaves; the refusal stays, so that it is not built again.
    left = {e.key["precision"]: e.facts["refused"] for e in cache.entries()}
    assert left == {"bfloat16": False, "int8": True}
    again, same = chooser(kit).open()
    assert again is not None
    assert again.info.precision == "bfloat16"
    assert same == choice
    assert kit.built == ["float32", "bfloat16", "int8"]


def test_other_conditions_make_another_choice(speeds: dict[str, float]) -> None:
    kit = MadeKit({"float32": 0.0, "bfloat16": 0.0})
    assert chooser(kit).open()[1].chosen == BF16
    assert chooser(kit, precisions=("float32",)).open()[1].chosen == F32
    speeds["bfloat16"] = 2.9
    assert chooser(kit).open()[1].chosen == BF16  # remembered
    other = replace(chooser(kit), threads=2)
    assert other.open()[1].chosen == F32
    assert len(choices()) == 3


def test_an_engine_that_fails_later_is_chosen_anew(speeds: dict[str, float]) -> None:
    kit = MadeKit({"float32": 0.0, "bfloat16": 0.0})
    assert chooser(kit).open()[1].chosen == BF16
    cache_folder = next(e.folder for e in cache.entries() if e.key["precision"] == "bfloat16")
    for file in cache_folder.iterdir():
        file.unlink()
    cache_folder.rmdir()
    kit.errors["bfloat16"] = 9.0
    engine, choice = chooser(kit).open()
    assert engine is not None
    assert choice.chosen == F32


def test_with_nothing_that_passes_there_is_no_engine(speeds: dict[str, float]) -> None:
    engine, choice = chooser(MadeKit({"float32": 5.0})).open()
    assert engine is None
    assert choice.chosen is None
    assert choice.tried[0].refusal.startswith("off by 5")


def test_an_engine_that_cannot_be_built_is_a_refusal(
    speeds: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = MadeKit({"float32": 0.0, "bfloat16": 0.0})
    real = kit.build

    def build(recipe: Any, what: Any, precision: str, folder: Path, exact: Any) -> None:
        if precision == "bfloat16":
            raise RuntimeError("the compiler\ngave up")
        real(recipe, what, precision, folder, exact)

    monkeypatch.setattr(kit, "build", build)
    _, choice = chooser(kit).open()
    assert choice.chosen == F32
    assert [m.refusal for m in choice.tried if m.refusal] == [
        "it could not be built: the compiler gave up"
    ]


def test_auto_on_real_engines(
    small: Preset, engine_cache: Path, rng, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(engine_cache))
    lines: list[str] = []
    with (
        news_to(lines.append),
        EncoderSet.open("small", "auto", threads=1, only=("vision_sequence",)) as first,
    ):
        ran = first.engines["vision_sequence"].info
    # Another test may have left one of the engines in the cache; it is chosen from all the same.
    assert all(line.startswith("building vision_sequence openvino ") for line in lines)
    lines.clear()
    with (
        news_to(lines.append),
        EncoderSet.open("small", "auto", threads=1, only=("vision_sequence",)) as second,
        EncoderSet.open("small", "torch", threads=1, only=("vision_sequence",)) as exact,
    ):
        assert second.engines["vision_sequence"].info == ran
        vectors = rng.normal(size=(12, 64)).astype(np.float32)
        present = np.ones(12, bool)
        got = second.vision_sequence(vectors, present)
        assert np.allclose(got, exact.vision_sequence(vectors, present), atol=0.05)
    assert lines == []


def test_what_no_engine_runs_falls_back_with_one_line(
    small: Preset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "kits_here", lambda: {"openvino": MadeKit({"float32": 7.0})})
    with EncoderSet.open("small", "auto", threads=1, only=("audio_sequence",)) as encoders:
        assert encoders.engines["audio_sequence"].info.name == "torch"
        (line,) = [n for n in encoders.notes if "refused" in n]
        assert line.startswith("OpenVINO refused for audio_sequence (")
        assert line.endswith("), PyTorch used")
    with pytest.raises(UserError, match="No engine runs face_finder"):
        EncoderSet.open("small", "auto", threads=1, only=("face_finder",))


def test_timing_goes_in_turns() -> None:
    recipe = load_recipe("vision_face")
    order: list[str] = []

    class Noted(Made):
        def run(self, inputs: Any) -> dict[str, Any]:
            order.append(self.info.precision)
            return {}

    engines = [
        Noted(EngineInfo("openvino", p, "", "vision_face"), 0.0) for p in ("float32", "int8")
    ]
    inputs = typical_inputs(recipe, {})
    assert inputs["faces"].shape == (2, 3, 48, 48)
    times = time_engines(engines, inputs, warm_up=0, fewest=3, most=3)
    assert order == ["float32", "int8"] * 3
    assert all(0.0 < t.least <= t.median for t in times)
