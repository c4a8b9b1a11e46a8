"""All architectures side by side, of small sizes."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from live_emotion.bench.compare import PAPER, bench_compare
from live_emotion.bench.size import measure_size
from live_emotion.cli.compare_table import print_compare
from live_emotion.core.errors import UserError
from live_emotion.models.architectures import ARCHITECTURES, choose
from live_emotion.models.presets import PRESETS, PUBLISHED, preset_named
from tests.models.test_field import SMALL_FE2E, SMALL_V2EM
from tests.runtime.small_preset import SMALL, write_bert, write_weights
from tests.training.field_data import write_field


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setitem(PUBLISHED, "v2em", replace(SMALL_V2EM, name="v2em"))
    monkeypatch.setitem(PUBLISHED, "fe2e", replace(SMALL_FE2E, name="fe2e"))
    write_weights(tmp_path)
    write_bert(tmp_path)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path))


def test_every_architecture_is_measured(
    small: None, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    # Of the made-up faces and voices there are fewer kinds of pairs than this.
    monkeypatch.setattr("live_emotion.training.equal_budget.PAIRS", 140)

    data = write_field(tmp_path_factory.mktemp("field"), each=2)
    lines: list[str] = []
    report = bench_compare("small", "torch", 2, data=data, steps=2, device="cpu", told=lines.append)
    rows = report["architectures"]
    heard = dict(line.split(": accuracy ") for line in lines if ": accuracy " in line)
    assert {name: float(value) for name, value in heard.items()} == pytest.approx(
        {row["architecture"]: row["accuracy"] for row in rows}, abs=1e-3
    )
    assert lines.index("opening rfam") < lines.index("2 rounds of windows and ticks")
    assert [row["architecture"] for row in rows] == list(ARCHITECTURES)
    for row in rows:
        assert row["parameters"] > 0 and row["gmac"] > 0
        # A tick computes part of what a window computes; with networks this small, nearly all.
        assert row["tick_ms"] > 0 and row["window_ms"] > 0
        assert 0.0 <= row["accuracy"] <= 1.0
        assert row["paper"] == PAPER[row["architecture"]]
    assert {row["weights"].get("mult") for row in rows} == {None, "untrained"}
    assert report["steps"] == 2
    for name in ("window_share_of_v2em", "window_share_of_fe2e", "tick_share_of_v2em_window"):
        low, high = report[f"{name}_interval"]
        assert 0 < low <= report[name] * 1.001 and report[name] <= high * 1.001
    console = Console(record=True, width=160, file=io.StringIO())
    report["machine"] = {"cpu": "made up", "cores": 2}
    print_compare(report, console)
    text = console.export_text()
    assert "85.28" in text and "111.69" in text and "lf-trans" in text


def test_what_would_fail_at_the_end_is_told_at_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    with pytest.raises(UserError, match=r"no faces_train\.npz in"):
        bench_compare("live", "torch", 1, data=tmp_path, told=told.append)
    for name in ("faces_train.npz", "faces_valid.npz", "audio.csv"):
        (tmp_path / name).touch()
    monkeypatch.setattr("live_emotion.bench.compare.cuda_problem", lambda: "there is no card")
    with pytest.raises(UserError, match=r"--device cuda \(there is no card\): choose auto"):
        bench_compare("live", "torch", 1, data=tmp_path, device="cuda", told=told.append)
    with pytest.raises(UserError, match="no preset “nope”"):
        bench_compare("nope", "torch", 1, told=told.append)
    assert told == []


def test_sizes_are_the_published_ones() -> None:
    v2em = measure_size(choose("v2em"), preset_named("v2em"))
    paper = measure_size(choose("rfam", "paper"), preset_named("paper"))
    # Two of the three encoders in a window of twelve ticks; the words are the same in both.
    assert v2em[1] > 5 * paper[1]
    assert 110e6 < v2em[0] < 130e6
    joint = measure_size(choose("mult"), preset_named("live"))
    assert joint[0] < 2e6 and joint[1] < 0.1
