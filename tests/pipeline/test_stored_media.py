"""A live session that was recorded with its video, shown again on its own clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, ByteImage, FloatArray, VideoFrame
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.recorded import RecordedSession
from live_emotion.session.media_files import Storage
from live_emotion.session.media_queue import MediaQueue
from live_emotion.session.media_writer import MediaWriter
from live_emotion.session.writer import SessionWriter
from tests.session import samples

BOTH = Storage(video=True, sound=True)
# A session of which ticks 30 to 39 were recorded: 12.0 to 16.0 s.
FIRST, TICKS = 30, 10


def picture(t: float, size: tuple[int, int]) -> VideoFrame:
    def load() -> ByteImage:
        return np.full((size[1], size[0], 3), round(20 * (t - 12.0)) + 40, np.uint8)

    return VideoFrame(t, 0, *size, load)


def record(
    folder: Path,
    sizes: Sequence[tuple[int, int]],
    storage: Storage = BOTH,
    sound: FloatArray | None = None,
) -> Path:
    """Record pictures of these sizes, four seconds in all, 25 a second."""
    source = {"kind": "live", "camera": "camera 0", "has_video": True, "has_audio": True}
    with SessionWriter(folder, {"source": source, "media": storage.meta()}) as writer:
        for tick in range(FIRST, FIRST + TICKS):
            writer.estimate(samples.estimate(tick))
        writer.end(samples.Counts(), clean=True)
    media = MediaWriter(folder, storage, queue=MediaQueue(1000, 10**7))
    for k in range(100):
        media.put(picture(12.0 + 0.04 * k, sizes[len(sizes) * k // 100]))
    if sound is not None:
        media.put(AudioBlock(12.0, sound))
    media.close()
    return folder


class Viewer(BaseObserver):
    def __init__(self) -> None:
        self.pictures: list[VideoFrame] = []

    def on_scored(self, t: float, estimate: object) -> None:
        pass

    def on_reel(self, frame: VideoFrame, estimate: object, *, still: bool) -> None:
        self.pictures.append(frame)


def shown(session: RecordedSession, seek: float | None = None) -> list[VideoFrame]:
    """Return the pictures from the start to the end, or the one that a seek shows."""
    viewer, playhead, stop = Viewer(), Playhead(None, paused=True), threading.Event()
    thread = threading.Thread(target=session.play, args=((), viewer, playhead, stop))
    thread.start()
    try:
        until(lambda: bool(viewer.pictures))
        if seek is None:
            playhead.play()
            until(lambda: playhead.at_end)
        else:
            viewer.pictures.clear()
            playhead.seek(seek)
            until(lambda: bool(viewer.pictures))
    finally:
        stop.set()
        thread.join(10.0)
    return viewer.pictures


def until(holds: object) -> None:
    deadline = time.monotonic() + 20.0
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize("sizes", [((96, 64),), ((96, 64), (128, 96))])
def test_pictures_are_shown_at_their_times_in_the_log(
    tmp_path: Path, sizes: Sequence[tuple[int, int]]
) -> None:
    session = RecordedSession.open(record(tmp_path / "s", sizes))
    assert session.notes == ()
    assert session.why_no_video == ""
    assert session.info.has_video
    assert (session.info.width, session.info.height) == sizes[0]
    pictures = shown(session)
    assert {(f.width, f.height) for f in pictures} == set(sizes)
    times = [f.t for f in pictures]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(15.96, abs=0.001)
    assert len(times) >= 88
    for frame in pictures:
        told = 12.0 + (float(frame.image.mean()) - 40) / 20
        assert told == pytest.approx(frame.t, abs=0.15)


def test_a_place_in_a_later_file_is_found(tmp_path: Path) -> None:
    session = RecordedSession.open(record(tmp_path / "s", ((96, 64), (128, 96))))
    (frame, *_) = shown(session, seek=14.8)
    assert frame.t == pytest.approx(14.8, abs=0.05)
    assert frame.width == 128


def test_sound_alone_shows_curves_and_says_why(tmp_path: Path) -> None:
    sound = np.full(16_000, 0.1, np.float32)
    folder = record(tmp_path / "s", ((96, 64),), Storage(sound=True), sound)
    session = RecordedSession.open(folder)
    assert not session.info.has_video
    assert session.why_no_video.startswith("Sound was stored with this recording, but no video")


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda path: path.unlink(), "is not in its folder any more: put"),
        (lambda path: path.write_bytes(b"words"), "cannot be played any more: restore"),
    ],
)
def test_a_stored_file_that_is_gone_or_damaged_is_named(
    tmp_path: Path, damage: object, why: str
) -> None:
    folder = record(tmp_path / "s", ((96, 64),))
    damage(folder / "media.mkv")  # type: ignore[operator]
    session = RecordedSession.open(folder)
    assert not session.info.has_video
    assert why in session.why_no_video
    assert str(folder / "media.mkv") in session.why_no_video
