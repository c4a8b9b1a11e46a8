"""Six curves over time, with gaps where nothing is there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import Marker
from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.end_labels import EndLabels
from live_emotion.dashboard.history import FloatTable, ScoreHistory, lone_points, open_gaps
from live_emotion.dashboard.hover import Hover
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.marker_lines import MarkerLines
from live_emotion.dashboard.playhead_line import PlayheadLine
from live_emotion.dashboard.smoothing import smooth
from live_emotion.dashboard.theme import LIGHT, SMALL_POINTS, Theme, emotion_pen
from live_emotion.dashboard.view_model import clock, visible_span

WINDOW_S: Final = 60.0
LONGEST_S: Final = 600.0
SHORTEST_S: Final = 5.0
_LABEL_PIXELS: Final = 96.0
# In time constants; what is older weighs less than half a per cent.
_RUN_UP: Final = 6.0
_NEVER: Final = (0, -1, None)
_SPACINGS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """A bottom axis that reads ``m:ss``, with a line every so many whole seconds."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # noqa: N802
        """Return the one spacing that puts labels about 90 pixels apart."""
        wanted = (high - low) * 90.0 / max(size, 1.0)
        return [(next((s for s in _SPACINGS_S if s >= wanted), _SPACINGS_S[-1]), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Return the labels; tenths only where ticks are closer than a second."""
        return [clock(v) if spacing < 1.0 else clock(v).split(".")[0] for v in values]


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
        self._dots = pg.ScatterPlotItem(size=8, pxMode=True, antialias=True)
        for curve in (*self._curves, self._dots):
            item.addItem(curve)
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
        self._dots.setData([], [])
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
        # One more on either side, so that the lines run on to the edges of the view.
        first = max(0, int(np.searchsorted(kept.t, low)) - 1)
        last = int(np.searchsorted(kept.t, high)) + 1
        # The filter needs a run-up, so that its values do not depend on what is in view.
        begin = max(0, first - math.ceil(_RUN_UP * self._smoothing_s / TICK_S))
        t, scores = open_gaps(kept.t[begin:last], kept.scores[begin:last])
        scores = smooth(t, scores, self._smoothing_s)
        skipped = int(np.searchsorted(t, kept.t[first]))
        t, scores = t[skipped:], scores[skipped:]
        for i, curve in enumerate(self._curves):
            curve.setData(t, scores[:, i], connect="finite")
        self.hover.set_data(t, scores)
        shows_newest = last >= len(kept.t)
        self._show_dots(t, scores, shows_newest=shows_newest)
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
        self._zero.setPen(pg.mkPen(theme.muted, width=1))
        for i, curve in enumerate(self._curves):
            curve.setPen(emotion_pen(theme, i))
        bold = QFont(font)
        bold.setBold(True)
        self._labels.set_theme(theme, bold)
        self.markers.set_theme(theme, font)
        self.hover.set_theme(theme)
        self.playhead.set_theme(theme)
        self._seen = _NEVER

    def _show_scale(self) -> None:
        item, low = self._plot.getPlotItem(), -1.0 if self._change else 0.0
        item.setYRange(low, 1.0, padding=0.05)
        values = np.linspace(low, 1.0, 6 if low == 0.0 else 5)
        texts = [f"{v:+.1f}" if self._change and v else f"{v:.1f}" for v in values]
        axis = item.getAxis("left")
        axis.setTicks([list(zip(values, [t.replace("-", "\u2212") for t in texts], strict=True))])
        self._zero.setVisible(self._change)
        self._labels.set_low(low)

    def _show_span(self, first: float, newest: float) -> tuple[float, float]:
        low, high = visible_span(first, newest, self._duration, self._window_s)
        width = max(200.0, self._plot.getPlotItem().getViewBox().width())
        # The names of the curves need room behind the newest value, the label of the first
        # second half its width before.
        pixel = (high - low) / (width - _LABEL_PIXELS)
        self._plot.setXRange(low - 20.0 * pixel, high + _LABEL_PIXELS * pixel, padding=0.0)
        return low, high

    def _show_dots(self, t: FloatTable, scores: FloatTable, *, shows_newest: bool) -> None:
        """Mark the newest values, and those that stand alone between gaps."""
        shown = np.stack([lone_points(column) for column in scores.T], axis=1)
        if shows_newest:
            shown[-1] = np.isfinite(scores[-1])
        rows, emotions = np.nonzero(shown)
        brushes = [self._theme.emotion(i) for i in range(len(EMOTIONS))]
        self._dots.setData(
            x=t[rows],
            y=scores[rows, emotions],
            brush=[brushes[i] for i in emotions],
            pen=pg.mkPen(QColor(self._theme.panel), width=1, style=Qt.PenStyle.SolidLine),
        )

    def _let_go(self, *_: object) -> None:
        self.set_follow(False)
        self._seen = _NEVER
