"""Replay: a file through the whole program, at any pace, with the same result."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_S, tick_at, tick_start
from live_emotion.models.presets import preset_named
from live_emotion.perception.speech.whisper import WhisperRecognizer
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.hearing import open_recognizer
from live_emotion.pipeline.observer import FanOut, Observer, looks_at_pictures
from live_emotion.pipeline.options import Counts, ReplayOptions, check_window
from live_emotion.pipeline.orders import Orders
from live_emotion.pipeline.pacer import Pacer
from live_emotion.pipeline.passes import Parts, Passes
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.reel import Reel
from live_emotion.pipeline.sight import STEP_S
from live_emotion.pipeline.steered import Steerable, SteeredReplay
from live_emotion.pipeline.viewer import ReplayViewer
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.wish import parse_wish

__all__ = ["Counts", "Replay", "ReplayOptions"]


class Replay:
    """A file, the networks and the recogniser, opened and ready to run once.

    Use `open`; close it when done, or use it as a context manager.
    """

    def __init__(
        self,
        options: ReplayOptions,
        source: MediaFile,
        encoders: EncoderSet,
        recognizer: WhisperRecognizer | None,
    ) -> None:
        self._options = options
        self._source = source
        self._encoders = encoders
        self._recognizer = recognizer
        self._first_tick = tick_at(options.start)
        self._orders = Orders()
        parts = Parts(source, encoders, recognizer)
        self._passes = Passes(options, source.info, parts, self._orders)

    @classmethod
    def open(cls, options: ReplayOptions) -> Replay:
        """Open everything a replay needs.

        Raises
        ------
        UserError
            If the file cannot be replayed, an option is out of range, or weights, engine or
            recogniser cannot be had.
        """
        _check(options)
        preset_named(options.preset)
        start = tick_start(tick_at(options.start))
        source = MediaFile(options.path, start=start, end=options.end)
        try:
            recognizer = None
            if options.transcript and source.info.has_audio:
                recognizer = open_recognizer(
                    options.whisper_model, options.language, max(1, _threads() // 2)
                )
            encoders = EncoderSet.open(
                options.preset, options.engine, threads=_threads(), text=options.text
            )
        except BaseException:
            source.close()
            raise
        return cls(options, source, encoders, recognizer)

    def __enter__(self) -> Replay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file and the networks."""
        self._source.close()
        self._encoders.close()

    def follow(self, face_id: int | None) -> None:
        """Follow a person from the next tick on, or the main face again for None."""
        self._orders.follow(face_id)

    def begin_baseline(self) -> None:
        """Begin the ten seconds from which the followed person's neutral baseline is drawn."""
        self._orders.begin_baseline()

    def clear_baseline(self) -> None:
        """Forget the followed person's neutral baseline, or break off its ten seconds."""
        self._orders.clear_baseline()

    @property
    def info(self) -> SourceInfo:
        """What the file holds."""
        return self._source.info

    @property
    def options(self) -> ReplayOptions:
        """The options it was opened with."""
        return self._options

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this run, a line each: untrained branches, fallbacks."""
        return tuple(self._encoders.notes)

    def meta(self) -> Mapping[str, Any]:
        """Return what a session log's ``meta.json`` says of source, networks and options."""
        return {
            "source": {"kind": "file", "path": str(self._options.path)} | asdict(self.info),
            "options": {
                "start": tick_start(self._first_tick),
                "end": self._options.end,
                "transcript": self._recognizer is not None,
            },
            "tick_s": TICK_S,
            "window_ticks": self._options.window_ticks,
            "language": self._options.language,
            "recognizer": self._recognizer.name if self._recognizer is not None else None,
            "notes": list(self.notes),
        } | dict(self._encoders.meta())

    def run(
        self,
        observers: Sequence[Observer],
        stop: threading.Event,
        *,
        around: Callable[[Parts], Parts] | None = None,
    ) -> Counts:
        """Replay the file; blocks until its end, or until `stop` is set.

        Parameters
        ----------
        observers
            Told of everything, in order, on the calling thread. Where none of them does anything
            with frames, pictures that perception never looks at need not be decoded, and are not
            told of: the scores are the same.
        stop
            Ends the run early; what was scored by then is complete.
        around
            Takes the parts and returns what is used in their place, such as the same with their
            time taken; they are left open.
        """
        if not any(map(looks_at_pictures, observers)):
            self._source.picture_step = STEP_S
        parts = self._passes.parts if around is None else around(self._passes.parts)
        meter = HealthMeter()
        running = self._passes.over(parts, self._first_tick, FanOut(observers), meter)
        try:
            stopped = running.run(Pacer(self._options.speed), stop)
        finally:
            running.close()
        flow = running.flow
        return Counts(
            frames_read=meter.frames_read,
            ticks=meter.ticks,
            estimates=flow.estimates,
            dropped=meter.dropped | flow.dropped(),
            media_s=flow.t - tick_start(self._first_tick),
            wall_s=meter.wall_s,
            stopped=stopped,
        )

    def play(
        self,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        stop: threading.Event,
        at_end: Callable[[Counts], None] = lambda counts: None,
    ) -> Counts:
        """Replay the file as a person steers it; blocks until `stop` is set.

        Nothing is loaded again, wherever the person goes. Parameters as of `SteeredReplay`.
        """
        info, end = self.info, self._options.end
        ends = [t for t in (info.duration, end) if t is not None]
        limit = max(self._first_tick, tick_at(min(ends) - TICK_S / 2)) if ends else None
        what = Steerable(
            info.name,
            self._first_tick,
            limit,
            self._passes.begin,
            (lambda t: Reel(self._passes.open_at, t)) if info.has_video else None,
        )
        return SteeredReplay(what, observers, viewer, playhead, at_end).run(stop)


def _threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))


def _check(options: ReplayOptions) -> None:
    if options.speed is not None and not (options.speed > 0.0 and math.isfinite(options.speed)):
        raise UserError(f"The speed must be above 0, not {options.speed:g}: try 1, 2 or max.")
    parse_wish(options.engine)
    if not (options.start >= 0.0 and math.isfinite(options.start)):
        raise UserError(f"The start must be 0 s or later, not {options.start:g} s.")
    check_window(options.window_ticks)
    if options.end is not None and options.end <= options.start:
        raise UserError(
            f"The end ({options.end:g} s) must be later than the start ({options.start:g} s)."
        )
