"""Names at the ends of the curves, moved apart where they would lie on each other."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyqtgraph as pg
from PyQt6.QtGui import QFont, QFontMetrics

from live_emotion.dashboard.history import FloatTable
from live_emotion.dashboard.names import emotion_names
from live_emotion.dashboard.theme import Theme

_LEAST_ROOM: Final = 96.0


def spread(values: FloatTable, gap: float) -> FloatTable:
    """Move values apart until neighbours are at least `gap` from each other, in 0..1.

    Less its step, a run of values that keep their distance rises; so the least movement (in the
    sense of least squares) is the isotonic regression of the values less their steps, found by
    pooling neighbours that fall (Barlow et al., 1972).

    Parameters
    ----------
    values
        ``(n,)`` finite, 0..1.
    gap
        Least distance; ``1 / (n - 1)`` is taken if that is less, so that all fit.

    Returns
    -------
    NDArray
        ``(n,)`` in the same order as given.
    """
    n = len(values)
    gap = min(gap, 1.0 / max(1, n - 1))
    order = np.argsort(values, kind="stable")
    steps = gap * np.arange(n)
    pools: list[tuple[float, int]] = []
    for value in values[order] - steps:
        mean, size = float(value), 1
        while pools and pools[-1][0] > mean:
            before, count = pools.pop()
            mean, size = (before * count + mean * size) / (count + size), count + size
        pools.append((mean, size))
    placed = np.repeat([mean for mean, _ in pools], [size for _, size in pools])
    moved = np.empty_like(values)
    moved[order] = np.clip(placed, 0.0, 1.0 - gap * (n - 1)) + steps
    return moved


class EndLabels:
    """Six names in a plot, each to the right of its curve's newest value.

    Attributes
    ----------
    room
        Pixels that they need.
    """

    def __init__(self, plot: pg.PlotItem) -> None:
        self._plot = plot
        self.room = _LEAST_ROOM
        self._low = 0.0
        self._items = [pg.TextItem(name, anchor=(0, 0.5)) for name in emotion_names()]
        for item in self._items:
            item.setZValue(10)
            plot.addItem(item, ignoreBounds=True)
            item.hide()

    def set_low(self, low: float) -> None:
        """Let values lie between `low` and 1."""
        self._low = low

    def show(self, t: float, scores: FloatTable) -> None:
        """Show the names at the time `t` (seconds) beside `scores` ``(6,)``; none for NaN."""
        if not np.isfinite(scores).all():
            self.hide()
            return
        x_per_pixel, y_per_pixel = self._plot.getViewBox().viewPixelSize()
        height = self._items[0].boundingRect().height() * 0.85
        size = 1.0 - self._low
        shares = spread((scores - self._low) / size, height * y_per_pixel / size)
        for item, y in zip(self._items, self._low + shares * size, strict=True):
            item.setPos(t + 6 * x_per_pixel, y)
            item.show()

    def hide(self) -> None:
        """Show no names."""
        for item in self._items:
            item.hide()

    def visible(self) -> list[bool]:
        """Return which of the six names are shown."""
        return [item.isVisible() for item in self._items]

    def set_theme(self, theme: Theme, font: QFont) -> None:
        """Take on a theme and a font, which say how much room the names need."""
        widest = max(QFontMetrics(font).horizontalAdvance(name) for name in emotion_names())
        self.room = max(_LEAST_ROOM, widest + 18.0)
        for i, item in enumerate(self._items):
            item.setFont(font)
            item.setColor(theme.emotion(i))
