"""A slider over a whole file: press anywhere on it to go there."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QSlider, QStyle

_PER_S: Final = 10


class SeekBar(QSlider):
    """Tells where to go in seconds, while it is dragged too; it does not move by itself."""

    sought = pyqtSignal(float)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, 0)
        self.setMinimumHeight(22)
        self.setEnabled(False)
        self.sliderMoved.connect(lambda value: self.sought.emit(value / _PER_S))

    def set_length(self, seconds: float | None) -> None:
        """Take on the length of the file; without one nothing can be sought here."""
        self.setEnabled(bool(seconds))
        self.setRange(0, round((seconds or 0.0) * _PER_S))

    def show_position(self, seconds: float) -> None:
        """Show where the replay is, but while it is being dragged."""
        if not self.isSliderDown():
            self.setValue(round(seconds * _PER_S))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Take hold of the slider wherever it is pressed."""
        if event is None or event.button() != Qt.MouseButton.LeftButton or not self.isEnabled():
            super().mousePressEvent(event)
            return
        event.accept()
        self.setSliderDown(True)
        self._move_to(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Follow the mouse."""
        if event is not None and self.isSliderDown():
            event.accept()
            self._move_to(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Let go."""
        if event is not None and self.isSliderDown():
            event.accept()
            self.setSliderDown(False)

    def _move_to(self, event: QMouseEvent) -> None:
        value = QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), round(event.position().x()), max(1, self.width())
        )
        self.setSliderPosition(value)
