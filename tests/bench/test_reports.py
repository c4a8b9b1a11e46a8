"""What the measurements report, with small networks."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from live_emotion.bench import encoders
from live_emotion.bench.clip import demo_clip, looped
from live_emotion.bench.encoders import bench_encoders
from live_emotion.bench.machine import describe_machine
from live_emotion.bench.stopwatch import Stopwatch
from live_emotion.bench.window import bench_window
from live_emotion.capture.media_file import MediaFile
from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.models.presets import PRESETS
from live_emotion.runtime.engine import ENCODERS
from tests.runtime.small_preset import SMALL


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setitem(PRESETS, "small", SMALL)
    # V2EM itself takes seconds a window.
    monkeypatch.setattr("live_emotion.bench.window.V2EM", "small")
    return "small"


def test_a_tick_against_the_window(small: str) -> None:
    report = bench_window(small, "torch", repeat=3)
    for key in (
        "tick_ms",
        "window_ms",
        "tick_vs_window",
        "tick_vs_eager_window",
        "tick_vs_v2em_window",
    ):
        assert report[key] > 0.0
    low, high = report["tick_vs_window_interval"]
    assert low <= report["tick_vs_window"] <= high
    assert set(report["weights"].values()) == {"untrained"}
    assert report["engines"]["audio_piece"]["engine"] == "torch"


def test_every_encoder_on_every_engine(small: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # OpenVINO takes a minute to build them all on a busy machine: here only for the face finder.
    monkeypatch.setattr(encoders, "_ENGINES", ("torch",))
    report = bench_encoders(small, "torch", repeat=2)
    rows: list[dict[str, Any]] = report["encoders"]
    assert {row["encoder"] for row in rows} == set(ENCODERS)
    for name, group in itertools.groupby(rows, key=lambda row: row["encoder"]):
        ran = list(group)
        assert sum(row["chosen"] for row in ran) == 1
        engines = {row["engine"] for row in ran}
        # The face finder comes as ONNX, which PyTorch does not read.
        assert engines == ({"openvino"} if name == "face_finder" else {"torch"})
        assert all(0.0 < row["median_ms"] <= row["p95_ms"] for row in ran)


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert machine["cores"] >= 1
    assert machine["libraries"]["numpy"]
    assert 0.0 <= machine["busy_share"] <= 1.0


def test_a_clip_is_looped_without_a_seam(tmp_path: Path) -> None:
    path = looped(demo_clip(), tmp_path / "long.mp4", 26.0)
    with MediaFile(path) as media:
        assert (media.info.width, media.info.height) == (1280, 720)
        frames: list[float] = []
        sound = 0
        for event in media.events():
            # Nothing is damaged: a seam would be told as a device event.
            assert isinstance(event, VideoFrame | AudioBlock)
            if isinstance(event, VideoFrame):
                frames.append(event.t)
            else:
                sound += len(event.samples)
    assert frames[-1] == pytest.approx(26.0, abs=0.3)
    assert sound / 16_000 == pytest.approx(26.0, abs=0.3)
    assert max(b - a for a, b in itertools.pairwise(frames)) < 0.2


def test_a_stopwatch_adds_up() -> None:
    now = itertools.count(0.0, 0.5)
    watch = Stopwatch(lambda: next(now))
    for _ in range(3):
        with watch.part("decoding"):
            pass
    assert watch.seconds == {"decoding": pytest.approx(1.5)}
    assert watch.calls == {"decoding": 3}
