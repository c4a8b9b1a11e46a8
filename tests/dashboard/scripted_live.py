"""A live session that follows a script, for tests of the window only: no device, no model."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue
from types import SimpleNamespace
from typing import Any

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.core.estimate import DeviceEvent, Health, Marker
from live_emotion.core.ticks import TICK_S, tick_start
from live_emotion.dashboard.device_list import DeviceLister, Devices, Offer
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts
from tests.dashboard.scripted_replay import Asked, estimate, face, frame, ramp

CAMERAS = (Offer("Desk cam", "Desk cam"), Offer("Door cam", "Door cam"))
MICROPHONES = (Offer("alsa.head", "Headset"),)


def lister(devices: Callable[[], Devices] | None = None) -> DeviceLister:
    return DeviceLister(devices or (lambda: Devices(CAMERAS, MICROPHONES)), every_s=0.05)


class ScriptedLive(Asked):
    """Ticks every 10 ms of wall time, so that tests do not wait for real ticks."""

    def __init__(
        self,
        options: LiveOptions,
        *,
        load_s: float = 0.0,
        failure: BaseException | None = None,
        tick_wall_s: float = 0.01,
    ) -> None:
        super().__init__()
        self.options = options
        self.info = SimpleNamespace(name="scripted", has_video=True, has_audio=True)
        self.loaded = False
        self.paused = self.closed = self.ran = False
        self.calls: list[str] = []
        self._held = False
        self._load_s, self._failure, self._tick_wall_s = load_s, failure, tick_wall_s
        self._markers: SimpleQueue[str] = SimpleQueue()

    @property
    def notes(self) -> tuple[str, ...]:
        return ("voice: untrained weights",) if self.loaded else ()

    def meta(self) -> Mapping[str, Any]:
        engine = {"engine": "openvino", "precision": "float32", "form": "merged"}
        return {"source": {"kind": "live"}, "preset": "live", "engines": {"text": engine}}

    def pause(self) -> None:
        self.paused = True
        self.calls.append("pause")

    def resume(self) -> None:
        self.paused = False
        self.calls.append("resume")

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        self.calls.append(f"choose {camera.target if camera else None}")

    def hold(self) -> None:
        """Tell nothing any more."""
        self._held = True

    def mark(self, label: str) -> None:
        self._markers.put(label)

    def close(self) -> None:
        self.closed = True

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        out, began, tick = FanOut(observers), time.monotonic(), 0
        self.ran = True
        out.on_device(DeviceEvent(0.0, "camera", "live", "camera “Desk cam” is live"))
        out.on_device(DeviceEvent(0.0, "microphone", "lost", "default microphone has been away"))
        out.on_frame(frame(0.0, 0), ())
        stop.wait(self._load_s)
        if self._failure is not None:
            raise self._failure
        self.loaded = True
        while not stop.is_set():
            t = tick_start(tick + 1)
            seen = face(t)
            if self._held:
                stop.wait()
                break
            out.on_frame(frame(t, tick), (seen,))
            out.on_estimate(estimate(tick, None if self.paused else ramp(tick), seen, (2,)))
            if tick % 5 == 0:
                out.on_health(
                    Health(t, tick, tick, 29.5, 1.0, 20.0, 40.0, {"ticks": 3}, 512.3, 0.75)
                )
            while not self._markers.empty():
                out.on_marker(Marker(t, self._markers.get()))
            tick += 1
            stop.wait(self._tick_wall_s)
        return Counts(tick, tick, tick, {}, tick * TICK_S, time.monotonic() - began, True)
