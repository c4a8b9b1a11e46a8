"""A main window on which files can be dropped."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QMainWindow

from live_emotion.dashboard.window_dialogs import dropped_file


class DropWindow(QMainWindow):
    """Tells of one local file, or one recorded session, that is dropped on it."""

    dropped = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802
        """Take what can be replayed."""
        if event is not None and dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802
        """Tell of what was dropped."""
        path = dropped_file(event.mimeData()) if event is not None else None
        if path is not None and event is not None:
            event.acceptProposedAction()
            self.dropped.emit(path)
