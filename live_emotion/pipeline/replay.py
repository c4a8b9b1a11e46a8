"""Replay: a file through the whole program, at any pace, with the same result."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any

from live_emotion.capture.media_file import MediaFile
from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.core.ticks import TICK_S, WINDOW_TICKS, tick_at, tick_start
from live_emotion.models.presets import preset_named
from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.tracker import FaceTracker
from live_emotion.perception.speech.recognizer import WhisperRecognizer
from live_emotion.pipeline.feed import ReadAhead
from live_emotion.pipeline.flow import Flow, Stages
from live_emotion.pipeline.health import HealthMeter
from live_emotion.pipeline.observer import FanOut, Observer
from live_emotion.pipeline.options import Counts, ReplayOptions
from live_emotion.pipeline.pacer import Pacer
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.pipeline.words import WordStream
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import ENGINE_CHOICES

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
                model = options.whisper_model
                # The packaged model knows English only; any other tells the language itself.
                language = "en" if model is None or model.endswith(".en") else None
                recognizer = WhisperRecognizer(model, language, threads=max(1, _threads() // 2))
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
            "window_ticks": WINDOW_TICKS,
            "recognizer": self._recognizer.name if self._recognizer is not None else None,
            "notes": list(self.notes),
        } | dict(self._encoders.meta())

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Replay the file; blocks until its end, or until `stop` is set.

        Parameters
        ----------
        observers
            Told of everything, in order, on the calling thread.
        stop
            Ends the run early; what was scored by then is complete.
        """
        meter = HealthMeter()
        observer = FanOut(observers)
        pacer = Pacer(self._options.speed)
        info = self.info
        words = WordStream(self._recognizer) if self._recognizer is not None else None
        sight = None
        if info.has_video:
            sight = FaceWatch(FaceFinder(self._encoders.face_finder), FaceTracker())
        flow = Flow(info, Stages(sight, words, self._encoders), observer, meter, self._first_tick)
        stopped = False
        try:
            with ReadAhead(self._source) as events:
                for event in events:
                    pacer.wait(event.t, stop)
                    if stop.is_set():
                        stopped = True
                        break
                    flow.push(event)
            flow.end() if stopped else flow.finish()
        finally:
            if words is not None:
                words.close()
        return Counts(
            frames_read=meter.frames_read,
            ticks=meter.ticks,
            estimates=flow.estimates,
            dropped=meter.dropped | flow.dropped(),
            media_s=flow.t - tick_start(self._first_tick),
            wall_s=meter.wall_s,
            stopped=stopped,
        )


def _threads() -> int:
    return max(1, min(4, os.cpu_count() or 1))


def _check(options: ReplayOptions) -> None:
    if options.speed is not None and not (options.speed > 0.0 and math.isfinite(options.speed)):
        raise UserError(f"The speed must be above 0, not {options.speed:g}: try 1, 2 or max.")
    if options.engine not in ENGINE_CHOICES:
        raise UserError(
            f"There is no engine “{options.engine}”: choose one of {', '.join(ENGINE_CHOICES)}."
        )
    if not (options.start >= 0.0 and math.isfinite(options.start)):
        raise UserError(f"The start must be 0 s or later, not {options.start:g} s.")
    if options.end is not None and options.end <= options.start:
        raise UserError(
            f"The end ({options.end:g} s) must be later than the start ({options.start:g} s)."
        )
