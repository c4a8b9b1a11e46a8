"""What was written comes back as it was, but for the digits that the log does not keep."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from live_emotion.core.emotions import BRANCHES
from live_emotion.core.estimate import DeviceEvent, Estimate, Marker
from live_emotion.session import revive
from live_emotion.session.reader import is_session, raw_records, read
from live_emotion.session.records import estimate_record
from live_emotion.session.writer import SessionWriter
from tests.session import samples


def back(estimate: Estimate, folder: Path) -> Estimate:
    with SessionWriter(folder, {}) as writer:
        writer.estimate(estimate)
    return revive.estimate(read(folder).estimates[0])


def test_an_estimate_comes_back(tmp_path: Path) -> None:
    made = samples.estimate(7)
    again = back(made, tmp_path / "s")
    # Written once more it gives the same line: nothing that the log holds is lost.
    assert estimate_record(again) == estimate_record(made)
    assert again.leading == made.leading
    assert again.people[1].speaking == 0.87654
    assert again.face is not None
    assert np.isnan(again.face.landmarks).all()


def test_what_is_missing_stays_missing(tmp_path: Path) -> None:
    made = samples.silence(3)
    again = back(made, tmp_path / "s")
    assert estimate_record(again) == estimate_record(made)
    assert np.isnan(again.scores).all()
    assert again.leading is None
    assert [again.branches[branch].reason for branch in BRANCHES] == [
        made.branches[branch].reason for branch in BRANCHES
    ]


def test_a_line_of_an_older_version_comes_back(tmp_path: Path) -> None:
    record = estimate_record(samples.estimate(1))
    for name in ("interval", "people", "speaker", "speaker_sure", "change", "voice_level_db"):
        del record[name]
    again = revive.estimate(record)
    assert np.isnan(again.interval).all()
    assert np.isnan(again.change).all()
    assert again.people == ()
    assert again.voice_level_db is None


def test_everything_else_comes_back(tmp_path: Path) -> None:
    words, marker = samples.words("kids are talking"), Marker(1.5, "here")
    device = DeviceEvent(0.5, "clip.mp4", "damaged", "one packet")
    with SessionWriter(tmp_path / "s", {}) as writer:
        writer.transcript(words)
        writer.marker(marker)
        writer.device(device)
    session = read(tmp_path / "s")
    again = revive.transcript(session.transcripts[0])
    assert (again.text, again.final, again.closes) == (words.text, True, True)
    assert [word.word for word in again.words] == ["kids", "are", "talking"]
    assert again.t1 == round(words.t1, 4)
    assert revive.marker(session.markers[0]) == marker
    assert revive.device(session.devices[0]) == device
    assert len(raw_records(tmp_path / "s")) == 4


def test_a_session_is_known_by_its_log(tmp_path: Path) -> None:
    assert not is_session(tmp_path)
    assert not is_session(tmp_path / "not there")
    (tmp_path / "session.jsonl").write_text("half a li")
    assert is_session(tmp_path)
    assert not is_session(tmp_path / "session.jsonl")
