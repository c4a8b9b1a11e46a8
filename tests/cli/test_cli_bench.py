"""The bench command: options in, a table or JSON out."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from live_emotion.cli.bench_table import print_bench
from live_emotion.models.presets import PRESETS
from tests.cli.conftest import Invoke
from tests.runtime.small_preset import SMALL


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    # V2EM itself takes seconds a window.
    monkeypatch.setattr("live_emotion.bench.window.V2EM", "small")


def test_window_as_json(invoke: Invoke) -> None:
    done = invoke(
        *("bench", "window", "--preset", "small", "--engine", "torch", "--repeat", "2", "--json")
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["bench"] == "window"
    assert report["tick_ms"] > 0.0
    assert report["machine"]["cpu"]


def test_reports_as_tables() -> None:
    ran = {"engine": "openvino", "precision": "float32", "form": "residual"}
    row = {
        **ran,
        **{"encoder": "vision_face", "chosen": False, "median_ms": 2.5, "p95_ms": 3.5, "runs": 9},
        **{"chosen_times_less": 1.7, "chosen_times_less_interval": [1.5, 1.9]},
        **{"mmac": 55.4, "weights_mb": 3.0, "outputs_mb": 1.3, "best_ms": 0.6},
    }
    part = {"per_media_s": 0.0123, "calls": 7, "beside_the_flow": True}
    report = {
        "bench": "everything",
        "parts": {
            "encoders": {"bench": "encoders", "encoders": [row]},
            "window": {"bench": "window", "tick_ms": 4.5, "tick_vs_window_interval": [5.0, 6.0]},
            "replay": {
                "bench": "replay",
                "times_real_time": 6.5,
                "engines": {"vision_face": ran},
                "profile": {"wall_s": 3.0, "cores_used": 1.6, "parts": {"whisper": part}},
            },
            "live": {"bench": "live", "reason": "no Xvfb", "latency_p95_ms": None},
        },
        "machine": {
            **{"cpu": "a processor", "cores": 2, "memory_gb": 25.3, "system": "Linux"},
            **{"busy_share": 0.25, "libraries": {"torch": "2.13.0", "PyQt6": ""}},
        },
    }
    out = io.StringIO()
    print_bench(report, Console(file=out, width=160))
    for words in (
        "vision_face ran on openvino float32 residual",
        "1.7 (1.5 to 1.9)",
        "5.0 to 6.0",
        "whisper (beside the flow)",
        "no Xvfb",
        "a processor, 2 cores, 25.3 GB, Linux; others took 25% of it",
        "libraries: torch 2.13.0\n",
    ):
        assert words in out.getvalue()


def test_an_unknown_preset_is_one_sentence(invoke: Invoke) -> None:
    done = invoke("bench", "window", "--preset", "huge")
    assert done.exit_code == 2
    assert "There is no preset" in done.stderr
