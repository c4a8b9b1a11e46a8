from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from live_emotion.models.presets import PRESETS
from live_emotion.runtime import cpu, inspect
from live_emotion.runtime.encoders import EncoderSet


def test_the_facts_of_this_machine(small: object, engine_cache: Path) -> None:
    with EncoderSet.open("small", "openvino", threads=1):
        pass
    facts = inspect.inspect_runtime()
    assert facts.cpu.name
    assert facts.cpu.cores >= 1
    assert facts.openvino.problem == ""
    assert any(device.startswith("CPU: ") for device in facts.openvino.devices)
    assert facts.torch.version == torch.__version__
    assert facts.engines_folder == engine_cache / "engines"
    mine = {"preset": "small", "encoder": "text", "precision": "float32"}
    engine = next(e for e in facts.engines if mine.items() <= e.key.items())
    assert engine.whole
    assert not engine.refused
    assert engine.size_mb > 0
    assert engine.error is not None


def test_the_state_of_each_weights_file(small: object, small_weights: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(small_weights, tmp_path / "weights"))
    (folder / "small-audio.safetensors").write_bytes(b"broken")
    (folder / "small-text.safetensors").unlink()
    facts = {(f.preset, f.part): f for f in inspect.inspect_weights(folder)}
    assert len(facts) == 5 * len(PRESETS)
    assert facts["small", "vision"].state == "trained"
    assert facts["small", "audio"].state == "damaged"
    assert "restore" in facts["small", "audio"].message
    assert facts["small", "text"].state == "damaged"
    assert "is missing" in facts["small", "text"].message
    assert facts["small", "fusion"].state == "missing"
    assert facts["paper", "vision"].state == "missing"


def test_a_library_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    facts = inspect.inspect_torch()
    assert facts.version.startswith("2.")
    assert "does not load" in facts.problem


def test_processor_features_by_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = "processor : 0\nmodel name\t: Some CPU @ 2 GHz\nflags\t\t: fpu avx2 avx512f amx_int8\n"
    (tmp_path / "cpuinfo").write_text(text)
    monkeypatch.setattr(cpu, "Path", lambda _: tmp_path / "cpuinfo")
    cpu.cpu_name.cache_clear()
    cpu.cpu_features.cache_clear()
    try:
        assert cpu.cpu_name() == "Some CPU @ 2 GHz"
        assert cpu.cpu_features() == ("avx2", "avx512", "amx_int8")
    finally:
        cpu.cpu_name.cache_clear()
        cpu.cpu_features.cache_clear()
