"""The desktop app: the live window, from its first paint to its end."""

from __future__ import annotations

# First: it brings OpenCV in, and takes care of what that does to Qt.
from live_emotion.dashboard.app import application, guarded

# isort: split
import logging
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil
from PyQt6.QtCore import QEventLoop, QTimer
from PyQt6.QtGui import QGuiApplication

from live_emotion.dashboard import bench_mark
from live_emotion.dashboard.livable import Livable, open_live
from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_window import LiveWindow
from live_emotion.dashboard.settings import load, settings_path
from live_emotion.dashboard.speaking import speak
from live_emotion.pipeline.live_options import LiveOptions

_LOG = logging.getLogger(__name__)


def run(
    make: Callable[[LiveOptions], Livable] = open_live, chosen: Mapping[str, Any] | None = None
) -> None:
    """Show the live window and return once it is closed and all is put away.

    The window comes first; libraries and networks are loaded behind it.

    Parameters
    ----------
    make
        Makes a live session.
    chosen
        Settings for this run only, by the names of `Settings`.
    """
    application()
    # Else the app would end when the small view or a replay is closed.
    QGuiApplication.setQuitOnLastWindowClosed(False)
    path = settings_path()
    reader = bench_mark.StampReader() if bench_mark.wanted() else None
    if reader is not None:
        make = bench_mark.watched(make, reader)
    loaded = load(path)
    speak(loaded.settings.language)
    window = LiveWindow(LiveControl(loaded, path, make=make, chosen=chosen or {}))
    if reader is not None:
        bench_mark.attach(window, reader)
    loop = QEventLoop()
    window.closed.connect(loop.quit)
    with guarded(window):
        window.show()
        # Only when the window was painted: what comes next keeps the processor busy.
        QTimer.singleShot(50, lambda: _begin(window))
        loop.exec()
    window.deleteLater()


def _begin(window: LiveWindow) -> None:
    took = time.time() - psutil.Process().create_time()
    _LOG.info("the window is there %.2f s after the program was started", took)
    window.begin()
