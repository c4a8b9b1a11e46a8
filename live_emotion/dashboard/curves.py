"""Six curves over time, with gaps where nothing is there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QFont
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import Marker
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.end_labels import EndLabels
from live_emotion.dashboard.history import FloatTable, ScoreHistory
from live_emotion.dashboard.hover import Hover
from live_emotion.dashboard.language import numeral, tr
from live_emotion.dashboard.marker_lines import MarkerLines
from live_emotion.dashboard.playhead_line import PlayheadLine
from live_emotion.dashboard.smoothing import part_in_view
from live_emotion.dashboard.theme import LIGHT, SMALL_POINTS, Theme, emotion_pen
from live_emotion.dashboard.time_axis import TimeAxis, scale_width
from live_emotion.dashboard.value_dots import ValueDots
from live_emotion.dashboard.view_model import visible_span

WINDOW_S: Final = 60.0
LONGEST_S: Final = 600.0
SHORTEST_S: Final = 5.0
# Above and below the scale, so that its first and last number are seen where the plot is low.
_MARGIN: Final = 0.09
_NEVER: Final = (0, -1, None)


class Curves(QWidget):
    """Plot of the scores; follows the newest value until the user drags or zooms it."""

    follow_changed = pyqtSignal(bool)

    def __init__(self, duration: float | None = None) -> None:
        super().__init__()
        self._duration = duration
        self._seen: tuple[int, int, int | None] = _NEVER
        self._follow = True
        self._window_s = WINDOW_S
        self._smoothing_s = 0.0
        self._theme = LIGHT
        self._plot = pg.PlotWidget(axisItems={"bottom": TimeAxis(orientation="bottom")})
        self._plot.setAccessibleName(tr("Curves of the six expressions over time"))
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=True, y=False)
        item.disableAutoRange()
        item.setLimits(minXRange=2.0, maxXRange=LONGEST_S)
        item.showGrid(x=True, y=True, alpha=0.25)
        item.getAxis("left").setStyle(hideOverlappingLabels=False)
        self._curves = [pg.PlotCurveItem(antialias=True, connect="finite") for _ in EMOTIONS]
        for curve in self._curves:
            item.addItem(curve)
        self._dots = ValueDots(item)
        self._zero = pg.InfiniteLine(0.0, angle=0)
        self._zero.hide()
        item.addItem(self._zero, ignoreBounds=True)
        self._labels = EndLabels(item)
        self._change = False
        self._show_scale()
        self.markers = MarkerLines(item)
        self.hover = Hover(self._plot)
        self.playhead = PlayheadLine(self._plot)
        item.getViewBox().sigRangeChangedManually.connect(self._let_go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._plot)
        self._show_span(0.0, 0.0)

    @property
    def follow(self) -> bool:
        """Whether the newest value stays in view."""
        return self._follow

    def set_follow(self, follow: bool) -> None:
        """Follow the newest value, or leave the view to the user."""
        if follow != self._follow:
            self._follow = follow
            self._seen = _NEVER
            self.follow_changed.emit(follow)

    def zoom(self, factor: float) -> None:
        """Show `factor` times the time; while following the newest value stays in view."""
        self._window_s = min(LONGEST_S, max(SHORTEST_S, self._window_s * factor))
        if not self._follow:
            low, high = self._plot.getPlotItem().viewRange()[0]
            middle, half = (low + high) / 2, min(LONGEST_S, (high - low) * factor) / 2
            self._plot.setXRange(middle - half, middle + half, padding=0.0)
        self._seen = _NEVER

    def pan(self, share: float) -> None:
        """Move the view by a share of its width, back if negative; ends following."""
        low, high = self._plot.getPlotItem().viewRange()[0]
        step = share * (high - low)
        self._plot.setXRange(low + step, high + step, padding=0.0)
        self._let_go()

    def span(self) -> tuple[float, float]:
        """Return the seconds in view."""
        low, high = self._plot.getPlotItem().viewRange()[0]
        return float(low), float(high)

    def reset(self) -> None:
        """Forget what was drawn: another session begins."""
        self._seen = _NEVER
        self._window_s = WINDOW_S
        self.set_follow(True)
        for curve in self._curves:
            curve.setData([], [])
        self._dots.clear()
        self._labels.hide()
        self.markers.show(())
        self.hover.leave()
        self.hover.set_data(np.empty(0), np.empty((0, len(EMOTIONS))))
        self._show_span(0.0, 0.0)

    @property
    def change(self) -> bool:
        """Whether changes from a baseline are drawn."""
        return self._change

    def show_change(self, change: bool) -> None:
        """Draw changes from a baseline, -1..1 around a zero line, or scores 0..1."""
        if change != self._change:
            self._change = change
            self._show_scale()
            self._seen = _NEVER

    def set_smoothing(self, time_constant_s: float) -> None:
        """Smooth the curves with a time constant in seconds, 0 for none."""
        self._smoothing_s = time_constant_s
        self._seen = _NEVER

    def set_duration(self, duration: float | None) -> None:
        """Take on the seconds of the file, None if unknown."""
        self._duration = duration
        self._seen = _NEVER

    def refresh(
        self,
        history: ScoreHistory,
        markers: Sequence[Marker] = (),
        playhead: float | None = None,
    ) -> None:
        """Draw what is new, if anything is; `playhead` is where a replay is, in seconds."""
        self.markers.show(markers)
        self.playhead.show_at(playhead)
        # The view follows the playhead tick by tick, and leaves it alone in between.
        place = None if playhead is None else round(playhead / TICK_S)
        now = (id(history), history.version, place)
        if now == self._seen:
            return
        self._seen = now
        kept = history.since()
        ends = [float(t) for t in kept.t[[0, -1]]] if len(kept.t) else []
        if playhead is not None:
            ends = [min([playhead, *ends]), playhead]
        if not ends:
            return
        if self._follow:
            low, high = self._show_span(max(0.0, ends[0] - TICK_S), ends[1])
        else:
            low, high = self._plot.getPlotItem().viewRange()[0]
        if len(kept.t) == 0:
            return
        t, scores, shows_newest = part_in_view(kept, low, high, self._smoothing_s)
        for i, curve in enumerate(self._curves):
            curve.setData(t, scores[:, i], connect="finite")
        self.hover.set_data(t, scores)
        self._dots.show(t, scores, newest=shows_newest)
        if shows_newest:
            self._labels.show(float(t[-1]), scores[-1])
        else:
            self._labels.hide()

    def drawn(self, index: int) -> tuple[FloatTable, FloatTable]:
        """Return the times and values that one emotion's curve was given."""
        t, values = self._curves[index].getData()
        return t, values

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self._plot.setBackground(theme.panel)
        font = self.font()
        font.setPointSize(theme.points(SMALL_POINTS))
        for name in ("left", "bottom"):
            axis = self._plot.getPlotItem().getAxis(name)
            axis.setPen(pg.mkPen(theme.muted))
            axis.setTextPen(pg.mkPen(theme.text))
            axis.setTickFont(font)
        self._plot.getPlotItem().getAxis("left").setWidth(scale_width(font))
        self._zero.setPen(pg.mkPen(theme.muted, width=1))
        for i, curve in enumerate(self._curves):
            curve.setPen(emotion_pen(theme, i))
        bold = QFont(font)
        bold.setBold(True)
        self._labels.set_theme(theme, bold)
        self.markers.set_theme(theme, font)
        self._dots.set_theme(theme)
        self.hover.set_theme(theme)
        self.playhead.set_theme(theme)
        self._seen = _NEVER

    def _show_scale(self) -> None:
        item, low = self._plot.getPlotItem(), -1.0 if self._change else 0.0
        item.setYRange(low, 1.0, padding=_MARGIN)
        values = np.linspace(low, 1.0, 6 if low == 0.0 else 5)
        texts = [numeral(v, "+.1f" if self._change and v else ".1f") for v in values]
        axis = item.getAxis("left")
        axis.setTicks([list(zip(values, [t.replace("-", "\u2212") for t in texts], strict=True))])
        self._zero.setVisible(self._change)
        self._labels.set_low(low)

    def _show_span(self, first: float, newest: float) -> tuple[float, float]:
        low, high = visible_span(first, newest, self._duration, self._window_s)
        width = max(200.0, self._plot.getPlotItem().getViewBox().width())
        # The names of the curves need room behind the newest value, the label of the first
        # second half its width before.
        pixel = (high - low) / (width - self._labels.room)
        self._plot.setXRange(low - 20.0 * pixel, high + self._labels.room * pixel, padding=0.0)
        return low, high

    def _let_go(self, *_: object) -> None:
        self.set_follow(False)
        self._seen = _NEVER
