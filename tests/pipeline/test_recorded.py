"""Recorded sessions, shown again: with their media file, without it, and damaged."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent, Estimate, Marker
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import TranscriptSegment
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.recorded import RecordedSession
from live_emotion.session.writer import SessionWriter
from tests.capture.media_maker import Clip
from tests.session import samples

TICKS = 10


class Viewer(BaseObserver):
    def __init__(self) -> None:
        self.told: list[object] = []
        self.scored: list[tuple[float, int | None]] = []
        self.pictures: list[tuple[float, int]] = []

    def on_estimate(self, estimate: Estimate) -> None:
        self.told.append(estimate.tick)

    def on_transcript(self, segment: TranscriptSegment) -> None:
        self.told.append(segment.text)

    def on_marker(self, marker: Marker) -> None:
        self.told.append(marker)

    def on_device(self, event: DeviceEvent) -> None:
        self.told.append(event)

    def on_scored(self, t: float, estimate: Estimate | None) -> None:
        self.scored.append((t, None if estimate is None else estimate.tick))

    def on_reel(self, frame: VideoFrame, estimate: Estimate | None, *, still: bool) -> None:
        self.pictures.append((frame.t, frame.image.shape[0]))


class Showing:
    """A session being shown on a thread."""

    def __init__(self, session: RecordedSession) -> None:
        self.viewer, self.playhead = Viewer(), Playhead(None, paused=True)
        self.ends: list[Counts] = []
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=session.play,
            args=((), self.viewer, self.playhead, self.stop, self.ends.append),
        )
        self.thread.start()

    def until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20.0
        while not holds():
            assert time.monotonic() < deadline
            assert self.thread.is_alive()
            time.sleep(0.005)


@pytest.fixture
def show() -> Iterator[Callable[[RecordedSession], Showing]]:
    shown: list[Showing] = []

    def begin(session: RecordedSession) -> Showing:
        shown.append(Showing(session))
        return shown[-1]

    yield begin
    for each in shown:
        each.stop.set()
        each.thread.join(10.0)


def record(folder: Path, media: Path, *, first: int = 0) -> Path:
    source = {"kind": "file", "path": str(media), "has_video": True, "duration": 4.0}
    with SessionWriter(folder, {"source": source, "notes": ["voice: x"]}) as writer:
        for tick in range(first, first + TICKS):
            writer.estimate(samples.estimate(tick))
        writer.transcript(samples.words("kids", final=False))
        writer.transcript(samples.words("kids are talking"))
        writer.marker(Marker(1.0, "here"))
        writer.device(DeviceEvent(0.5, "clip.mp4", "damaged", "one packet"))
        writer.end(Counts(1, TICKS, TICKS), clean=True)
    return folder


def test_all_is_there_at_once_and_the_file_plays_along(
    tmp_path: Path, show: Callable[[RecordedSession], Showing]
) -> None:
    clip = Clip().write(tmp_path / "clip.mp4")
    session = RecordedSession.open(record(tmp_path / "s", clip))
    assert session.notes == ("voice: x",)
    assert session.info.duration == 4.0
    assert session.info.has_video
    assert session.why_no_video == ""
    showing = show(session)
    showing.until(lambda: bool(showing.viewer.pictures))
    told = [
        *range(TICKS),
        Marker(1.0, "here"),
        DeviceEvent(0.5, "clip.mp4", "damaged", "one packet"),
        "kids are talking",
    ]
    assert showing.viewer.told == told
    assert showing.viewer.scored == [(0.4, 0)]
    assert showing.viewer.pictures[0] == (pytest.approx(0.4, abs=0.05), 120)
    assert len(showing.ends) == 1
    showing.playhead.play()
    showing.until(lambda: showing.playhead.at_end)
    assert [tick for _, tick in showing.viewer.scored] == list(range(TICKS))
    times = [t for t, _ in showing.viewer.pictures]
    assert len(times) >= 100
    assert times == sorted(times)
    assert showing.viewer.told == told


def test_without_its_file_the_curves_alone_are_shown(
    tmp_path: Path, show: Callable[[RecordedSession], Showing]
) -> None:
    session = RecordedSession.open(record(tmp_path / "s", tmp_path / "gone.mp4", first=20))
    assert session.notes[1] == f"{tmp_path / 'gone.mp4'} is not there any more: curves only"
    assert not session.info.has_video
    assert f"{tmp_path / 'gone.mp4'} is not there any more: put it back" in session.why_no_video
    assert session.info.duration == pytest.approx(12.0)
    showing = show(session)
    showing.playhead.play()
    showing.until(lambda: showing.playhead.at_end)
    assert [tick for _, tick in showing.viewer.scored] == list(range(20, 30))
    assert showing.viewer.pictures == []
    showing.playhead.seek(0.0)
    showing.until(lambda: (8.0, None) in showing.viewer.scored)


def test_a_file_that_was_moved_beside_the_session_is_found(tmp_path: Path) -> None:
    folder = record(tmp_path / "s", tmp_path / "elsewhere" / "clip.mp4")
    Clip().write(tmp_path / "clip.mp4")
    assert RecordedSession.open(folder).info.has_video


def test_a_file_that_is_no_media_any_more_is_told(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_text("words")
    session = RecordedSession.open(record(tmp_path / "s", clip))
    assert "cannot be played any more" in session.notes[1]
    assert "cannot be played any more: restore it" in session.why_no_video
    assert not session.info.has_video


def test_a_damaged_log_gives_what_can_be_read(
    tmp_path: Path, show: Callable[[RecordedSession], Showing]
) -> None:
    folder = record(tmp_path / "s", tmp_path / "gone.mp4")
    log = folder / "session.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    for k in (2, 4, 5, 6, 7):
        lines[k] = b"\x00\xff broken\n"
    log.write_bytes(b"".join(lines)[:-10])
    session = RecordedSession.open(folder)
    assert "Line 3 is broken and was left out." in session.notes
    assert any("more problems" in note for note in session.notes)
    showing = show(session)
    showing.until(lambda: bool(showing.ends))
    assert [each for each in showing.viewer.told if isinstance(each, int)] == [0, 2, 7, 8, 9]


def test_a_session_without_scores_is_shown_too(
    tmp_path: Path, show: Callable[[RecordedSession], Showing]
) -> None:
    with SessionWriter(tmp_path / "s", {"source": "odd", "notes": "odd"}) as writer:
        writer.transcript(samples.words("kids"))
    showing = show(RecordedSession.open(tmp_path / "s"))
    showing.until(lambda: bool(showing.ends))
    assert showing.viewer.told == ["kids"]


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({"kind": "live", "has_video": True}, "of a live session only scores, words and markers"),
        ({"kind": "file", "path": "talk.wav", "has_video": False}, "made of sound alone"),
        ("odd", "No video was stored with this recording."),
    ],
)
def test_why_there_are_no_pictures_is_told(tmp_path: Path, source: object, why: str) -> None:
    with SessionWriter(tmp_path / "s", {"source": source}) as writer:
        writer.estimate(samples.estimate(0))
    session = RecordedSession.open(tmp_path / "s")
    assert not session.info.has_video
    assert why in session.why_no_video


def test_what_is_no_session_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is not a session"):
        RecordedSession.open(tmp_path)
