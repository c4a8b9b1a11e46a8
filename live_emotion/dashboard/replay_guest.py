"""A file or a recorded session shown from the live window: capture rests meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.opening import open_path
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.worker import Playable, ReplayWorker
from live_emotion.pipeline.playhead import Playhead
from live_emotion.session.reader import is_session


class ReplayGuest(QObject):
    """Shows one file at a time in a window of its own.

    Parameters
    ----------
    opener
        Opens the file, on a thread that may take its time.
    """

    finished = pyqtSignal()

    def __init__(self, opener: Callable[[Path, Settings], Playable] = open_path) -> None:
        super().__init__()
        self._opener = opener
        self._error: BaseException | None = None
        self._ended = False
        self.window: ReplayWindow | None = None

    @property
    def busy(self) -> bool:
        """Whether a file is being shown."""
        return self.window is not None

    def open(self, path: Path, control: LiveControl) -> bool:
        """Show a file, or a session's folder; False if another one is open."""
        if self.busy:
            return False
        settings = control.settings
        newest, playhead = ReplayState(), Playhead(1.0, paused=is_session(path))
        worker = ReplayWorker(lambda: self._opener(path, settings), (), newest, playhead)
        keeper = SettingsKeeper(Loaded(settings), Path(), control)
        window = ReplayWindow(worker, newest, playhead, keeper, path.name, opener=self._opener)

        def closed() -> None:
            # The window has waited for its worker.
            self.window = None
            if worker.replay is None:
                self._error = worker.error
            window.deleteLater()
            if not self._ended:
                self.finished.emit()

        window.closed.connect(closed)
        self.window = window
        window.show()
        worker.start()
        return True

    def take_error(self) -> BaseException | None:
        """Return why the last file could not be opened, once."""
        error, self._error = self._error, None
        return error

    def end(self) -> None:
        """Close the window, if there is one, and let go of everything."""
        self._ended = True
        if self.window is not None:
            self.window.close()
