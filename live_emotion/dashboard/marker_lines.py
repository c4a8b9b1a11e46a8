"""The user's markers as lines across the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QFont

from live_emotion.core.estimate import Marker
from live_emotion.dashboard.theme import LIGHT, Theme

_MOST: Final = 100
# Heights of the labels: of markers that are less than that far apart each is lower.
_HEIGHTS: Final = (0.88, 0.7, 0.52)
_NEAR_S: Final = 8.0
# Of 255: curves are seen through a label, and do not make it unreadable.
_VEIL: Final = 205


class MarkerLines:
    """Lines at the newest markers, each with its label."""

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self._theme, self._font = LIGHT, QFont()
        self._shown: tuple[Marker, ...] = ()
        self._lines: list[pg.InfiniteLine] = []

    def show(self, markers: Sequence[Marker]) -> None:
        """Show the markers; nothing is done if they are the ones shown."""
        wanted = tuple(markers)[-_MOST:]
        if wanted == self._shown:
            return
        self._shown = wanted
        for line in self._lines:
            self._plot.removeItem(line)
        self._lines = []
        before, level = float("-inf"), 0
        for marker in wanted:
            level = (level + 1) % len(_HEIGHTS) if abs(marker.t - before) < _NEAR_S else 0
            before = marker.t
            self._lines.append(self._line(marker, _HEIGHTS[level]))

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Take on a theme and a font."""
        self._theme, self._font = theme, font
        wanted, self._shown = self._shown, ()
        self.show(wanted)

    def labels(self) -> list[tuple[float, str]]:
        """Return time (seconds) and label of each line."""
        return [(float(line.value()), line.label.format) for line in self._lines]

    def _line(self, marker: Marker, height: float) -> pg.InfiniteLine:
        veil = QColor(self._theme.panel)
        veil.setAlpha(_VEIL)
        line = pg.InfiniteLine(
            marker.t,
            angle=90,
            pen=pg.mkPen(self._theme.accent, width=1.5, style=Qt.PenStyle.DashLine),
            # Braces would be taken for a place to put the value in.
            label=marker.label.replace("{", "(").replace("}", ")"),
            labelOpts={
                "position": height,
                "color": self._theme.text,
                "fill": veil,
                "movable": False,
                "anchors": [(0.0, 0.0), (1.0, 0.0)],
            },
        )
        line.label.setFont(self._font)
        # In front of the curves, or its label could not be read.
        line.setZValue(10)
        self._plot.addItem(line, ignoreBounds=True)
        return line
