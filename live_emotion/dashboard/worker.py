"""Runs a replay on a thread of its own and keeps how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Protocol

from live_emotion.capture.source import SourceInfo
from live_emotion.dashboard.newest import NewestState
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts

log = logging.getLogger(__name__)


class Replayable(Protocol):
    """What the window asks of a replay; `pipeline.replay.Replay` is one."""

    @property
    def info(self) -> SourceInfo:
        """Name, size and duration of the source."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one line each."""

    def run(self, observers: Sequence[Observer], stop: threading.Event) -> Counts:
        """Run to the end, or until `stop` is set."""


class ReplayWorker:
    """A replay on its own thread, watched by the observers and last by the window's state.

    Parameters
    ----------
    replay
        What runs.
    observers
        Who watches besides the window, the session log for one; they come first, so that what
        the window shows has been logged.
    newest
        What the window reads.
    stop
        Ends the replay; the same event that the gate of `newest` knows.

    Attributes
    ----------
    counts
        What `run` returned, None until then.
    error
        What `run` raised, None if nothing.
    """

    def __init__(
        self,
        replay: Replayable,
        observers: Sequence[Observer],
        newest: NewestState,
        stop: threading.Event,
    ) -> None:
        self._replay = replay
        self._observers = (*observers, newest)
        self._newest = newest
        self._stop = stop
        self._thread = threading.Thread(target=self._run, name="replay")
        self.counts: Counts | None = None
        self.error: BaseException | None = None

    @property
    def done(self) -> bool:
        """Whether the replay has ended, well or not."""
        return self.counts is not None or self.error is not None

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def end(self) -> None:
        """Ask the replay to stop and wait until it has, so that its log is whole."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            counts = self._replay.run(self._observers, self._stop)
            self._newest.finish()
            self.counts = counts
        except BaseException as error:
            # Whatever it is, it belongs to whoever called `run`, not to this thread.
            log.exception("the replay ended with an error")
            self.error = error
