"""Opens a replay and plays it, on a thread of its own, and keeps how it ended."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.viewer import ReplayViewer

log = logging.getLogger(__name__)


class Playable(Protocol):
    """What a window asks of what it plays: a `pipeline.replay.Replay`, or a recorded session."""

    @property
    def info(self) -> SourceInfo:
        """Name, size and duration of the source."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know, one line each."""

    def play(
        self,
        observers: Sequence[Observer],
        viewer: ReplayViewer,
        playhead: Playhead,
        stop: threading.Event,
        at_end: Callable[[Counts], None],
    ) -> Counts:
        """Play as the playhead says until `stop` is set; tell once when the end is reached."""

    def close(self) -> None:
        """Let go of files and networks."""


@runtime_checkable
class Explained(Protocol):
    """Something playable that can tell why it has no video: a recorded session."""

    @property
    def why_no_video(self) -> str:
        """A sentence or two; "" if there is video."""


class ReplayWorker:
    """A replay on its own thread, watched by the observers and last by the window's state.

    Parameters
    ----------
    opener
        Opens the replay, which may take its time; it is closed in the end.
    observers
        Who watches besides the window; they come first.
    newest
        What the window reads.
    playhead
        What the person wishes.

    Attributes
    ----------
    replay
        What plays, None while it is being opened.
    ended
        What was counted when the media's end was reached, None until then.
    counts
        What `play` returned, None until then.
    error
        What was raised, None if nothing.
    """

    def __init__(
        self,
        opener: Callable[[], Playable],
        observers: Sequence[Observer],
        newest: ReplayState,
        playhead: Playhead,
    ) -> None:
        self._opener = opener
        self._observers = tuple(observers)
        self._newest = newest
        self._playhead = playhead
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="replay")
        self.replay: Playable | None = None
        self.ended: Counts | None = None
        self.counts: Counts | None = None
        self.error: BaseException | None = None

    @property
    def started(self) -> bool:
        """Whether the thread was started."""
        return self._thread.ident is not None

    @property
    def running(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    @property
    def done(self) -> bool:
        """Whether nothing runs any more."""
        return self.counts is not None or self.error is not None

    def start(self) -> None:
        """Start the thread, unless the replay was ended before."""
        if not self._stop.is_set():
            self._thread.start()

    def ask_to_end(self) -> None:
        """Let the replay end soon; returns at once."""
        self._stop.set()

    def end(self) -> None:
        """Ask the replay to stop and wait until it has, so that its log is whole."""
        self._stop.set()
        if self.started:
            self._thread.join()

    def _run(self) -> None:
        try:
            replay = self._opener()
            try:
                self.replay = replay
                self.counts = replay.play(
                    self._observers, self._newest, self._playhead, self._stop, self._at_end
                )
            finally:
                replay.close()
        except BaseException as error:
            # Whatever it is, it belongs to whoever opened the window, not to this thread.
            level = logging.WARNING if isinstance(error, UserError) else logging.ERROR
            log.log(level, "the replay ended with an error", exc_info=True)
            self.error = error

    def _at_end(self, counts: Counts) -> None:
        self._newest.finish()
        self.ended = counts
