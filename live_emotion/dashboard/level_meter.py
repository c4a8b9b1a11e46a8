"""How loud it is: a small meter from -60 dBFS to full scale."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QSizePolicy, QWidget

from live_emotion.dashboard.language import tr
from live_emotion.dashboard.people_model import level_share, level_text
from live_emotion.dashboard.theme import LIGHT, Theme

_TOO_LOUD = 0.95


class LevelMeter(QWidget):
    """A bar with a mark every 20 dB; a dotted outline without sound, another colour near full."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(QSize(110, 14))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Voice level"))
        self._share = math.nan
        self._text = ""
        self._theme = LIGHT
        self.show_level(None)

    @property
    def share(self) -> float:
        """How far the bar reaches, 0..1, NaN without sound."""
        return self._share

    def show_level(self, level_db: float | None) -> None:
        """Show a level in dBFS, None without sound."""
        share, text = level_share(level_db), level_text(level_db)
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self.setToolTip(tr("Voice level: {}").format(text))
        if str(share) != str(self._share):
            self._share = share
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the groove, the level and the marks."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5)
        if math.isnan(self._share):
            painter.setPen(QPen(QColor(self._theme.muted), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(groove, 3, 3)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.edge))
        painter.drawRoundedRect(groove, 3, 3)
        filled = QRectF(groove)
        filled.setWidth(groove.width() * self._share)
        loud = self._share > _TOO_LOUD
        painter.setBrush(QColor(self._theme.bad if loud else self._theme.good))
        painter.drawRoundedRect(filled, min(3.0, filled.width() / 2), 3)
        painter.setPen(QPen(QColor(self._theme.panel), 1))
        for mark in (1 / 3, 2 / 3):
            x = groove.left() + groove.width() * mark
            painter.drawLine(round(x), round(groove.top()), round(x), round(groove.bottom()))
