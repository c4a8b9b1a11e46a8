"""Live: camera and microphone through the whole program, in real time."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.live_source import LiveSource
from live_emotion.capture.reconnecting import DeviceState
from live_emotion.capture.source import SourceInfo
from live_emotion.core.ticks import TICK_S
from live_emotion.perception.speech.whisper_models import DEFAULT_MODEL
from live_emotion.pipeline.live_networks import LiveNetworks
from live_emotion.pipeline.live_options import LiveOptions, check_live
from live_emotion.pipeline.live_run import LiveRun
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.orders import Orders

__all__ = ["Counts", "Live", "LiveOptions"]


class Live:
    """A camera, a microphone, the networks and the recogniser, to run once.

    Making one is quick and opens nothing. `preload` loads the networks; `run` does so too if need
    be, and shows the picture meanwhile. All methods but `run` may be called from other threads.

    Parameters
    ----------
    options
        What to do.

    Raises
    ------
    UserError
        If an option is out of range.
    """

    def __init__(self, options: LiveOptions) -> None:
        check_live(options)
        self._options = options
        self._source = LiveSource(options.camera, options.microphone)
        self._networks = LiveNetworks(options)
        self._markers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._orders = Orders()

    @classmethod
    def open(cls, options: LiveOptions) -> Live:
        """Return a session with its networks loaded; devices are opened by `run`.

        Raises
        ------
        UserError
            If an option is out of range, or weights, engine or recogniser cannot be had.
        """
        live = cls(options)
        live.preload()
        return live

    def __enter__(self) -> Live:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def preload(self) -> None:
        """Load the networks and the recogniser, once.

        Raises
        ------
        UserError
            If weights, engine or recogniser cannot be had.
        """
        self._networks.load(hears=self._options.microphone is not None)

    @property
    def loaded(self) -> bool:
        """Whether the networks are there."""
        return self._networks.encoders is not None

    @property
    def options(self) -> LiveOptions:
        """The options, with the devices as last chosen."""
        return self._options

    @property
    def info(self) -> SourceInfo:
        """Which devices were chosen."""
        return self._source.info

    @property
    def now(self) -> float:
        """Seconds since the session began."""
        return self._source.clock.now()

    @property
    def paused(self) -> bool:
        """Whether capture is paused."""
        return self._source.paused

    @property
    def states(self) -> dict[str, DeviceState | None]:
        """The states of ``camera`` and ``microphone`` as last told; None for none."""
        return {"camera": self._source.camera_state, "microphone": self._source.microphone_state}

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this session: untrained branches, fallbacks."""
        encoders = self._networks.encoders
        return tuple(encoders.notes) if encoders is not None else ()

    def meta(self) -> Mapping[str, Any]:
        """Return what a session log's ``meta.json`` says; loads the networks if need be."""
        camera, microphone = self._options.camera, self._options.microphone
        encoders = self._networks.load(hears=False)
        return {
            "source": {
                "kind": "live",
                "camera": camera.label if camera is not None else None,
                "microphone": microphone.label if microphone is not None else None,
            }
            | asdict(self.info),
            "options": {"transcript": self._options.transcript},
            "tick_s": TICK_S,
            "window_ticks": self._options.window_ticks,
            "recognizer": (
                (self._options.whisper_model or DEFAULT_MODEL) if self._options.transcript else None
            ),
            "language": self._options.language,
            "notes": list(self.notes),
        } | dict(encoders.meta())

    def pause(self) -> None:
        """Turn camera and microphone off until `resume`; ticks go on without scores."""
        self._source.pause()

    def resume(self) -> None:
        """Turn them on again."""
        self._source.resume()

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        """Change to other devices; may take a few seconds while a device lets go."""
        self._options = replace(self._options, camera=camera, microphone=microphone)
        recognizer = self._networks.recognizer
        if recognizer is not None and microphone is not None and self.loaded:
            # The session may have begun without a microphone, and so without a recogniser.
            recognizer.load_soon()
        self._source.choose(camera, microphone)

    def mark(self, label: str) -> None:
        """Mark this moment; observers are told on the flow's thread."""
        self._markers.put(label)

    def follow(self, face_id: int | None) -> None:
        """Follow a person from the next tick on, or the main face again for None."""
        self._orders.follow(face_id)

    def begin_baseline(self) -> None:
        """Begin the ten seconds from which the followed person's neutral baseline is drawn."""
        self._orders.begin_baseline()

    def clear_baseline(self) -> None:
        """Forget the followed person's neutral baseline, or break off its ten seconds."""
        self._orders.clear_baseline()

    def close(self) -> None:
        """Let go of the devices and the networks."""
        self._source.close()
        self._networks.close()

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run until `stop` is set or the session's length is over; blocks.

        Parameters
        ----------
        observers
            Told of everything, in order, on the calling thread. One that is a `CaptureWatcher`
            gets pictures and sound as they are captured, too.
        stop
            Ends the session; what was scored by then is complete.

        Raises
        ------
        UserError
            If the networks cannot be loaded.
        """
        parts = (self._source, self._networks, self._orders, self._markers)
        return LiveRun(self._options, *parts).run(observers, stop)
