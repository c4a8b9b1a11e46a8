"""A time axis in minutes and seconds, and how much room the numbers of a scale take."""

from __future__ import annotations

from typing import Final

import pyqtgraph as pg
from PyQt6.QtGui import QFont, QFontMetrics

from live_emotion.dashboard.view_model import clock

_SPACINGS_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0)
# Between a number and its axis.
_OFFSET: Final = 10


def scale_width(font: QFont) -> int:
    """Return the width in pixels of a left axis, the same for plots that lie over each other."""
    return QFontMetrics(font).horizontalAdvance("+1.0") + _OFFSET


class TimeAxis(pg.AxisItem):  # type: ignore[misc]
    """A bottom axis that reads ``m:ss``, with a line every so many whole seconds."""

    def tickSpacing(self, low: float, high: float, size: float) -> list[tuple[float, float]]:  # noqa: N802
        """Return the one spacing that puts labels about 90 pixels apart."""
        wanted = (high - low) * 90.0 / max(size, 1.0)
        return [(next((s for s in _SPACINGS_S if s >= wanted), _SPACINGS_S[-1]), 0.0)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: N802
        """Return the labels; tenths only where ticks are closer than a second."""
        return [clock(v) if spacing < 1.0 else clock(v).split(".")[0] for v in values]
