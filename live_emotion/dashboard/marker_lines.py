"""The user's markers as lines across the curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyqtgraph as pg
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFont

from live_emotion.core.estimate import Marker
from live_emotion.dashboard.theme import LIGHT, Theme

_MOST: Final = 100


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
        self._lines = [self._line(marker) for marker in wanted]

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Take on a theme and a font."""
        self._theme, self._font = theme, font
        wanted, self._shown = self._shown, ()
        self.show(wanted)

    def labels(self) -> list[tuple[float, str]]:
        """Return time (seconds) and label of each line."""
        return [(float(line.value()), line.label.format) for line in self._lines]

    def _line(self, marker: Marker) -> pg.InfiniteLine:
        line = pg.InfiniteLine(
            marker.t,
            angle=90,
            pen=pg.mkPen(self._theme.accent, width=1.5, style=Qt.PenStyle.DashLine),
            # Braces would be taken for a place to put the value in.
            label=marker.label.replace("{", "(").replace("}", ")"),
            labelOpts={
                "position": 0.88,
                "color": self._theme.text,
                "fill": self._theme.panel,
                "movable": False,
                "anchors": [(0.0, 0.0), (1.0, 0.0)],
            },
        )
        line.label.setFont(self._font)
        # Behind the curves, which its label would hide.
        line.setZValue(-10)
        self._plot.addItem(line, ignoreBounds=True)
        return line
