"""No fallback slips into a measurement."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from live_emotion.bench.encoders import bench_encoders
from live_emotion.bench.opened import describe_engines, open_encoders, refuse_fallback
from live_emotion.bench.peers import bench_peers
from live_emotion.bench.window import bench_window
from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS
from tests.runtime.small_preset import SMALL

RAN = {"engine": "openvino", "precision": "float32", "form": ""}


def meta(engine: str, *notes: str) -> dict[str, Any]:
    return {"notes": list(notes), "engines": {"audio_piece": RAN | {"engine": engine}}}


def test_a_refused_engine_ends_the_measurement() -> None:
    refuse_fallback(meta("openvino", "face: untrained weights"), "auto")
    refuse_fallback(meta("torch"), "auto")
    with pytest.raises(UserError, match="off by 3"):
        refuse_fallback(
            meta("torch", "OpenVINO refused for audio_piece (off by 3), PyTorch used"), "auto"
        )


def test_what_was_asked_for_must_run() -> None:
    refuse_fallback(meta("openvino"), "openvino")
    with pytest.raises(UserError, match="audio_piece runs on torch, not on openvino"):
        refuse_fallback(meta("torch"), "openvino")


def test_encoders_are_described_as_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    with open_encoders("small", "torch", ("vision_face",)) as encoders:
        assert describe_engines(encoders) == {
            "vision_face": {"engine": "torch", "precision": "float32", "form": "residual"}
        }


@pytest.mark.parametrize("bench", [bench_window, bench_encoders, bench_peers])
def test_one_network_for_all_has_no_encoders_to_measure(bench: Callable[..., Any]) -> None:
    with pytest.raises(UserError, match="mult judges face, voice and words at once"):
        bench("live+joint=mult", "torch", 1)
