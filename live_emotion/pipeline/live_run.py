"""One run of a live session: from its devices through the flow to those who look on."""

from __future__ import annotations

import functools
import queue
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from live_emotion.capture.live_source import LiveSource
from live_emotion.capture.source import CaptureWatcher
from live_emotion.core.clock import SessionClock
from live_emotion.core.estimate import DeviceEvent, Marker
from live_emotion.core.media import VideoFrame
from live_emotion.core.ticks import tick_at, tick_start
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.pipeline.flow import Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.late_words import LateWords
from live_emotion.pipeline.live_flow import LiveFlow
from live_emotion.pipeline.live_networks import LiveNetworks
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.sight import FaceWatch

# The second search of a tick falls due 50 ms before its end.
_SEARCH_PHASE_S: Final = 0.15
_POLL_S: Final = 0.05


class LiveRun:
    """Moves what the devices bring through the flow, until told to stop.

    Parameters
    ----------
    options
        As the session begins.
    source, networks
        The devices, and what is computed with; the networks may still have to be loaded.
    orders
        What those who look on ask for.
    markers
        Labels of moments marked, from any thread.
    """

    def __init__(
        self,
        options: LiveOptions,
        source: LiveSource,
        networks: LiveNetworks,
        orders: Orders,
        markers: queue.SimpleQueue[str],
    ) -> None:
        self._options = options
        self._source = source
        self._networks = networks
        self._orders = orders
        self._markers = markers

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run as `Live.run` does."""
        observer = FanOut(observers)
        self._source.clock = clock = SessionClock()
        self._source.watchers = tuple(o for o in observers if isinstance(o, CaptureWatcher))
        self._source.start()
        meter = HealthMeter()
        words: LateWords | None = None
        try:
            encoders = self._networks.load_while(
                functools.partial(self._show, observer),
                stop,
                hears=self._options.microphone is not None,
            )
            if encoders is None:
                return Counts(0, 0, 0, dict(meter.dropped), 0.0, meter.wall_s, stopped=True)
            sight = FaceWatch(
                FaceFinder(encoders.face_finder), FaceTracker(), phase_s=_SEARCH_PHASE_S
            )
            recognizer = self._networks.recognizer
            words = LateWords(recognizer) if recognizer is not None else None
            stages = Stages(sight, words, encoders, self._options.window_ticks)
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
            recognizer = self._networks.recognizer
            problem = recognizer.take_problem() if recognizer is not None else None
            if problem is not None:
                observer.on_device(DeviceEvent(clock.now(), "transcript", "failed", problem))
        return True

    def _drain(self, flow: LiveFlow) -> None:
        """Tell what the devices said last; pictures and sound are over."""
        for event in self._source.take(0.0):
            if isinstance(event, DeviceEvent):
                flow.push(event)

    def _show(self, observer: Observer) -> None:
        """Tell of pictures and devices for a moment, while the networks load."""
        for event in self._source.take(_POLL_S):
            if isinstance(event, VideoFrame):
                observer.on_frame(event, ())
            elif isinstance(event, DeviceEvent):
                observer.on_device(event)
