"""Two small painted pieces: a horizontal bar, and a sample of a curve's line."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_emotion.dashboard.theme import LIGHT, Theme, emotion_pen


class Bar(QWidget):
    """A bar from 0 to 1; an empty, dashed outline when the value is missing (NaN)."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # It grows with the window, to half as high again as a line of text.
        self.setMinimumSize(60, 18)
        self.setMaximumHeight(30)
        self._value = math.nan
        self._colour = QColor("#808080")
        self._theme = LIGHT

    @property
    def value(self) -> float:
        """What the bar shows, NaN for missing."""
        return self._value

    def show_value(self, value: float) -> None:
        """Show a value 0..1, or NaN."""
        if value == self._value or (math.isnan(value) and math.isnan(self._value)):
            return
        self._value = value
        self.update()

    def set_look(self, theme: Theme, colour: QColor) -> None:
        """Take on a theme and a colour."""
        self._theme, self._colour = theme, colour
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the groove and the value in it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if math.isnan(self._value):
            painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(groove, 4, 4)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.grid))
        painter.drawRoundedRect(groove, 4, 4)
        filled = QRectF(groove)
        filled.setWidth(max(2.0, groove.width() * min(1.0, max(0.0, self._value))))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(filled, min(4.0, filled.width() / 2), 4)


class LineSample(QWidget):
    """A short piece of an emotion's line, as in a legend; blank without an emotion."""

    def __init__(self, index: int | None = None) -> None:
        super().__init__()
        self.setFixedSize(QSize(46, 18))
        self._index = index
        self._theme = LIGHT

    def show_emotion(self, index: int | None) -> None:
        """Show the line of the emotion at `index` in `EMOTIONS`, or nothing."""
        if index != self._index:
            self._index = index
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the line."""
        if self._index is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(emotion_pen(self._theme, self._index, 3.0))
        middle = self.height() // 2
        painter.drawLine(1, middle, self.width() - 1, middle)
