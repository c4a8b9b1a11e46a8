"""A file that is dropped on a replay: opened behind it, and shown in its place once it is open."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from live_emotion.core.errors import UserError
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.opening import open_path
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.settings import Settings
from live_emotion.dashboard.worker import Playable, ReplayWorker
from live_emotion.pipeline.playhead import Playhead
from live_emotion.session.reader import is_session

if TYPE_CHECKING:
    from live_emotion.dashboard.replay_window import ReplayWindow

_LOG = logging.getLogger(__name__)

Opener = Callable[[Path, Settings], Playable]


class ReplaySwap:
    """Shows another file in a replay's window; what plays goes on until that one is open.

    Everything here belongs to Qt's thread but the opening itself.

    Parameters
    ----------
    window
        Whose replay changes.
    opener
        Opens a file or a session, on a thread that may take its time.
    """

    def __init__(self, window: ReplayWindow, opener: Opener = open_path) -> None:
        self._window = window
        self._opener = opener
        self._path = Path()
        self._thread: threading.Thread | None = None
        self._opened: Playable | None = None
        self._error: BaseException | None = None

    def open(self, path: Path) -> None:
        """Begin to open a file, or a session's folder."""
        window = self._window
        if self._thread is not None:
            window.message.say(tr("Another file is being opened: wait a moment."))
            return
        window.message.say(tr("Opening {}.").format(path.name))
        self._path = path
        settings = window.keeper.settings
        self._thread = threading.Thread(target=self._run, args=(settings,), name="opening")
        self._thread.start()

    def refresh(self) -> None:
        """Take the next step, if it is time for one."""
        if self._thread is None or self._thread.is_alive():
            return
        window, opened = self._window, self._opened
        if opened is None:
            error, self._thread, self._error = self._error, None, None
            if error is not None:
                window.show_problem(error)
            return
        window.worker.ask_to_end()
        if not window.worker.running:
            self._thread = self._opened = None
            newest, playhead = ReplayState(), Playhead(1.0, paused=is_session(self._path))
            worker = ReplayWorker(lambda: opened, (), newest, playhead)
            window.take_on(worker, newest, playhead, self._path.name)
            worker.start()

    def end(self) -> None:
        """Let go of a file that was still being opened; waits for it."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _run(self, settings: Settings) -> None:
        try:
            self._opened = self._opener(self._path, settings)
        except BaseException as error:
            level = logging.WARNING if isinstance(error, UserError) else logging.ERROR
            _LOG.log(level, "%s cannot be opened", self._path, exc_info=True)
            self._error = error
