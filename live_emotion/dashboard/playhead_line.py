"""Where a replay is, as a line across the curves; a click on the time axis goes elsewhere."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PyQt6.QtCore import QObject, QPointF, pyqtSignal

from live_emotion.dashboard.theme import Theme


class PlayheadLine(QObject):
    """A line that can be dragged, hidden until there is a position.

    Parameters
    ----------
    plot
        Whose bottom axis is the time in seconds.
    """

    sought = pyqtSignal(float)

    def __init__(self, plot: pg.PlotWidget) -> None:
        super().__init__(plot)
        self._item = plot.getPlotItem()
        self._axis = self._item.getAxis("bottom")
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setZValue(5)
        self.line.hide()
        self._item.addItem(self.line, ignoreBounds=True)
        self.line.sigDragged.connect(lambda line: self.sought.emit(max(0.0, float(line.value()))))
        plot.scene().sigMouseClicked.connect(self._clicked)

    def show_at(self, position: float | None) -> None:
        """Show the position in seconds, None for none."""
        if position is None:
            self.line.hide()
            return
        if not self.line.isVisible():
            self.line.show()
        if not self.line.moving and self.line.value() != position:
            self.line.setValue(position)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self.line.setPen(pg.mkPen(theme.text, width=1.5))
        self.line.setHoverPen(pg.mkPen(theme.accent, width=4))

    def _clicked(self, click: Any) -> None:
        place: QPointF = click.scenePos()
        # Not the bounding rectangle: to that belong the grid lines all over the plot.
        axis = self._axis.mapRectToScene(self._axis.rect())
        if self.line.isVisible() and axis.contains(place):
            t = float(self._item.getViewBox().mapSceneToView(place).x())
            click.accept()
            self.sought.emit(max(0.0, t))
