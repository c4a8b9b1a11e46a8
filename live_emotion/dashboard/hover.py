"""The values under the mouse, beside a line through the curves."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QObject, QPointF, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QLabel

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.history import FloatTable
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.names import emotion_name
from live_emotion.dashboard.theme import LIGHT, SMALL_POINTS, Theme
from live_emotion.dashboard.view_model import clock, figures


class Hover(QObject):
    """Follows the mouse over a plot; knows only what was drawn.

    Parameters
    ----------
    plot
        The plot; the read-out lies on it.
    """

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self._plot = plot
        self._theme = LIGHT
        self._t: FloatTable = np.empty(0)
        self._scores: FloatTable = np.empty((0, len(EMOTIONS)))
        self._at: float | None = None
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._line.hide()
        plot.getPlotItem().addItem(self._line, ignoreBounds=True)
        self.label = QLabel(plot)
        self.label.setTextFormat(Qt.TextFormat.RichText)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label.setAccessibleName(tr("Values at the mouse"))
        self.label.hide()
        plot.scene().sigMouseMoved.connect(self._moved)
        plot.installEventFilter(self)

    def set_data(self, t: FloatTable, scores: FloatTable) -> None:
        """Take what is drawn: ``(n,)`` seconds and ``(n, 6)`` scores."""
        self._t, self._scores = t, scores
        if self._at is not None:
            self.show_at(self._at)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self._line.setPen(pg.mkPen(theme.muted, width=1))
        self.label.setStyleSheet(
            f"background: {theme.panel}; border: 1px solid {theme.edge}; border-radius: 6px;"
            f"padding: 4px 8px; font-size: {theme.points(SMALL_POINTS)}pt;"
        )

    def show_at(self, t: float) -> None:
        """Show the values of the tick nearest to the time `t` (seconds), if one is near."""
        self._at = t
        found = self._nearest(t)
        if found is None:
            self._hide()
            return
        row, seconds = self._scores[found], float(self._t[found])
        self._line.setPos(seconds)
        self._line.show()
        self.label.setText(self._html(seconds, row))
        self.label.adjustSize()
        x = self._plot.mapFromScene(
            self._plot.getPlotItem().getViewBox().mapViewToScene(QPointF(seconds, 1.0))
        ).x()
        fits_right = x + 14 + self.label.width() < self._plot.width()
        self.label.move(round(x + 14 if fits_right else x - 14 - self.label.width()), 10)
        self.label.show()
        self.label.raise_()

    def leave(self) -> None:
        """Show nothing any more."""
        self._at = None
        self._hide()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: N802
        """Notice the mouse leaving the plot."""
        if event is not None and event.type() == QEvent.Type.Leave:
            self.leave()
        return False

    def _moved(self, place: QPointF) -> None:
        view = self._plot.getPlotItem().getViewBox()
        if view.sceneBoundingRect().contains(place):
            self.show_at(float(view.mapSceneToView(place).x()))
        else:
            self.leave()

    def _nearest(self, t: float) -> int | None:
        if len(self._t) == 0:
            return None
        at = int(np.abs(self._t - t).argmin())
        return at if abs(float(self._t[at]) - t) <= TICK_S else None

    def _html(self, seconds: float, row: FloatTable) -> str:
        head = f"<b>{clock(seconds)}</b>"
        if not np.isfinite(row).all():
            return f"{head}<br>{escape(tr('no scores'))}"
        lines = [head]
        for i in np.argsort(-row):
            colour = QColor(self._theme.emotion(int(i))).name()
            lines.append(
                f'<span style="color:{colour}">■</span> {emotion_name(int(i))}&nbsp; '
                f"{figures(float(row[i]))}"
            )
        return "<br>".join(lines)

    def _hide(self) -> None:
        self._line.hide()
        self.label.hide()
