"""Camera and microphone as one source: either may be absent, both come and go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final, Self

from live_emotion.capture.camera import Camera
from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.microphone import Microphone
from live_emotion.capture.reconnecting import DeviceState, DeviceWatch
from live_emotion.capture.source import CaptureWatcher, SourceEvent, SourceInfo
from live_emotion.core.clock import SessionClock
from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import AudioBlock, VideoFrame

_LOG = logging.getLogger(__name__)

_POLL_S: Final = 0.05

_Device = Camera | Microphone


class LiveSource:
    """Devices that are read as they come, on threads of their own.

    Nothing is opened before `start`. A device that is not there, or goes away, is looked for
    until the source is closed; its data are missing meanwhile.

    Parameters
    ----------
    camera, microphone
        What was chosen; None for none.
    clock
        The session clock.

    Attributes
    ----------
    watchers
        Get every picture and all sound as they come; to be set before `start`.
    """

    def __init__(
        self,
        camera: CameraChoice | None,
        microphone: MicrophoneChoice | None,
        clock: SessionClock | None = None,
    ) -> None:
        self.clock = clock if clock is not None else SessionClock()
        self.watchers: tuple[CaptureWatcher, ...] = ()
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._chosen: tuple[CameraChoice | None, MicrophoneChoice | None] = (camera, microphone)
        self._camera: Camera | None = None
        self._microphone: Microphone | None = None
        self._started = self._paused = False
        self._pending: list[DeviceEvent] = []
        # What devices dropped that are closed by now.
        self._dropped = {"video_frames": 0, "audio_samples": 0}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def info(self) -> SourceInfo:
        """What was chosen; size and rate are known only once frames come."""
        camera, microphone = self._chosen
        names = [choice.label for choice in self._chosen if choice is not None]
        return SourceInfo(
            " and ".join(names), camera is not None, microphone is not None, 0, 0, 0.0, None
        )

    @property
    def paused(self) -> bool:
        """Whether the user turned the devices off."""
        return self._paused

    @property
    def camera_state(self) -> DeviceState | None:
        """The camera's state as last told; None without one."""
        return self._camera.watch.state if self._camera is not None else None

    @property
    def microphone_state(self) -> DeviceState | None:
        """The microphone's state as last told; None without one."""
        return self._microphone.watch.state if self._microphone is not None else None

    @property
    def drift_ppm(self) -> float:
        """How much faster the session clock runs than the sound card; NaN while unknown."""
        return self._microphone.drift_ppm if self._microphone is not None else float("nan")

    @property
    def dropped(self) -> dict[str, int]:
        """What capture dropped, by name."""
        with self._lock:
            return self._count()

    def start(self) -> None:
        """Begin to open the devices; returns at once."""
        with self._lock:
            self._started = True
            self._open()

    def pause(self) -> None:
        """Turn the devices off until `resume`."""
        with self._lock:
            if self._paused or self._closed.is_set():
                return
            self._paused = True
            taken = self._detach()
        _close(taken)

    def resume(self) -> None:
        """Turn the devices on again."""
        with self._lock:
            if not self._paused or self._closed.is_set():
                return
            self._paused = False
            self._open()

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        """Change to other devices; one that stays the same goes on undisturbed."""
        with self._lock:
            old, self._chosen = self._chosen, (camera, microphone)
            taken = self._detach(camera=camera != old[0], microphone=microphone != old[1])
        _close(taken)
        with self._lock:
            self._open()

    def take(self, timeout: float = _POLL_S) -> list[SourceEvent]:
        """Return what has come since the last call, in order of time.

        Parameters
        ----------
        timeout
            Seconds to wait if nothing is there.
        """
        self._wake.wait(timeout)
        self._wake.clear()
        with self._lock:
            events: list[SourceEvent] = list(self._pending)
            self._pending = []
            if self._camera is not None:
                frame = self._camera.frames.take()
                if frame is not None:
                    events.append(frame)
                events += self._camera.watch.poll()
            if self._microphone is not None:
                blocks = self._microphone.take()
                events += blocks
                for block in blocks:
                    self._tell(block)
                events += self._microphone.watch.poll()
        return sorted(events, key=lambda event: event.t)

    def events(self) -> Iterator[SourceEvent]:
        """Yield frames, blocks and device events as they come, until the source is closed."""
        if not self._started:
            self.start()
        while not self._closed.is_set():
            yield from self.take()

    def close(self) -> None:
        """Turn the devices off for good."""
        with self._lock:
            self._closed.set()
            taken = self._detach()
        self._wake.set()
        _close(taken)

    def _open(self) -> None:
        if not self._started or self._paused or self._closed.is_set():
            return
        camera, microphone = self._chosen
        if camera is not None and self._camera is None:
            self._camera = Camera(camera, self.clock.now, self._wake.set)
            self._camera.frames.tap = self._tell
            self._camera.start()
        if microphone is not None and self._microphone is None:
            self._microphone = Microphone(microphone, self.clock.now, self._wake.set)
            self._microphone.start()

    def _detach(self, *, camera: bool = True, microphone: bool = True) -> list[_Device]:
        """Take devices out of the source; the caller closes them once it has let go of the lock."""
        taken: list[_Device] = []
        if camera and self._camera is not None:
            self._say_off(self._camera.watch)
            self._dropped["video_frames"] += self._camera.frames.dropped
            taken.append(self._camera)
            self._camera = None
        if microphone and self._microphone is not None:
            self._say_off(self._microphone.watch)
            self._dropped["audio_samples"] += self._microphone.dropped
            taken.append(self._microphone)
            self._microphone = None
        return taken

    def _tell(self, event: VideoFrame | AudioBlock) -> None:
        for watcher in self.watchers:
            watcher.on_capture(event)

    def _say_off(self, watch: DeviceWatch) -> None:
        watch.pause()
        self._pending += watch.poll()
        self._wake.set()

    def _count(self) -> dict[str, int]:
        counts = dict(self._dropped)
        if self._camera is not None:
            counts["video_frames"] += self._camera.frames.dropped
        if self._microphone is not None:
            counts["audio_samples"] += self._microphone.dropped
        for watcher in self.watchers:
            for name, count in watcher.dropped.items():
                counts[name] = counts.get(name, 0) + count
        return counts


def _close(devices: list[_Device]) -> None:
    """Close devices, all at once: each may take a moment to let go."""
    closing = [threading.Thread(target=device.close, daemon=True) for device in devices]
    for thread in closing:
        thread.start()
    for thread in closing:
        thread.join()
