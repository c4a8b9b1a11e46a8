"""The camera's thread: newest frame wins, and nothing that a camera does ends it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from live_emotion.capture.camera import Camera, CameraAwayError
from live_emotion.capture.camera_devices import CameraDevice, cameras
from live_emotion.capture.choices import CameraChoice
from live_emotion.capture.newest_frame import NewestFrame
from live_emotion.capture.still_picture import StillPicture
from live_emotion.core.clock import SessionClock
from live_emotion.core.media import VideoFrame


class Pictures:
    """A capture that gives the pictures it was made with, then breaks off."""

    def __init__(self, count: int, wait_s: float = 0.005, *, breaks: bool = False) -> None:
        self._left = count
        self._wait_s = wait_s
        self._breaks = breaks
        self.released = False

    def grab(self) -> bool:
        time.sleep(self._wait_s)
        self._left -= 1
        if self._breaks and self._left < 0:
            raise cv2.error("the driver is gone")
        return self._left >= 0

    def retrieve(self) -> tuple[bool, np.ndarray]:
        image = np.zeros((48, 64, 3), np.uint8)
        image[..., 0] = 200  # blue, as OpenCV orders colours
        return True, image

    def release(self) -> None:
        self.released = True


def wait_until(holds: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.fixture
def started() -> Iterator[Callable[..., Camera]]:
    made: list[Camera] = []

    def start(opener: Callable[[CameraChoice], Pictures], wake: object = None) -> Camera:
        wake = wake or (lambda: None)
        camera = Camera(CameraChoice(0), SessionClock().now, wake, opener)  # type: ignore[arg-type]
        made.append(camera)
        camera.start()
        return camera

    yield start
    for camera in made:
        camera.close()


def test_frames_carry_their_time_and_convert_when_looked_at(
    started: Callable[..., Camera],
) -> None:
    camera = started(lambda choice: Pictures(1000))
    taken: list[VideoFrame] = []

    def enough() -> bool:
        frame = camera.frames.take()
        if frame is not None:
            taken.append(frame)
        return len(taken) >= 5

    wait_until(enough)
    assert [f.t for f in taken] == sorted(f.t for f in taken)
    assert (taken[0].width, taken[0].height) == (64, 48)
    assert taken[0].image[0, 0].tolist() == [0, 0, 200]
    camera.watch.poll()
    assert camera.watch.state == "live"


def test_the_newest_frame_wins_and_drops_are_counted() -> None:
    holder = NewestFrame()
    assert holder.take() is None
    frames = [
        VideoFrame(float(i), i, 4, 4, lambda: np.zeros((4, 4, 3), np.uint8)) for i in range(3)
    ]
    for frame in frames:
        holder.put(frame)
    assert holder.take() is frames[2]
    assert holder.take() is None
    assert holder.dropped == 2


@pytest.mark.parametrize("breaks", [False, True])
def test_it_is_opened_again_after_it_broke_off(
    started: Callable[..., Camera], breaks: bool
) -> None:
    opened: list[Pictures] = []

    def opener(choice: CameraChoice) -> Pictures:
        opened.append(Pictures(3 if len(opened) < 2 else 10_000, breaks=breaks))
        return opened[-1]

    camera = started(opener)
    wait_until(lambda: len(opened) == 3)
    assert opened[0].released
    assert opened[1].released
    indices: list[int] = []

    def third() -> bool:
        frame = camera.frames.take()
        if frame is not None:
            indices.append(frame.index)
        return bool(indices) and indices[-1] >= 6

    wait_until(third)  # numbers go on over a reconnection
    camera.close()
    assert opened[2].released
    assert indices == sorted(set(indices))


def test_one_that_cannot_be_opened_is_tried_again(started: Callable[..., Camera]) -> None:
    calls: list[float] = []

    def opener(choice: CameraChoice) -> Pictures:
        calls.append(time.monotonic())
        if len(calls) == 1:
            raise CameraAwayError("is not there")
        if len(calls) == 2:
            raise RuntimeError("a driver with a surprise")
        return Pictures(10_000)

    camera = started(opener)
    events = []

    def live() -> bool:
        events.extend(camera.watch.poll())
        return camera.watch.state == "live"

    wait_until(live)
    assert [e.state for e in events] == ["reconnecting", "live"]
    assert "is not there" in events[0].message


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="names are Linux's")
def test_a_camera_that_comes_back_under_another_number_is_taken_again() -> None:
    there = [CameraDevice(0, "HD Webcam")]
    asked: list[object] = []

    def opener(choice: CameraChoice) -> Pictures:
        asked.append(choice.target)
        if len(asked) == 1:
            there[:] = [CameraDevice(0, "Grabber"), CameraDevice(3, "HD Webcam")]
        return Pictures(2)

    camera = Camera(CameraChoice(0), SessionClock().now, lambda: None, opener, lambda: there)
    camera.start()
    wait_until(lambda: len(asked) >= 2)
    camera.close()
    assert asked[:2] == [0, 3]


@pytest.mark.parametrize(("value", "says"), [(0, "black"), (90, "same picture")])
def test_the_very_same_picture_is_noticed(value: int, says: str) -> None:
    still = StillPicture()
    rng = np.random.default_rng(0)
    for t in np.arange(0.0, 3.0, 0.1):
        assert still.look(t, rng.integers(0, 255, (48, 64, 3), np.uint8)) is None
    same = np.full((48, 64, 3), value, np.uint8)
    for t in np.arange(3.0, 8.0, 0.1):
        assert still.look(t, same) is None
    assert says in str(still.look(8.6, same))
    assert says in str(still.look(8.7, same))
    assert still.look(9.5, rng.integers(0, 255, (48, 64, 3), np.uint8)) is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="device files are Linux's")
def test_cameras_are_listed_by_the_kernels_names(tmp_path: Path) -> None:
    devices, about = tmp_path / "dev", tmp_path / "sys" / "class" / "video4linux"
    devices.mkdir()
    for node, index, name in (
        ("video10", "0", "Second Camera"),
        ("video2", "0", "HD Webcam"),
        ("video3", "1", "HD Webcam"),  # its metadata
        ("video-broken", "0", "none"),
    ):
        (devices / node).touch()
        (about / node).mkdir(parents=True)
        (about / node / "index").write_text(f"{index}\n")
        (about / node / "name").write_text(f"{name}\n")
    (devices / "video20").touch()  # no description at all
    assert cameras(devices, tmp_path / "sys") == [
        CameraDevice(2, "HD Webcam"),
        CameraDevice(10, "Second Camera"),
        CameraDevice(20, "camera 20"),
    ]
