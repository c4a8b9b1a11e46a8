"""Video and sound beside a session's log: times, gaps, kills, full queues and full disks."""

from __future__ import annotations

import errno
import io
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.media import AudioBlock, ByteImage, VideoFrame
from live_emotion.core.ticks import SAMPLE_RATE
from live_emotion.session.media_files import Storage, media_files, media_path
from live_emotion.session.media_queue import MediaQueue
from live_emotion.session.media_writer import MediaWriter
from tests.capture.media_maker import play

BOTH = Storage(video=True, sound=True)
BLOCK = 320
# A camera at 30 pictures a second, a gap of two seconds, then one at 8 that is not steady.
TIMES = (
    *(7.0 + k / 30 for k in range(45)),
    *(10.5 + k / 8 + 0.02 * (k % 3) for k in range(16)),
)


def grey(t: float) -> int:
    """Brightness that tells the time, by steps that compression does not blur."""
    return 30 + 8 * (round(t * 1000) % 25)


def picture(t: float, size: tuple[int, int] = (96, 64)) -> VideoFrame:
    def load() -> ByteImage:
        return np.full((size[1], size[0], 3), grey(t), np.uint8)

    return VideoFrame(t, 0, *size, load)


def tone(t: float) -> AudioBlock:
    at = round(t * SAMPLE_RATE)
    phase = (at + np.arange(BLOCK)) * 0.2
    return AudioBlock(at / SAMPLE_RATE, (0.5 * np.sin(phase)).astype(np.float32))


def sound(start: float, end: float) -> list[AudioBlock]:
    count = round((end - start) * SAMPLE_RATE / BLOCK)
    return [tone(start + k * BLOCK / SAMPLE_RATE) for k in range(count)]


def roomy() -> MediaQueue:
    """A queue that drops nothing: these tests bring an hour's worth in no time."""
    return MediaQueue(pictures=1000, samples=1000 * SAMPLE_RATE)


def store(folder: Path, events: list[VideoFrame | AudioBlock], storage: Storage = BOTH) -> None:
    writer = MediaWriter(folder, storage, queue=roomy())
    for event in sorted(events, key=lambda e: e.t):
        writer.put(event)
    writer.close()
    assert writer.take_problem() is None
    assert writer.dropped == {"stored_frames": 0, "stored_sound": 0}


def test_pictures_sound_and_gaps_come_back_at_their_times(tmp_path: Path) -> None:
    heard = [*sound(6.9, 8.4), *sound(11.0, 12.5)]
    store(tmp_path, [*map(picture, TIMES), *heard])
    assert media_files(tmp_path) == [tmp_path / "media.mkv"]
    played = play(tmp_path / "media.mkv")
    zero = heard[0].t
    assert [f.t + zero for f in played.frames] == pytest.approx(TIMES, abs=0.001)
    for frame, t in zip(played.frames, TIMES, strict=True):
        assert abs(int(frame.image[32, 48, 1]) - grey(t)) <= 3
    for block in heard:
        first = round((block.t - zero) * SAMPLE_RATE)
        there = played.sound[first : first + BLOCK]
        assert np.abs(there - block.samples).max() < 1e-4
    silent = slice(round(1.6 * SAMPLE_RATE), round(4.0 * SAMPLE_RATE))
    assert not played.sound[silent].any()


@pytest.mark.parametrize(
    ("storage", "video", "audio"),
    [(Storage(video=True), True, False), (Storage(sound=True), False, True), (BOTH, True, True)],
)
def test_only_what_was_asked_for_is_stored(
    tmp_path: Path, storage: Storage, video: bool, audio: bool
) -> None:
    store(tmp_path, [*map(picture, TIMES[:30]), *sound(7.0, 8.0)], storage)
    played = play(tmp_path / "media.mkv")
    assert (bool(played.frames), bool(played.blocks)) == (video, audio)


def test_a_microphone_that_gives_nothing_is_no_damage(tmp_path: Path) -> None:
    store(tmp_path, [*map(picture, TIMES)])
    played = play(tmp_path / "media.mkv")
    assert len(played.frames) == len(TIMES)
    assert played.devices == []


def test_a_camera_that_comes_late_or_changes_its_size_begins_another_file(tmp_path: Path) -> None:
    late = [picture(3.0 + k / 30) for k in range(20)]
    other = [picture(4.0 + k / 30, (128, 96)) for k in range(20)]
    store(tmp_path, [*sound(0.5, 4.5), *late, *other])
    alone, first, second = (play(path) for path in media_files(tmp_path))
    assert not alone.frames
    assert alone.blocks[-1].t_end == pytest.approx(2.5, abs=0.05)
    assert [f.image.shape for f in first.frames] == [(64, 96, 3)] * 20
    assert [f.image.shape for f in second.frames] == [(96, 128, 3)] * 20
    whole = sum(len(each.sound) for each in (alone, first, second))
    assert whole == pytest.approx(4.0 * SAMPLE_RATE, abs=0.05 * SAMPLE_RATE)


def test_a_picture_of_odd_size_loses_a_line_at_most(tmp_path: Path) -> None:
    store(tmp_path, [picture(0.1 * k, (99, 65)) for k in range(5)])
    assert play(tmp_path / "media.mkv").frames[0].image.shape == (64, 98, 3)


def test_a_full_queue_drops_the_oldest_and_counts_them() -> None:
    queue = MediaQueue(pictures=3, samples=4 * BLOCK)
    for k in range(5):
        queue.put(picture(float(k)))
    for block in sound(0.0, 7 * BLOCK / SAMPLE_RATE):
        queue.put(block)
    assert (queue.dropped_pictures, queue.dropped_samples) == (2, 3 * BLOCK)
    queue.end()
    left = []
    while not queue.over:
        left.append(queue.take(0.0))
    assert [e.t for e in left if isinstance(e, VideoFrame)] == [2.0, 3.0, 4.0]
    assert [round(e.t * SAMPLE_RATE / BLOCK) for e in left if isinstance(e, AudioBlock)] == [
        *range(3, 7)
    ]


class Held(io.FileIO):
    """A disk that hangs until it is let go."""

    gate = threading.Event()

    def write(self, data: object, /) -> int:
        self.gate.wait(20.0)
        return super().write(data)  # type: ignore[arg-type]


def test_whoever_brings_pictures_does_not_wait_for_a_slow_disk(tmp_path: Path) -> None:
    Held.gate.clear()
    writer = MediaWriter(
        tmp_path,
        Storage(video=True),
        queue=MediaQueue(pictures=4),
        opener=lambda path: Held(path, "xb"),
    )
    writer.put(picture(0.0))
    deadline = time.monotonic() + 20.0
    while not media_files(tmp_path):
        assert time.monotonic() < deadline
        time.sleep(0.005)
    for k in range(1, 101):
        writer.put(picture(k / 30))
    # The one the disk has hung on, and four that wait.
    assert writer.dropped["stored_frames"] >= 95
    Held.gate.set()
    writer.close()
    assert writer.take_problem() is None
    shown = play(tmp_path / "media.mkv").frames
    assert len(shown) + writer.dropped["stored_frames"] == 101
    assert shown[-1].t + 1e-3 >= 3.0 / 30


class Full(io.FileIO):
    """A disk with room for so many bytes."""

    room = 60_000

    def write(self, data: memoryview, /) -> int:  # type: ignore[override]
        if self.tell() + len(data) > self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def noise(t: float) -> VideoFrame:
    image = np.random.default_rng(round(t * 1000)).integers(0, 255, (64, 96, 3), np.uint8)
    return VideoFrame(t, 0, 96, 64, lambda: image)


def test_a_full_disk_is_told_once_and_what_is_stored_can_be_played(tmp_path: Path) -> None:
    writer = MediaWriter(tmp_path, BOTH, queue=roomy(), opener=lambda path: Full(path, "xb"))
    for k in range(300):
        writer.put(noise(k / 30))
    writer.close()
    problem = writer.take_problem()
    assert problem is not None
    assert problem.startswith(f"Video and sound are stored no further in {tmp_path}, for the disk")
    assert "Scores, words and markers go on" in problem
    assert writer.take_problem() is None
    assert writer.dropped["stored_frames"] > 0
    assert media_path(tmp_path, 1).stat().st_size <= Full.room
    shown = play(tmp_path / "media.mkv").frames
    assert 5 < len(shown) < 300
    assert np.abs(shown[3].image.astype(int) - noise(3 / 30).image).mean() < 60


def test_the_last_of_the_disk_is_left_to_the_log(tmp_path: Path) -> None:
    writer = MediaWriter(tmp_path, BOTH, reserve=2**62)
    writer.put(picture(0.0))
    writer.close()
    assert "for the disk is full" in str(writer.take_problem())
    assert media_files(tmp_path) == []


KILLED = """
import sys, time
from pathlib import Path
from tests.session.test_media_writer import BOTH, MediaWriter, picture, tone
writer = MediaWriter(Path(sys.argv[1]), BOTH)
t, began = 0.0, time.monotonic()
while True:
    writer.put(picture(t))
    writer.put(tone(t)); writer.put(tone(t + 0.02))
    t = round(t + 0.04, 6)
    time.sleep(max(0.0, began + t - time.monotonic()))
    print(t, flush=True)
"""


def test_a_kill_costs_a_second_at_most(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        assert process.stdout is not None
        t = 0.0
        while t < 4.0:
            t = float(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        t = max([t, *map(float, process.stdout.read().split())])
    played = play(tmp_path / "media.mkv")
    assert played.frames[-1].t > t - 1.0
    assert played.blocks[-1].t_end > t - 1.0
    times = [f.t for f in played.frames]
    assert times == pytest.approx([0.04 * k for k in range(len(times))], abs=0.001)
    # From the middle of it, too, for there is no index.
    assert play(tmp_path / "media.mkv", start=2.0).frames[0].t == pytest.approx(2.0, abs=0.001)
