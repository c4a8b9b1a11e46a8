"""Small questions that a window asks, the files that are dropped on it, and its full size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from PyQt6.QtCore import QMimeData, Qt
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QWidget

from live_emotion.dashboard.language import tr
from live_emotion.session.reader import is_session
from live_emotion.session.records import LOG_NAME, META_NAME

_MEDIA: Final = "*.mp4 *.mkv *.mov *.avi *.webm *.m4v *.wav *.mp3 *.flac *.ogg *.m4a *.aac"
_SESSION_FILES: Final = (LOG_NAME, META_NAME)


def ask_address(parent: QWidget, now: str, chosen: Callable[[str], None]) -> None:
    """Ask for the address of a camera; `now` is the camera in use."""
    dialog = QInputDialog(parent)
    dialog.setObjectName("address")
    dialog.setWindowTitle(tr("Camera at an address"))
    dialog.setLabelText(tr("Address of the camera (http, https or rtsp):"))
    dialog.setTextValue(now if "://" in now else "http://")
    dialog.textValueSelected.connect(lambda text: chosen(text.strip()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def ask_file(parent: QWidget, chosen: Callable[[Path], None]) -> None:
    """Ask for a file to replay."""
    dialog = QFileDialog(parent, tr("Open a file for replay"))
    dialog.setObjectName("file")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([tr("Video and sound ({})").format(_MEDIA), tr("All (*)")])
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def ask_session(parent: QWidget, place: Path, chosen: Callable[[Path], None]) -> None:
    """Ask for the folder of a recorded session; `place` is where recordings go."""
    dialog = QFileDialog(parent, tr("Open a recorded session"))
    dialog.setObjectName("session")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    if place.is_dir():
        dialog.setDirectory(str(place))
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def dropped_file(data: QMimeData | None) -> Path | None:
    """Return the one local file or session that is being dropped, None if it is another thing.

    For a file of a session it is the session's folder.
    """
    urls = data.urls() if data is not None else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    if path.name in _SESSION_FILES and is_session(path.parent):
        return path.parent
    return path if path.is_file() or is_session(path) else None


def show_full(window: QWidget, full: bool) -> None:
    """Let a window fill the screen, or be again as it was: maximised, say."""
    state, filled = window.windowState(), Qt.WindowState.WindowFullScreen
    window.setWindowState(state | filled if full else state & ~filled)
