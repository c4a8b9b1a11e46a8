"""Two small painted pieces: a horizontal bar, and a sample of a curve's line."""

from __future__ import annotations

import math

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_emotion.dashboard.theme import LIGHT, Theme, emotion_pen


class Bar(QWidget):
    """A bar from 0 to 1, or from a zero line to either side; empty and dashed when missing (NaN).

    A range around the value is drawn over it: a line between two end marks, light on a dark edge
    or the other way round, so that it stands out from bar and groove in either theme.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # It grows with the window, to half as high again as a line of text.
        self.setMinimumSize(60, 18)
        self.setMaximumHeight(30)
        self._value = self._low = self._high = math.nan
        self._from = 0.0
        self._colour = QColor("#808080")
        self._theme = LIGHT

    @property
    def value(self) -> float:
        """What the bar shows, NaN for missing."""
        return self._value

    @property
    def range(self) -> tuple[float, float]:
        """The range shown around the value, NaN for none."""
        return self._low, self._high

    def show_value(self, value: float, low: float = math.nan, high: float = math.nan) -> None:
        """Show a value and the range around it; NaN for missing."""
        before, now = (self._value, self._low, self._high), (value, low, high)
        # No two NaN are equal, their texts are.
        if str(before) != str(now):
            self._value, self._low, self._high = now
            self.update()

    def show_change(self, change: bool) -> None:
        """Let the bar go from -1 to 1 around a zero line, or from 0 to 1."""
        if (self._from < 0.0) != change:
            self._from = -1.0 if change else 0.0
            self.update()

    def set_look(self, theme: Theme, colour: QColor) -> None:
        """Take on a theme and a colour."""
        self._theme, self._colour = theme, colour
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the groove, the value in it and the range over it."""
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
        zero, at = self._x(groove, 0.0), self._x(groove, self._value)
        filled = QRectF(groove)
        filled.setLeft(min(zero, at))
        filled.setWidth(max(2.0, abs(at - zero)))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(filled, min(4.0, filled.width() / 2), 4)
        if self._from < 0.0:
            painter.setPen(QPen(QColor(self._theme.text), 1.5))
            painter.drawLine(QPointF(zero, groove.top()), QPointF(zero, groove.bottom()))
        if not math.isnan(self._low + self._high):
            self._paint_range(painter, groove)

    def _paint_range(self, painter: QPainter, groove: QRectF) -> None:
        left, right = self._x(groove, self._low), self._x(groove, self._high)
        middle, half = groove.center().y(), groove.height() * 0.22
        for colour, width in ((self._theme.panel, 4.0), (self._theme.text, 1.6)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(left, middle), QPointF(right, middle))
            for x in (left, right):
                painter.drawLine(QPointF(x, middle - half), QPointF(x, middle + half))

    def _x(self, groove: QRectF, value: float) -> float:
        share = (min(1.0, max(self._from, value)) - self._from) / (1.0 - self._from)
        return groove.left() + 1.0 + (groove.width() - 2.0) * share


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
