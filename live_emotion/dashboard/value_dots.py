"""Dots on the curves: at their newest values, and where a value stands alone."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor

from live_emotion.core.emotions import EMOTIONS
from live_emotion.dashboard.history import FloatTable, lone_points
from live_emotion.dashboard.theme import LIGHT, Theme


class ValueDots:
    """Dots in a plot, in the colours of the emotions."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._theme = LIGHT
        self._dots = pg.ScatterPlotItem(size=8, pxMode=True, antialias=True)
        plot.addItem(self._dots)

    def clear(self) -> None:
        """Show none."""
        self._dots.setData([], [])

    def points(self) -> list[tuple[float, float]]:
        """Return time (seconds) and value of each dot."""
        return [(float(p.pos().x()), float(p.pos().y())) for p in self._dots.points()]

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme; the dots shown next have its colours."""
        self._theme = theme

    def show(self, t: FloatTable, scores: FloatTable, *, newest: bool) -> None:
        """Mark values ``(n, 6)`` that stand alone between gaps, and if so the newest ones."""
        shown = np.stack([lone_points(column) for column in scores.T], axis=1)
        if newest:
            shown[-1] = np.isfinite(scores[-1])
        rows, emotions = np.nonzero(shown)
        brushes = [self._theme.emotion(i) for i in range(len(EMOTIONS))]
        self._dots.setData(
            x=t[rows],
            y=scores[rows, emotions],
            brush=[brushes[i] for i in emotions],
            pen=pg.mkPen(QColor(self._theme.panel), width=1, style=Qt.PenStyle.SolidLine),
        )
