"""A live session from end to end on made-up devices: loading, marks, pause, the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from live_emotion.capture import live_source
from live_emotion.capture.camera import Camera
from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import Estimate, Marker
from live_emotion.core.media import ByteImage, VideoFrame
from live_emotion.core.percepts import Face
from live_emotion.pipeline import live_networks, live_run
from live_emotion.pipeline.live import Live, LiveOptions
from live_emotion.pipeline.options import Counts
from tests.pipeline.test_flow import Encoders, Finder, Seen


class Loaded(Encoders):
    joint = None
    notes = ("voice: untrained weights",)
    face_finder = None

    def meta(self) -> dict[str, Any]:
        return {"preset": "live"}

    def close(self) -> None:
        pass


class Pictures:
    """A capture of white pictures at 50 a second, no two the same."""

    open_now = 0

    def __init__(self) -> None:
        Pictures.open_now += 1
        self._rng = np.random.default_rng(0)

    def grab(self) -> bool:
        time.sleep(0.02)
        return True

    def retrieve(self) -> tuple[bool, ByteImage]:
        return True, self._rng.integers(240, 256, (60, 80, 3)).astype(np.uint8)

    def release(self) -> None:
        Pictures.open_now -= 1


class Watching(Seen):
    def __init__(self) -> None:
        super().__init__()
        self.frames = 0
        self.markers: list[Marker] = []

    def on_frame(self, frame: VideoFrame, faces: Sequence[Face]) -> None:
        self.frames += 1

    def on_marker(self, marker: Marker) -> None:
        self.markers.append(marker)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Made-up devices and networks; the networks load once the gate is set."""
    ready = threading.Event()

    def load(*_: object, **__: object) -> Loaded:
        assert ready.wait(20.0)
        return Loaded()

    def camera(choice: CameraChoice, now: Callable[[], float], wake: Callable[[], None]) -> Camera:
        return Camera(choice, now, wake, lambda _: Pictures())

    Pictures.open_now = 0
    monkeypatch.setattr(live_networks.EncoderSet, "open", load)
    for user in (live_run, live_networks):
        monkeypatch.setattr(user, "FaceFinder", lambda forward: Finder())
    monkeypatch.setattr(live_source, "Camera", camera)
    return ready


class Running:
    """A session on a thread of its own."""

    def __init__(self, options: LiveOptions) -> None:
        self.live = Live(options)
        self.seen = Watching()
        self.stop = threading.Event()
        self.counts: list[Counts] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self.live:
            self.counts.append(self.live.run([self.seen], self.stop))

    def wait(self, holds: Callable[[], object], seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert self._thread.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def end(self) -> Counts:
        self.stop.set()
        self._thread.join(30.0)
        return self.counts[0]


VIDEO_ONLY = LiveOptions(camera=CameraChoice(0), microphone=None)


def scored(seen: Seen) -> list[Estimate]:
    return [e for e in list(seen.estimates) if e.branches["vision"].present]


def test_the_picture_is_shown_while_the_networks_load(gate: threading.Event) -> None:
    running = Running(VIDEO_ONLY)
    running.wait(lambda: running.seen.frames > 10 and running.live.now > 1.0)
    assert not running.live.loaded
    assert running.seen.estimates == []
    gate.set()
    running.wait(lambda: len(scored(running.seen)) >= 2)
    assert running.live.states == {"camera": "live", "microphone": None}
    running.live.mark("hello")
    running.wait(lambda: running.seen.markers)
    counts = running.end()
    assert counts.stopped
    assert counts.estimates == len(running.seen.estimates)
    assert [m.label for m in running.seen.markers] == ["hello"]
    assert 0.0 < running.seen.markers[0].t < 60.0
    assert [e.state for e in running.seen.devices] == ["live", "paused"]
    assert Pictures.open_now == 0, "the camera was let go of"
    first = running.seen.estimates[0]
    assert first.tick > 0, "ticks begin when the networks are there"


def test_pause_turns_the_devices_off_and_scores_have_a_gap(gate: threading.Event) -> None:
    gate.set()
    running = Running(VIDEO_ONLY)
    running.wait(lambda: len(scored(running.seen)) >= 2)
    running.live.pause()
    assert running.live.paused
    assert Pictures.open_now == 0
    at = running.live.now
    running.wait(lambda: running.seen.estimates[-1].t > at + 1.3)
    told = [e for e in list(running.seen.estimates) if e.t > at + 0.4]
    assert {e.branches["vision"].reason for e in told} == {"turned off"}
    assert all(np.isnan(e.scores).all() for e in told)
    running.live.resume()
    at = running.live.now
    running.wait(lambda: scored(running.seen)[-1].t > at)
    running.end()
    assert [e.state for e in running.seen.devices] == ["live", "paused", "live", "paused"]


def test_another_camera_can_be_chosen_while_it_runs(gate: threading.Event) -> None:
    gate.set()
    running = Running(VIDEO_ONLY)
    running.wait(lambda: scored(running.seen))
    running.live.choose(CameraChoice("Other"), None)
    running.wait(lambda: sum(e.state == "live" for e in list(running.seen.devices)) == 2)
    running.end()
    messages = [e.message for e in running.seen.devices if e.state == "live"]
    assert "camera 0" in messages[0]
    assert "Other" in messages[1]
    assert Pictures.open_now == 0


def test_a_session_of_a_fixed_length_ends_by_itself(gate: threading.Event) -> None:
    gate.set()
    seen = Watching()
    with Live.open(LiveOptions(CameraChoice(0), None, seconds=1.5)) as live:
        meta = live.meta()
        counts = live.run([seen], threading.Event())
    assert not counts.stopped
    assert 0.8 <= counts.media_s <= 1.7
    assert seen.healths
    assert meta["source"]["kind"] == "live"
    assert meta["source"]["camera"] == "camera 0"
    assert meta["source"]["microphone"] is None
    assert meta["notes"] == ["voice: untrained weights"]


def test_what_goes_wrong_while_loading_reaches_the_caller(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> Loaded:
        raise UserError("The weights are damaged: install them again.")

    monkeypatch.setattr(live_networks.EncoderSet, "open", load)
    with Live(VIDEO_ONLY) as live, pytest.raises(UserError, match="damaged"):
        live.run([], threading.Event())
    assert Pictures.open_now == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (LiveOptions(camera=None, microphone=None), "nothing to see or hear"),
        (LiveOptions(microphone=None, preset="huge"), "preset"),
        (LiveOptions(microphone=None, engine="magic"), "engine"),  # type: ignore[arg-type]
        (LiveOptions(microphone=None, seconds=0.0), "longer than 0"),
        (LiveOptions(microphone=None, seconds=float("nan")), "longer than 0"),
    ],
)
def test_bad_options_are_one_sentence(options: LiveOptions, says: str) -> None:
    with pytest.raises(UserError, match=says):
        Live(options)


def test_options_default_to_the_first_camera_and_the_systems_microphone() -> None:
    options = LiveOptions()
    assert options.camera == CameraChoice(0)
    assert options.microphone == MicrophoneChoice("default")
