"""A file replayed from the live window: capture rests meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PyQt6.QtCore import QObject, pyqtSignal

from live_emotion.dashboard.gate import Gate
from live_emotion.dashboard.newest import NewestState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Settings
from live_emotion.dashboard.worker import Replayable, ReplayWorker

_LOG = logging.getLogger(__name__)


class ClosableReplay(Replayable, Protocol):
    """A replay that lets go of its file and networks."""

    def close(self) -> None:
        """Let go."""


def open_replay(path: Path, settings: Settings) -> ClosableReplay:
    """Open a file in real time, with the networks of the settings; takes seconds.

    Raises
    ------
    UserError
        If the file or the networks cannot be opened.
    """
    from live_emotion.pipeline.options import ReplayOptions
    from live_emotion.pipeline.replay import Replay

    return Replay.open(
        ReplayOptions(
            path=path,
            speed=1.0,
            preset=settings.preset,
            engine=settings.engine,
            whisper_model=settings.whisper_model or None,
            transcript=settings.transcript,
        )
    )


class ReplayGuest(QObject):
    """Opens one file at a time and shows it in a window of its own.

    Parameters
    ----------
    opener
        Opens the file, on a thread that may take its time.
    """

    finished = pyqtSignal()

    def __init__(self, opener: Callable[[Path, Settings], ClosableReplay] = open_replay) -> None:
        super().__init__()
        self._opener = opener
        self._thread: threading.Thread | None = None
        self._opened: ClosableReplay | None = None
        self._error: BaseException | None = None
        self._path = Path()
        self._settings = Settings()
        self._ended = False
        self.window: ReplayWindow | None = None

    @property
    def busy(self) -> bool:
        """Whether a file is being opened or shown."""
        return self._thread is not None or self.window is not None

    def open(self, path: Path, settings: Settings) -> bool:
        """Begin to open a file; False if another one is open."""
        if self.busy:
            return False
        self._path, self._settings = path, settings
        self._thread = threading.Thread(target=self._open, name="replay opening", daemon=True)
        self._thread.start()
        return True

    def poll(self) -> BaseException | None:
        """Show the file once it is open; return why it cannot be opened, if so."""
        if self._thread is None or self._thread.is_alive():
            return None
        self._thread = None
        opened, error = self._opened, self._error
        self._opened = self._error = None
        if opened is not None:
            self._show(opened)
        if error is not None:
            self.finished.emit()
        return error

    def end(self) -> None:
        """Close the window, if there is one, and let go of everything."""
        self._ended = True
        if self.window is not None:
            self.window.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _open(self) -> None:
        try:
            self._opened = self._opener(self._path, self._settings)
        except BaseException as error:
            _LOG.info("%s could not be opened", self._path, exc_info=True)
            self._error = error

    def _show(self, replay: ClosableReplay) -> None:
        stop = threading.Event()
        gate = Gate(stop)
        newest = NewestState(gate)
        worker = ReplayWorker(replay, (), newest, stop)
        window = ReplayWindow(
            replay,
            worker,
            newest,
            gate,
            self._path.name,
            theme=self._settings.theme,
            text_percent=self._settings.text_percent,
        )

        def closed() -> None:
            # The window has waited for its worker.
            self.window = None
            window.deleteLater()
            threading.Thread(target=replay.close, daemon=True).start()
            if not self._ended:
                self.finished.emit()

        window.closed.connect(closed)
        self.window = window
        window.show()
        worker.start()
