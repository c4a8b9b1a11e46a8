from __future__ import annotations

import numpy as np

from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import VideoFrame
from live_emotion.dashboard.live_model import newest_event
from live_emotion.dashboard.newest import KEPT_EVENTS, NewestState
from tests.dashboard.scripted_replay import estimate, face, frame, picture, ramp, words


class Wall:
    """A clock that tests turn by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def state(wall: Wall | None = None, **bounds: int) -> NewestState:
    return NewestState(wall=wall or Wall(), **bounds)


def test_ten_thousand_frames_leave_one_picture() -> None:
    newest, loads = state(), []

    def load() -> np.ndarray:
        loads.append(1)
        return picture()

    for index in range(10_000):
        newest.on_frame(frame(index / 25, index, load), ())
    assert newest.frames == 10_000
    # No wall time passed: all but the first frames were never even converted.
    assert newest.pictures == len(loads) <= 2
    newest.finish()
    assert newest.picture is not None
    assert newest.picture.t == 9_999 / 25


def test_thirty_pictures_a_second_at_most() -> None:
    wall = Wall()
    newest = state(wall)
    for index in range(1000):
        wall.now += 0.01
        newest.on_frame(frame(index / 25, index), ())
    assert 290 <= newest.pictures <= 301


def test_a_source_that_jitters_keeps_its_frames() -> None:
    wall, rng = Wall(), np.random.default_rng(0)
    newest = state(wall)
    for index in range(300):
        wall.now = 100.0 + index / 25 + rng.uniform(0, 0.012)
        newest.on_frame(frame(index / 25, index), ())
    assert newest.pictures == 300


def test_large_pictures_are_made_smaller_before_the_window_sees_them() -> None:
    newest = state()
    newest.shown_size = (640, 400)
    newest.on_frame(VideoFrame(0.0, 0, 1920, 1080, lambda: picture(1920, 1080, 77)), [face(0.0)])
    shown = newest.picture
    assert shown is not None
    assert shown.image.shape == (360, 640, 3)
    assert shown.scale == 640 / 1920
    assert (shown.image == 77).all()
    assert [f.id for f in shown.faces] == [1]


def test_everything_else_is_bounded_too() -> None:
    newest = state(history=20, transcript=10)
    for k in range(500):
        newest.on_estimate(estimate(k, ramp(k)))
        newest.on_transcript(words(k, k + 1, f"word {k}", final=True))
    finals, _ = newest.transcript.since(0)
    assert len(newest.history.since().t) == 20
    assert [segment.text for segment in finals] == [f"word {k}" for k in range(490, 500)]


def test_how_a_device_is_stays_known_however_much_another_tells() -> None:
    newest = state()
    newest.on_device(DeviceEvent(0.0, "camera", "live", "camera 0 is live"))
    for k in range(1000):
        newest.on_device(DeviceEvent(1.0 + k, "microphone", "live", f"back for the {k}. time"))
    assert len(newest.devices) == KEPT_EVENTS
    assert newest_event(newest.devices, "camera") == DeviceEvent(
        0.0, "camera", "live", "camera 0 is live"
    )
    last = newest_event(newest.devices, "microphone")
    assert last is not None
    assert last.t == 1000.0
    assert [e.t for e in newest.devices] == sorted(e.t for e in newest.devices)
    for k in range(100):
        newest.on_device(DeviceEvent(2000.0 + k, f"device {k}", "live", "one of very many"))
    assert len(newest.devices) == KEPT_EVENTS
