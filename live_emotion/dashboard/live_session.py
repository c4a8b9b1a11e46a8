"""Runs camera and microphone on a thread of its own, for the window to look at."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import Estimate
from live_emotion.dashboard.errands import Errands
from live_emotion.dashboard.livable import Livable, open_live
from live_emotion.dashboard.newest import NewestState
from live_emotion.pipeline.live_options import LiveOptions
from live_emotion.pipeline.observer import BaseObserver, Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.orders import Followable

_LOG = logging.getLogger(__name__)


class LiveSession:
    """One session, from the first import to the last device let go.

    Everything but `end` returns at once: what takes time is done on the session's thread or as
    an errand.

    Parameters
    ----------
    options
        What to run.
    observers
        Who watches besides the window; they come first.
    errands
        Runs what has to do with devices.
    paused
        Whether to begin with the devices turned off.
    make
        Makes the session proper; on the session's thread.
    after
        A session that must have ended before, None for none.

    Attributes
    ----------
    newest
        What the window reads.
    counts, error
        How it ended: what `run` returned or raised, None until then.
    """

    def __init__(
        self,
        options: LiveOptions,
        observers: Sequence[Observer],
        errands: Errands,
        *,
        paused: bool = False,
        make: Callable[[LiveOptions], Livable] = open_live,
        after: LiveSession | None = None,
    ) -> None:
        self._options = options
        self._errands = errands
        self._make = make
        self._after = after
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._paused = paused
        self._live: Livable | None = None
        self._engine = ""
        self.newest = NewestState()
        self._observers = (*observers, self.newest, _Once(self._look_at_engines))
        self.counts: Counts | None = None
        self.error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="live")

    @property
    def done(self) -> bool:
        """Whether the session has ended, well or not."""
        return self.counts is not None or self.error is not None

    @property
    def paused(self) -> bool:
        """Whether the user wants the devices off."""
        return self._paused

    @property
    def loaded(self) -> bool:
        """Whether the networks are there."""
        live = self._live
        return live is not None and live.loaded

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know of this session."""
        live = self._live
        return live.notes if live is not None else ()

    @property
    def engine(self) -> str:
        """What runs the networks, in words; empty while that is not known."""
        return self._engine

    @property
    def options(self) -> LiveOptions:
        """The options, with the devices as last chosen."""
        return self._options

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def ask_to_end(self) -> None:
        """Let the session end soon; returns at once."""
        self._stop.set()

    def end(self) -> None:
        """End the session and wait until it has."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def set_paused(self, paused: bool) -> None:
        """Turn the devices off, or on again."""
        self._paused = paused
        self._errands.do(self._apply)

    def choose(self, camera: CameraChoice | None, microphone: MicrophoneChoice | None) -> None:
        """Change to other devices."""
        self._options = replace(self._options, camera=camera, microphone=microphone)
        self._errands.do(self._apply)

    def mark(self, label: str) -> bool:
        """Mark this moment; False if there is nothing yet to be marked."""
        live = self._live
        if live is None or self.done:
            return False
        live.mark(label)
        return True

    @property
    def followable(self) -> Followable | None:
        """What follows people and keeps their baselines; None before and after the session."""
        live = self._live
        return live if isinstance(live, Followable) and not self.done else None

    def meta(self) -> Mapping[str, Any]:
        """Return what a session log says; waits for the networks. Not for Qt's thread.

        Raises
        ------
        RuntimeError
            If the session has not come up.
        """
        live = self._live
        if live is None:
            raise RuntimeError("the session has not begun")
        return live.meta()

    def _apply(self) -> None:
        """Make the session's devices those that are wanted now."""
        with self._lock:
            live = self._live
            if live is None:
                return
            if self._paused:
                live.pause()
            live.choose(self._options.camera, self._options.microphone)
            if not self._paused:
                live.resume()

    def _run(self) -> None:
        try:
            if self._after is not None:
                self._after.end()
                self._after = None
            live = self._make(self._options)
            with self._lock:
                self._live = live
            self._apply()
            try:
                counts = live.run(self._observers, self._stop)
            finally:
                live.close()
            self.newest.finish()
            self.counts = counts
        except BaseException as error:
            # It is told in the window, which goes on without a session.
            level = logging.WARNING if isinstance(error, UserError) else logging.ERROR
            _LOG.log(level, "the live session ended with an error", exc_info=True)
            self.error = error

    def _look_at_engines(self) -> None:
        self._engine = engine_words(self.meta())
        _LOG.info("the first scores, by %s", self._engine)


def engine_words(meta: Mapping[str, Any]) -> str:
    """Return what runs the networks: "openvino bfloat16, float32", say, or several of them."""
    found: dict[str, dict[str, None]] = {}
    for each in meta.get("engines", {}).values():
        found.setdefault(each["engine"], {})[each["precision"]] = None
    return "; ".join(f"{name} {', '.join(precisions)}" for name, precisions in found.items())


class _Once(BaseObserver):
    """Calls back at the first estimate: by then all is loaded."""

    def __init__(self, call: Callable[[], None]) -> None:
        self._call: Callable[[], None] | None = call

    def on_estimate(self, estimate: Estimate) -> None:
        """Call, the first time."""
        call, self._call = self._call, None
        if call is not None:
            call()
