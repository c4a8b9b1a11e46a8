"""CUDA, TensorRT and TensorRT-RTX: what can be tested without a card, and what needs one.

Without one: exported programs and ONNX files of every encoder at several sizes against PyTorch,
half precision on the processor, shape profiles, keys, refusals and the sentences they come in.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.runtime import kits, nvidia, onnx_engine, tensorrt_engine
from live_emotion.runtime.build import EngineRefusedError, engine_key, open_engine
from live_emotion.runtime.check import checked_sizes, draw_inputs
from live_emotion.runtime.cuda_engine import CudaEngine, CudaKit, fused
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName, EngineInfo, Precision
from live_emotion.runtime.half import InFull, casts, computed_in, in_half
from live_emotion.runtime.onnx_engine import OnnxEngine, RtxKit, shape_options, write_onnx
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.openvino_convert import export_module
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.tensorrt_engine import TensorRtEngine, TensorRtKit, profiles
from live_emotion.runtime.weights import find_branches

ENCODERS: tuple[EncoderName, ...] = (
    "vision_face",
    "vision_sequence",
    "audio_piece",
    "audio_sequence",
    "text",
)
needs_card = pytest.mark.skipif(bool(nvidia.cuda_problem()), reason="there is no NVIDIA card")
LIMITS = {"vocabulary": 500}


@pytest.fixture
def opener(small: Preset) -> Opener:
    return Opener(small, find_branches("small"), EngineOptions("openvino", 1))


def all_inputs(recipe: Recipe) -> list[dict[str, Any]]:
    """Random input at the sizes a check tries, and at the ends of every dimension."""
    rng = np.random.default_rng(4)
    ends = [
        dict(zip(recipe.dims, sizes, strict=True))
        for sizes in itertools.product(*((d.min, d.max) for d in recipe.dims.values()))
    ]
    return [draw_inputs(recipe, sizes, LIMITS, rng) for sizes in (*checked_sizes(recipe), *ends)]


def worst(engine: Any, wanted: Any, recipe: Recipe) -> float:
    """Largest difference, as a share of what the recipe allows in the engine's precision."""
    allowed = recipe.allowed_error[engine.info.precision]
    share = 0.0
    for inputs in all_inputs(recipe):
        got, right = engine.run(inputs), wanted.run(inputs)
        for name in right:
            assert got[name].shape == right[name].shape
            assert got[name].dtype == np.float32
            bound = allowed.absolute + allowed.relative * float(np.abs(right[name]).max())
            share = max(share, float(np.abs(got[name] - right[name]).max()) / bound)
    return share


@pytest.mark.parametrize("encoder", ENCODERS)
def test_an_exported_program_takes_every_size(opener: Opener, encoder: EncoderName) -> None:
    """What TensorRT gets to compile computes what the network does, whatever the size."""
    precision: Precision = "float16"
    recipe = load_recipe(encoder)
    source = opener.source(recipe, recipe.forms[-1])
    program = export_module(
        computed_in(fused(source.module()), precision), recipe, source.limits
    ).module()
    engine = TensorRtEngine(program, recipe, precision, device="cpu")
    assert worst(engine, source.reference(recipe), recipe) <= 1.0


@pytest.mark.parametrize("encoder", ENCODERS)
def test_half_precision_stays_within_the_recipe(opener: Opener, encoder: EncoderName) -> None:
    recipe = load_recipe(encoder)
    source = opener.source(recipe, recipe.forms[0])
    engine = CudaEngine(fused(source.module()), recipe, "float16", device="cpu")
    share = worst(engine, source.reference(recipe), recipe)
    assert 0.0 < share <= 1.0
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.run(all_inputs(recipe)[0])


def test_norms_stay_in_float32(opener: Opener) -> None:
    network = opener.networks.module("audio_piece", "audio", "")
    before = {name: value.clone() for name, value in network.state_dict().items()}
    half = in_half(network)
    norms = [m for m in casts(half) if isinstance(m, InFull)]
    assert norms
    assert all(p.dtype == torch.float32 for m in norms for p in m.parameters())
    linear = [m for m in half.modules() if isinstance(m, torch.nn.Linear)]
    assert all(m.weight.dtype == torch.float16 for m in linear)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items()), "a copy"
    with pytest.raises(ValueError, match="neither"):
        computed_in(network, "int8")


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_onnx_equals_pytorch(
    opener: Opener, encoder: EncoderName, precision: Precision, tmp_path: Path
) -> None:
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    import onnxruntime

    recipe = load_recipe(encoder)
    source = opener.source(recipe, recipe.forms[0])
    path = tmp_path / "engine.onnx"
    write_onnx(recipe, source, precision, path)
    onnx.checker.check_model(str(path), full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    assert [given.name for given in session.get_inputs()] == [s.name for s in recipe.inputs]
    engine = OnnxEngine(session, recipe, EngineInfo("rtx", precision, "", encoder))
    assert worst(engine, source.reference(recipe), recipe) <= 1.0
    engine.close()
    with pytest.raises(RuntimeError, match="closed"):
        engine.run(all_inputs(recipe)[0])


def test_shape_profiles() -> None:
    assert profiles(load_recipe("text")) == {
        "ids": {"min_shape": (1, 8), "opt_shape": (1, 32), "max_shape": (1, 128)},
        "mask": {"min_shape": (1, 8), "opt_shape": (1, 32), "max_shape": (1, 128)},
    }
    assert shape_options(load_recipe("vision_face")) == {
        "nv_profile_min_shapes": "faces:1x3x48x48",
        "nv_profile_opt_shapes": "faces:2x3x48x48",
        "nv_profile_max_shapes": "faces:64x3x48x48",
    }
    assert shape_options(load_recipe("audio_sequence")) == {}


@pytest.mark.parametrize("kit", [CudaKit(), TensorRtKit(), RtxKit()])
def test_keys_tell_cards_and_versions_apart(
    opener: Opener, kit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = load_recipe("text")
    source = opener.source(recipe, "")
    seen = set()
    for name, library in (("A, sm_90", "1"), ("B, sm_86", "1"), ("A, sm_90", "2")):
        monkeypatch.setattr(kit, "device", lambda n=name: n)
        monkeypatch.setattr(kit, "library", lambda v=library: v)
        for precision in ("float32", "float16"):
            seen.add(engine_key(kit, recipe, source, "small", precision, "").digest)
    assert len(seen) == 6


@pytest.mark.parametrize("kit", [CudaKit(), TensorRtKit(), RtxKit()])
def test_refusals_without_a_card(opener: Opener, kit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    without_card(monkeypatch)
    recipe = load_recipe("text")
    assert "no NVIDIA card" in kit.refusal(recipe, "float16")
    assert "int8" in kit.refusal(recipe, "int8")
    assert kit.refusal(load_recipe("face_finder"), "float16")
    with pytest.raises(EngineRefusedError, match="no NVIDIA card"):
        open_engine(
            kit,
            recipe,
            opener.source(recipe, ""),
            preset="small",
            precision="float16",
            form="",
            threads=1,
        )


def without_card(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (kits, onnx_engine):
        monkeypatch.setattr(module, "nvidia_driver", lambda: False)
    for module in (kits, tensorrt_engine):
        monkeypatch.setattr(module, "cuda_problem", lambda: "there is no NVIDIA card")
    monkeypatch.setattr("live_emotion.runtime.cuda_engine.cuda_problem", lambda: "no NVIDIA card")


@pytest.mark.parametrize("engine", ["cuda", "tensorrt", "rtx", "cuda:float32"])
def test_an_engine_asked_for_without_a_card_is_one_clear_line(
    small: Preset, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    without_card(monkeypatch)
    with pytest.raises(UserError, match=r"engine cannot run \(there is no NVIDIA card.*auto"):
        EncoderSet.open("small", engine, threads=1, only=("text",))


def test_auto_asks_no_library_where_there_is_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    without_card(monkeypatch)
    assert list(kits.kits_here()) == ["openvino"]
    monkeypatch.setattr(kits, "nvidia_driver", lambda: True)
    monkeypatch.setattr(kits, "cuda_problem", lambda: "")
    monkeypatch.setattr(kits, "importable", lambda _: True)
    assert list(kits.kits_here()) == ["openvino", "cuda", "tensorrt", "rtx"]


def test_libraries_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch_tensorrt", None)
    tensorrt_engine.torch_tensorrt.cache_clear()
    with pytest.raises(UserError, match=r"pip install 'live-emotion\[tensorrt\]'"):
        tensorrt_engine.torch_tensorrt()
    monkeypatch.setitem(sys.modules, onnx_engine.PLUGIN, None)
    with pytest.raises(UserError, match=r"pip install 'live-emotion\[rtx\]'"):
        onnx_engine._devices()


@pytest.mark.gpu
@needs_card
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("precision", ["float32", "float16"])
def test_cuda_on_a_card(opener: Opener, encoder: EncoderName, precision: Precision) -> None:
    recipe = load_recipe(encoder)
    source = opener.source(recipe, recipe.forms[0])
    engine = CudaEngine(fused(source.module()), recipe, precision)
    assert worst(engine, source.reference(recipe), recipe) <= 1.0
    assert worst(engine, source.reference(recipe), recipe) <= 1.0, "replayed graphs"


@pytest.mark.gpu
@needs_card
@pytest.mark.parametrize("engine", ["tensorrt", "rtx"])
@pytest.mark.parametrize("encoder", ENCODERS)
def test_compiled_on_a_card(opener: Opener, encoder: EncoderName, engine: Any) -> None:
    pytest.importorskip("torch_tensorrt" if engine == "tensorrt" else onnx_engine.PLUGIN)
    recipe = load_recipe(encoder)
    for _ in range(2):  # built, then from the cache
        made = opener.asked(recipe, engine, "float16", recipe.forms[0])
        assert worst(made, opener.source(recipe, recipe.forms[0]).reference(recipe), recipe) <= 1
        made.close()
