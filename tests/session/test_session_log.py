"""A session is written and read back the same."""

from __future__ import annotations

import dataclasses
import datetime
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion import __version__
from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DROP_NAMES, DeviceEvent, Marker
from live_emotion.session import read
from live_emotion.session.records import plain
from live_emotion.session.writer import SessionWriter
from tests.session import samples


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "session.jsonl").read_text().splitlines()]


@pytest.fixture
def written(tmp_path: Path) -> Path:
    folder = tmp_path / "new" / "session"
    with SessionWriter(folder, samples.META) as writer:
        writer.estimate(samples.estimate(0))
        writer.transcript(samples.words("kids are", final=False))
        writer.estimate(samples.estimate(11, face=False))
        writer.transcript(samples.words("kids are talking"))
        writer.estimate(samples.silence(12))
        writer.marker(Marker(1.23456789, "here – “now”\u2028\nnext"))
        writer.device(DeviceEvent(0.5, "clip.mp4", "damaged", "one packet"))
        writer.health(samples.health(2.0))
        writer.end(samples.Counts(dropped={"video_frames": 2}), clean=True)
    return folder


def test_every_line_has_a_type_and_session_and_end_frame_them(written: Path) -> None:
    types = [line["type"] for line in lines(written)]
    assert types[0] == "session"
    assert types[-1] == "end"
    assert set(types) == {
        *("session", "estimate", "transcript", "marker", "device", "health", "end")
    }
    raw = (written / "session.jsonl").read_bytes()
    assert raw.count(b"\n") == len(types)
    assert b"NaN" not in raw


def test_an_estimate_line_has_the_documented_fields(written: Path) -> None:
    first, second, third = (line for line in lines(written) if line["type"] == "estimate")
    assert set(first) == {
        *("type", "t", "tick", "window", "partial", "scores", "branches", "face", "latency_ms"),
        *("interval", "voice_level_db", "people", "speaker", "speaker_sure", "change", "valence"),
    }
    assert first["t"] == 0.4
    assert first["window"] == [0.0, 0.4]
    assert first["partial"] is True
    assert first["scores"]["sad"] == 0.7
    assert first["branches"]["vision"]["reason"] is None
    assert first["branches"]["vision"]["weight"] == 0.6
    assert first["face"] == {"id": 1, "box": [100.0, 50.1, 80.0, 90.0], "confidence": 0.98765}
    assert first["latency_ms"] == 12.35
    assert second["partial"] is False
    assert second["window"] == [0.0, 4.8]
    assert second["face"] is None
    assert second["branches"]["vision"] == {
        "scores": dict.fromkeys(EMOTIONS),
        "weight": 0.0,
        "reason": "no face",
    }
    assert third["scores"] == dict.fromkeys(EMOTIONS)
    assert [third["branches"][b]["reason"] for b in BRANCHES] == [
        *("no face", "no speech", "no words")
    ]


def test_reading_gives_arrays_with_nan_where_a_branch_is_missing(written: Path) -> None:
    session = read(written)
    assert len(session) == 3
    np.testing.assert_allclose(session.t, [0.4, 4.8, 5.2])
    np.testing.assert_array_equal(session.tick, [0, 11, 12])
    np.testing.assert_array_equal(session.partial, [True, False, False])
    np.testing.assert_allclose(session.scores[0], [0.1, 0.7, 0.2, 0.3, 0.05, 0.15], atol=1e-5)
    np.testing.assert_array_equal(session.leading, [1, 1, -1])
    assert session.branch_scores["vision"].shape == (3, 6)
    np.testing.assert_array_equal(
        np.isnan(session.branch_scores["vision"]).all(axis=1), [False, True, True]
    )
    assert np.isnan(session.branch_scores["text"]).all()
    np.testing.assert_allclose(session.weights, [[0.6, 0.4, 0], [0, 0.4, 0], [0, 0, 0]])
    assert session.reasons["vision"] == (None, "no face", "no face")
    assert session.reasons["audio"] == (None, None, "no speech")
    assert [face is not None for face in session.faces] == [True, False, False]
    np.testing.assert_allclose(session.latency_ms, [12.35, 12.35, 1.0])


def test_range_voice_level_people_and_change_come_back(written: Path) -> None:
    session = read(written)
    assert session.interval.shape == (3, 2, 6)
    np.testing.assert_allclose(session.interval[0, 0], session.scores[0] / 2, atol=1e-5)
    np.testing.assert_allclose(session.interval[0, 1], (session.scores[0] + 1) / 2, atol=1e-5)
    np.testing.assert_allclose(session.change[0], session.scores[0] - 0.1, atol=1e-5)
    assert session.valence[0].tolist() == [-0.25, 0.125]
    assert np.isnan(session.interval[2]).all()
    assert np.isnan(session.change[2]).all()
    np.testing.assert_array_equal(session.voice_level_db, [-31.3, -31.3, np.nan])
    assert [[p["face"]["id"] for p in people] for people in session.people] == [[1, 2], [], []]
    assert [p["followed"] for p in session.people[0]] == [True, False]
    assert [p["speaking"] for p in session.people[0]] == [None, 0.87654]
    assert session.speakers == (2, None, None)
    assert session.speaker_sure == (True, None, None)


def test_a_log_of_an_earlier_version_reads_as_nan(written: Path) -> None:
    later = ("interval", "voice_level_db", "people", "speaker", "speaker_sure", "change", "valence")
    kept = [{k: v for k, v in line.items() if k not in later} for line in lines(written)]
    (written / "session.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    session = read(written)
    assert session.clean
    assert len(session) == 3
    assert np.isfinite(session.scores[:2]).all()
    assert np.isnan(session.interval).all()
    assert np.isnan(session.change).all() and np.isnan(session.valence).all()
    assert np.isnan(session.voice_level_db).all()
    assert session.people == ((), (), ())
    assert session.speakers == (None, None, None)


@pytest.mark.parametrize(
    ("field", "broken"),
    [
        ("interval", {"low": {}, "high": {}}),
        ("voice_level_db", "loud"),
        ("people", [{"face": None}]),
        ("change", [0.0] * 6),
    ],
)
def test_an_estimate_with_a_broken_later_field_is_left_out(
    written: Path, field: str, broken: object
) -> None:
    kept = lines(written)
    next(line for line in kept if line["type"] == "estimate")[field] = broken
    (written / "session.jsonl").write_text("".join(json.dumps(line) + "\n" for line in kept))
    session = read(written)
    assert len(session) == 2
    assert not session.clean


def test_reading_gives_the_other_records_back(written: Path) -> None:
    session = read(written)
    assert session.clean
    assert session.problems == ()
    assert [s["final"] for s in session.transcripts] == [False, True]
    assert session.transcripts[1]["words"][2] == {
        **{"t0": 0.9, "t1": 1.1, "word": "talking", "probability": 0.9}
    }
    assert session.markers[0]["label"] == "here – “now”\u2028\nnext"
    assert session.markers[0]["t"] == 1.2346
    assert session.devices[0]["state"] == "damaged"
    assert session.health[0]["rss_mb"] is None
    assert session.end is not None
    assert session.end["frames_read"] == 30
    assert session.end["dropped"] == {**dict.fromkeys(DROP_NAMES, 0), "video_frames": 2}
    assert session.end["stopped"] is None


def test_meta_says_what_was_used_and_when(written: Path) -> None:
    meta = json.loads((written / "meta.json").read_text())
    assert meta["format"] == 1
    assert meta["version"] == __version__
    assert meta["emotions"] == list(EMOTIONS)
    assert meta["tick_s"] == 0.4
    assert meta["preset"] == "live"
    created = datetime.datetime.fromisoformat(meta["created"])
    assert created.tzinfo is not None
    assert abs(datetime.datetime.now(datetime.UTC) - created) < datetime.timedelta(minutes=5)
    assert {p.name for p in written.iterdir()} == {"meta.json", "session.jsonl"}


def test_lines_stand_in_the_file_as_soon_as_they_are_written(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", samples.META) as writer:
        for tick in range(3):
            writer.estimate(samples.estimate(tick))
            assert len(lines(tmp_path / "s")) == tick + 2


def test_leaving_without_an_end_is_read_as_unclean(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", samples.META) as writer:
        writer.estimate(samples.estimate(0))
    session = read(tmp_path / "s")
    assert not session.clean
    assert session.end is None
    assert len(session) == 1


def test_a_closed_writer_takes_no_more(tmp_path: Path) -> None:
    writer = SessionWriter(tmp_path / "s", samples.META)
    writer.end(samples.Counts(), clean=True)
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.estimate(samples.estimate(0))


@pytest.mark.parametrize("name", ["meta.json", "session.jsonl"])
def test_a_folder_that_holds_a_session_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}\n")
    with pytest.raises(UserError, match="already holds a session"):
        SessionWriter(tmp_path, samples.META)
    assert (tmp_path / name).read_text() == "{}\n"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("below", [".", "deeper/still"])
def test_a_file_is_refused_as_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match="folder"):
        SessionWriter(tmp_path / "file" / below, samples.META)
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_folder_may_be_used_and_strange_names_survive(tmp_path: Path) -> None:
    meta = {"source": {"name": "clip-\udcff.mp4", "path": Path("/x/clip")}, "rate": np.float32(0.5)}
    with SessionWriter(tmp_path, meta) as writer:
        writer.end(samples.Counts(), clean=True)
    read_back = read(tmp_path).meta
    assert read_back["source"] == {"name": "clip-\udcff.mp4", "path": "/x/clip"}
    assert read_back["rate"] == 0.5


def test_two_threads_may_write_at_once(tmp_path: Path) -> None:
    with SessionWriter(tmp_path / "s", samples.META) as writer:
        threads = [
            threading.Thread(
                target=lambda: [writer.estimate(samples.estimate(tick)) for tick in range(200)]
            )
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        writer.end(samples.Counts(), clean=True)
    session = read(tmp_path / "s")
    assert session.clean
    np.testing.assert_array_equal(np.bincount(session.tick), np.full(200, 4))


def test_plain_makes_json_of_strangers() -> None:
    strange = {1: (np.nan, np.int64(3), np.array([1.5, np.inf])), "p": Path("a"), "t": True}
    assert plain(strange) == {"1": [None, 3, [1.5, None]], "p": "a", "t": True}


def test_a_short_window_is_full_sooner(tmp_path: Path) -> None:
    with SessionWriter(tmp_path, {"window_ticks": 3}) as writer:
        for tick in range(5):
            window = (max(0.0, 0.4 * (tick - 2)), 0.4 * (tick + 1))
            writer.estimate(dataclasses.replace(samples.estimate(tick), window=window))
    session = read(tmp_path)
    assert session.meta["window_ticks"] == 3
    assert session.partial.tolist() == [True, True, False, False, False]
