"""Comparing logs, and summing them up."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from live_emotion.core.estimate import DeviceEvent, Marker
from live_emotion.session import read
from live_emotion.session.compare import comparable, differences
from live_emotion.session.summary import summarise
from live_emotion.session.writer import SessionWriter
from tests.session import samples

HAPPY = (0.8, 0.1, 0.1, 0.1, 0.1, 0.1)
SAD = (0.2, 0.6, 0.1, 0.1, 0.1, 0.1)


def write(folder: Path, *, latency: float = 1.0, wall: float = 1.0, third: float = 0.6) -> Path:
    with SessionWriter(folder, samples.META) as writer:
        for tick, scores in enumerate([HAPPY, HAPPY, (0.2, third, 0.1, 0.1, 0.1, 0.1)]):
            made = dataclasses.replace(samples.estimate(tick, scores), latency_ms=latency)
            writer.estimate(made)
        writer.health(samples.health(wall))
        writer.end(samples.Counts(wall_s=wall), clean=True)
    return folder


def test_logs_that_differ_in_timing_alone_are_equal(tmp_path: Path) -> None:
    a = write(tmp_path / "a")
    b = write(tmp_path / "b", latency=99.0, wall=7.0)
    assert comparable(a) == comparable(b)
    assert differences(a, b) == []
    assert len(comparable(a)) == 5


def test_a_score_that_differs_is_found(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a"), write(tmp_path / "b", third=0.61)
    found = differences(a, b)
    fields = ("branches", "change", "interval", "scores")
    for sentence, field in zip(found, fields, strict=True):
        assert sentence.startswith(f"Record 4 (estimate), {field}:")


def test_a_record_that_is_missing_is_found(tmp_path: Path) -> None:
    a, b = write(tmp_path / "a"), tmp_path / "b"
    with SessionWriter(b, samples.META) as writer:
        for tick in range(2):
            writer.estimate(samples.estimate(tick, HAPPY))
    found = differences(a, b)
    assert found == [f"Record 4 stands only in {a}.", f"Record 5 stands only in {a}."]


def test_a_summary_has_shares_means_peaks_and_runs(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", samples.META) as writer:
        writer.estimate(samples.estimate(0, HAPPY))
        writer.transcript(samples.words("kids", final=False))
        writer.estimate(samples.estimate(1, SAD, face=False))
        writer.transcript(samples.words("kids are"))
        writer.estimate(samples.estimate(2, (0.4, 0.7, 0.1, 0.1, 0.1, 0.1)))
        writer.transcript(samples.words("talking", 1.0))
        writer.estimate(samples.silence(3))
        writer.marker(Marker(0.5, "here"))
        writer.device(DeviceEvent(0.1, "clip", "damaged", "x"))
        writer.end(
            samples.Counts(40, 4, 4, {"video_frames": 1}, 1.6, 0.4),
            clean=True,
            stopped="interrupted",
        )
    summary = summarise(read(tmp_path / "s"))
    assert summary.source == "clip.mp4"
    assert summary.duration_s == pytest.approx(1.6)
    assert (summary.estimates, summary.partial, summary.frames_read) == (4, 4, 40)
    assert summary.face == 0.5
    assert summary.branches == {"vision": 0.5, "audio": 0.75, "text": 0.0}
    sad = summary.emotions["sad"]
    assert sad.mean == pytest.approx((0.1 + 0.6 + 0.7) / 3, abs=1e-4)
    assert (sad.peak, sad.peak_t) == pytest.approx((0.7, 1.2), abs=1e-4)
    assert sad.leading == pytest.approx(2 / 3)
    assert [(r.emotion, r.t0, r.t1) for r in summary.runs] == [
        *(("happy", 0.0, 0.4), ("sad", 0.4, 1.2), (None, 1.2, 1.6))
    ]
    assert summary.runs[1].mean == pytest.approx(0.65, abs=1e-4)
    assert summary.transcript == "kids are talking"
    assert summary.markers == ((0.5, "here"),)
    assert summary.dropped["video_frames"] == 1
    assert summary.speed == pytest.approx(4.0)
    assert summary.stopped == "interrupted"
    assert summary.notes == ("voice: x",)
    as_dict = json.loads(json.dumps(summary.to_dict(), allow_nan=False))
    assert as_dict["runs"][2]["mean"] is None
    assert as_dict["emotions"]["happy"]["peak"] == 0.8


def test_the_summary_of_nothing_has_no_figures(tmp_path: Path) -> None:
    SessionWriter(tmp_path / "s", {}).close()
    as_dict = summarise(read(tmp_path / "s")).to_dict()
    assert as_dict["estimates"] == 0
    assert as_dict["face"] is None
    assert as_dict["emotions"]["sad"]["mean"] is None
    assert as_dict["runs"] == []
    assert as_dict["clean"] is False
    assert as_dict["notes"] == ["The session was cut off: its log has no end line."]
