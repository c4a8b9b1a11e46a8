"""Opens the window on a replay and stays until it is closed."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType, TracebackType
from typing import Final, Protocol

# OpenCV points Qt at plugins of its own when it is imported: import it (by way of `replay_state`)
# before the application is made, and take the variable away after.
from live_emotion.dashboard.replay_state import ReplayState

os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)

from PyQt6.QtCore import QCoreApplication, QEventLoop, QTimer
from PyQt6.QtWidgets import QApplication

from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import load, settings_path
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.speaking import speak
from live_emotion.dashboard.worker import Playable, ReplayWorker
from live_emotion.pipeline.observer import Observer
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.playhead import Playhead

_CLOSE_VARIABLE: Final = "LIVE_EMOTION_CLOSE_WHEN_DONE"
_SWITCH_S: Final = 0.001
_KEPT_ERRORS: Final = 50

log = logging.getLogger(__name__)


def run(
    opener: Callable[[], Playable],
    observers: Sequence[Observer],
    title: str,
    *,
    speed: float | None = 1.0,
    paused: bool = False,
    keeper: SettingsKeeper | None = None,
    close_when_done: bool | None = None,
) -> Counts:
    """Show a replay in a window and return its counts once the window is closed.

    The window is there at once; the replay is opened and runs on a thread of its own. Closing the
    window, or Ctrl-C, stops it and waits until it has ended, so that the session log is whole.
    When the media's end is reached the window stays open, unless `close_when_done`.

    Parameters
    ----------
    opener
        Opens the replay; it is closed in the end.
    observers
        Who watches besides the window; each is called before the window.
    title
        What plays, for a person: usually the file's name.
    speed
        Media seconds a second to begin with; None for as fast as possible.
    paused
        Whether it is held at first.
    keeper
        Keeps the settings; None for those of the program.
    close_when_done
        For automated runs; None looks whether `LIVE_EMOTION_CLOSE_WHEN_DONE` is set in the
        environment, to anything but an empty string or 0.

    Raises
    ------
    BaseException
        Whatever opening or running raised, after the window was closed.
    """
    application()
    if close_when_done is None:
        close_when_done = os.environ.get(_CLOSE_VARIABLE, "") not in ("", "0")
    if keeper is None:
        keeper = SettingsKeeper(load(settings_path()), settings_path())
    speak(keeper.settings.language)
    newest, playhead = ReplayState(), Playhead(speed, paused=paused)
    worker = ReplayWorker(opener, observers, newest, playhead)
    window = ReplayWindow(worker, newest, playhead, keeper, title, close_when_done=close_when_done)
    loop = QEventLoop()
    window.closed.connect(loop.quit)
    with guarded(window):
        window.show()
        # Only when the window was painted: what comes next keeps the processor busy.
        QTimer.singleShot(50, worker.start)
        try:
            loop.exec()
        finally:
            worker.end()
            # Another one, if a file was dropped on the window.
            window.worker.end()
    window.deleteLater()
    if worker.error is not None:
        raise worker.error
    if worker.counts is None:
        raise RuntimeError("the replay ended without counts")
    return worker.ended or worker.counts


def application() -> QCoreApplication:
    """Return the application; make it if need be."""
    os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
    app = QApplication.instance()
    if app is None:
        app = QApplication(["live-emotion"])
        app.setApplicationName("live-emotion")
        _kept.append(app)
    return app


class Guarded(Protocol):
    """A window that can tell of an error and be closed."""

    def show_problem(self, error: BaseException) -> None:
        """Tell of an error."""

    def close(self) -> bool:
        """Close the window."""


# An application without a reference is deleted under its windows.
_kept: list[QCoreApplication] = []


@contextlib.contextmanager
def guarded(window: Guarded) -> Iterator[None]:
    """Keep an exception in a slot from aborting the process, and let Ctrl-C close the window."""

    def on_error(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        # One that comes with every refresh must not fill the log.
        told = f"{kind.__name__}: {error}"
        if told in seen or len(seen) >= _KEPT_ERRORS:
            return
        seen.add(told)
        log.error("an error in the window", exc_info=(kind, error, trace))
        window.show_problem(error)

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        # Later, from the event loop: now the window may be holding a lock that the worker,
        # which closing waits for, needs to come to its end.
        QTimer.singleShot(0, window.close)

    seen: set[str] = set()
    hook_before, interval_before = sys.excepthook, sys.getswitchinterval()
    sys.excepthook = on_error
    # A worker busy in Python hands the lock over after this many seconds. At the usual 5 ms the
    # window, which asks for it many times per refresh, came to gaps of 0.2 s on a busy machine.
    sys.setswitchinterval(_SWITCH_S)
    in_main = threading.current_thread() is threading.main_thread()
    signal_before = signal.signal(signal.SIGINT, on_interrupt) if in_main else None
    try:
        yield
    finally:
        sys.excepthook = hook_before
        sys.setswitchinterval(interval_before)
        if in_main:
            signal.signal(signal.SIGINT, signal_before)
