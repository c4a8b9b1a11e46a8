"""The bench command: options in, a table or JSON out."""

from __future__ import annotations

import json

import pytest

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


def test_window_as_a_table(invoke: Invoke) -> None:
    done = invoke("bench", "window", "--preset", "small", "--engine", "torch", "--repeat", "2")
    assert done.exit_code == 0, done.output
    for part in ("tick_vs_window", "vision_face ran on torch float32 residual", "machine:"):
        assert part in done.stdout


def test_an_unknown_preset_is_one_sentence(invoke: Invoke) -> None:
    done = invoke("bench", "window", "--preset", "huge")
    assert done.exit_code == 2
    assert "There is no preset" in done.stderr
