"""Live: camera and microphone through the whole program, in real time."""

from __future__ import annotations

import math
import os
import queue
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from types import TracebackType
from typing import Any, Final

import numpy as np

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.live_source import LiveSource
from live_emotion.capture.reconnecting import DeviceState
from live_emotion.capture.source import CaptureWatcher, SourceInfo
from live_emotion.core.clock import SessionClock
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent, Marker
from live_emotion.core.media import VideoFrame
from live_emotion.core.ticks import TICK_S, WINDOW_TICKS, tick_at, tick_start
from live_emotion.models.presets import preset_named
from live_emotion.perception.faces.crop import CROP_SIDE
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.spectrogram import MEL_BANDS, PIECE_FRAMES
from live_emotion.perception.speech.recognizer import DEFAULT_MODEL, WhisperRecognizer
from live_emotion.pipeline.flow import Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.hearing import open_recognizer
from live_emotion.pipeline.late_words import LateRecognizer, LateWords
from live_emotion.pipeline.live_flow import LiveFlow
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts, check_window
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.wish import parse_wish

__all__ = ["Counts", "Live", "LiveOptions"]

# The second search of a tick falls due 50 ms before its end.
_SEARCH_PHASE_S: Final = 0.15
_POLL_S: Final = 0.05


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
        _check(options)
        self._options = options
        self._source = LiveSource(options.camera, options.microphone)
        self._loading = threading.Lock()
        self._encoders: EncoderSet | None = None
        self._recognizer: LateRecognizer | None = None
        if options.transcript:
            self._recognizer = LateRecognizer(self._load_recognizer)
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
        with self._loading:
            if self._encoders is not None:
                return
            options = self._options
            if self._recognizer is not None and options.microphone is not None:
                self._recognizer.load()
            encoders = EncoderSet.open(
                options.preset, options.engine, threads=_threads(), text=options.text
            )
            _warm_up(encoders)
            self._encoders = encoders

    def _load_recognizer(self) -> WhisperRecognizer:
        options = self._options
        return open_recognizer(options.whisper_model, options.language, max(1, _threads() // 2))

    @property
    def loaded(self) -> bool:
        """Whether the networks are there."""
        return self._encoders is not None

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
        return tuple(self._encoders.notes) if self._encoders is not None else ()

    def meta(self) -> Mapping[str, Any]:
        """Return what a session log's ``meta.json`` says; loads the networks if need be."""
        self.preload()
        assert self._encoders is not None
        camera, microphone = self._options.camera, self._options.microphone
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
        } | dict(self._encoders.meta())

    def pause(self) -> None:
        """Turn camera and microphone off until `resume`; ticks go on without scores."""
        self._source.pause()

    def resume(self) -> None:
        """Turn them on again."""
        self._source.resume()

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        """Change to other devices; may take a few seconds while a device lets go."""
        self._options = replace(self._options, camera=camera, microphone=microphone)
        if self._recognizer is not None and microphone is not None and self.loaded:
            # The session may have begun without a microphone, and so without a recogniser.
            self._recognizer.load_soon()
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
        if self._encoders is not None:
            self._encoders.close()

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
        observer = FanOut(observers)
        self._source.clock = clock = SessionClock()
        self._source.watchers = tuple(o for o in observers if isinstance(o, CaptureWatcher))
        self._source.start()
        meter = HealthMeter()
        words: LateWords | None = None
        try:
            if not self._load_while_watching(observer, stop) or self._encoders is None:
                return Counts(0, 0, 0, dict(meter.dropped), 0.0, meter.wall_s, stopped=True)
            sight = FaceWatch(
                FaceFinder(self._encoders.face_finder), FaceTracker(), phase_s=_SEARCH_PHASE_S
            )
            words = LateWords(self._recognizer) if self._recognizer is not None else None
            stages = Stages(sight, words, self._encoders, self._options.window_ticks)
            first = tick_at(clock.now())
            flow = LiveFlow(
                # Devices may be chosen later: what is missing is told tick by tick.
                replace(self._source.info, has_video=True, has_audio=True),
                stages,
                observer,
                meter,
                first,
                words=words,
                senses=self._source,
                clock=clock,
                orders=self._orders,
            )
            stopped = self._pump(flow, observer, stop)
            self._source.close()
            self._drain(flow)
            flow.end()
        finally:
            self._source.close()
            if words is not None:
                words.close()
        return Counts(
            frames_read=meter.frames_read,
            ticks=meter.ticks,
            estimates=flow.estimates,
            dropped=flow.dropped(),
            media_s=flow.t - tick_start(first),
            wall_s=meter.wall_s,
            stopped=stopped,
        )

    def _pump(self, flow: LiveFlow, observer: Observer, stop: threading.Event) -> bool:
        """Move events from the source to the flow; return whether the session was stopped."""
        clock, seconds = self._source.clock, self._options.seconds
        while not stop.is_set():
            now = clock.now()
            if seconds is not None and now >= seconds:
                return False
            due = flow.next_due - now
            for event in self._source.take(min(_POLL_S, due) if due > 0.0 else 0.005):
                flow.push(event)
            flow.advance()
            while not self._markers.empty():
                observer.on_marker(Marker(clock.now(), self._markers.get()))
            problem = self._recognizer.take_problem() if self._recognizer is not None else None
            if problem is not None:
                observer.on_device(DeviceEvent(clock.now(), "transcript", "failed", problem))
        return True

    def _drain(self, flow: LiveFlow) -> None:
        """Tell what the devices said last; pictures and sound are over."""
        for event in self._source.take(0.0):
            if isinstance(event, DeviceEvent):
                flow.push(event)

    def _load_while_watching(self, observer: Observer, stop: threading.Event) -> bool:
        """Load the networks; show pictures and device events meanwhile. False if stopped."""
        if self.loaded:
            return True
        failure: list[BaseException] = []

        def load() -> None:
            try:
                self.preload()
            except BaseException as error:  # raised again on the caller's thread
                failure.append(error)

        thread = threading.Thread(target=load, name="networks", daemon=True)
        thread.start()
        while thread.is_alive() and not stop.is_set():
            for event in self._source.take(_POLL_S):
                if isinstance(event, VideoFrame):
                    observer.on_frame(event, ())
                elif isinstance(event, DeviceEvent):
                    observer.on_device(event)
        thread.join()
        if failure:
            raise failure[0]
        return not stop.is_set()


def _warm_up(encoders: EncoderSet) -> None:
    """Run every network once on nothing: the first run of each takes much longer than the next."""
    FaceFinder(encoders.face_finder).find(np.zeros((480, 640, 3), np.uint8))
    if encoders.joint is not None:
        encoders.joint.run({})
        return
    present = np.ones(WINDOW_TICKS, np.bool_)
    face = encoders.vision_face(np.zeros((1, CROP_SIDE, CROP_SIDE, 3), np.uint8))
    encoders.vision_sequence(np.repeat(face, WINDOW_TICKS, axis=0), present)
    piece = encoders.audio_piece(np.zeros((1, MEL_BANDS, PIECE_FRAMES), np.float32))
    encoders.audio_sequence(np.repeat(piece, WINDOW_TICKS, axis=0), present)
    encoders.text("a few words")


def _threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))


def _check(options: LiveOptions) -> None:
    preset_named(options.preset)
    parse_wish(options.engine)
    if options.camera is None and options.microphone is None:
        raise UserError("There is nothing to see or hear: choose a camera or a microphone.")
    check_window(options.window_ticks)
    seconds = options.seconds
    if seconds is not None and not (seconds > 0.0 and math.isfinite(seconds)):
        raise UserError(f"The session must last longer than 0 s, not {seconds:g} s.")
