"""Valence over time: a thin plot of its own under the six curves, shown once there is any.

It is no seventh probability but a dimension from -1 to 1, and so has an axis of its own; the
dotted lines run one standard deviation below and above.
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.core.estimate import Estimate
from live_emotion.core.ring import RingBuffer
from live_emotion.dashboard.history import ONE_HOUR_TICKS, FloatTable, open_gaps
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.theme import LIGHT, SMALL_POINTS, Theme
from live_emotion.dashboard.time_axis import scale_width
from live_emotion.dashboard.view_model import figures

_HEIGHT: Final = 84
# Above and below the scale, so that its first and last number are seen.
_MARGIN: Final = 0.16


class ValenceHistory:
    """Bounded history of valence in order of time; one thread adds, another reads."""

    def __init__(self, capacity: int = ONE_HOUR_TICKS) -> None:
        self._rows: RingBuffer[np.float64] = RingBuffer(capacity, (3,), dtype=np.float64)
        self._lock = threading.Lock()
        self.version = 0
        self.known = False

    def add(self, estimate: Estimate) -> None:
        """Keep an estimate's valence, or that it has none."""
        told = estimate.valence
        row = np.array([estimate.t, np.nan, np.nan])
        if told is not None:
            self.known = True
            row[1:] = told.value, told.deviation
        with self._lock:
            self.version += 1
            kept = self._rows.latest(self._rows.capacity)
            if len(kept) == 0 or estimate.t > kept[-1, 0]:
                self._rows.append(row[None])
                return
            # A replay went back: what is scored again takes its place.
            rest = kept[kept[:, 0] != estimate.t]
            rows = np.vstack((rest, row[None]))
            self._rows = RingBuffer(self._rows.capacity, (3,), dtype=np.float64)
            self._rows.append(rows[np.argsort(rows[:, 0], kind="stable")])

    def rows(self) -> FloatTable:
        """Return ``(n, 3)``: seconds, value, deviation; NaN where nothing told."""
        with self._lock:
            return np.array(self._rows.latest(self._rows.capacity))


class ValenceCurve(QWidget):
    """Draws valence and its uncertainty over the seconds that the curves above show."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: tuple[object, ...] = ()
        self._plot = pg.PlotWidget()
        self._plot.setAccessibleName(tr("Curve of valence over time, −1 to 1"))
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.disableAutoRange()
        item.setYRange(-1.0, 1.0, padding=_MARGIN)
        item.hideAxis("bottom")
        item.showGrid(x=False, y=True, alpha=0.25)
        item.getAxis("left").setTicks([[(-1.0, "\u22121"), (0.0, "0"), (1.0, "+1")]])
        item.setTitle(None)
        self._low = pg.PlotCurveItem(antialias=True, connect="finite")
        self._high = pg.PlotCurveItem(antialias=True, connect="finite")
        self._line = pg.PlotCurveItem(antialias=True, connect="finite")
        self._name = pg.TextItem(anchor=(0.0, 0.0))
        for part in (self._low, self._high, self._line, self._name):
            item.addItem(part)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self.setFixedHeight(_HEIGHT)
        self.setVisible(False)
        self.set_theme(LIGHT)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a width that asks for nothing, and the fixed height."""
        return QSize(200, _HEIGHT)

    def refresh(self, history: ValenceHistory, span: tuple[float, float]) -> None:
        """Draw what is new over `span` (seconds); invisible until anything told of valence."""
        self.setVisible(history.known)
        now = (id(history), history.version, span)
        if not history.known or now == self._seen:
            return
        self._seen = now
        rows = history.rows()
        inside = (rows[:, 0] >= span[0] - 1.0) & (rows[:, 0] <= span[1] + 1.0)
        t, values = open_gaps(rows[inside, 0], rows[inside, 1:])
        value, deviation = values[:, 0], values[:, 1]
        self._line.setData(t, value, connect="finite")
        self._low.setData(t, np.clip(value - deviation, -1.0, 1.0), connect="finite")
        self._high.setData(t, np.clip(value + deviation, -1.0, 1.0), connect="finite")
        self._plot.setXRange(*span, padding=0.0)
        newest = rows[-1] if len(rows) else None
        told = ""
        if newest is not None and np.isfinite(newest[1]):
            told = f" {figures(newest[1], signed=True)} ± {figures(newest[2])}"
        self._name.setText(tr("Valence") + told)
        self._name.setPos(span[0], 1.0)

    def drawn(self) -> tuple[FloatTable, FloatTable]:
        """Return the times and values that the line was given."""
        t, values = self._line.getData()
        return t, values

    def band(self) -> tuple[FloatTable, FloatTable]:
        """Return the lower and the upper edge of the band."""
        return self._low.getData()[1], self._high.getData()[1]

    def reset(self) -> None:
        """Forget what was drawn: another session begins."""
        self._seen = ()
        for part in (self._line, self._low, self._high):
            part.setData([], [])
        self.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._plot.setBackground(theme.panel)
        font = self.font()
        font.setPointSize(theme.points(SMALL_POINTS))
        axis = self._plot.getPlotItem().getAxis("left")
        axis.setPen(pg.mkPen(theme.muted))
        axis.setTextPen(pg.mkPen(theme.text))
        axis.setTickFont(font)
        axis.setWidth(scale_width(font))
        self._name.setColor(QColor(theme.text))
        self._name.setFont(font)
        self._line.setPen(pg.mkPen(theme.text, width=2))
        for edge in (self._low, self._high):
            edge.setPen(pg.mkPen(theme.muted, width=1, style=Qt.PenStyle.DotLine))
        self._seen = ()
