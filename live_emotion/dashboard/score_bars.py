"""The six present values: line sample, name, bar and number."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFont, QFontMetrics
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from live_emotion.dashboard.bars import Bar, LineSample
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.names import emotion_names
from live_emotion.dashboard.theme import TEXT_POINTS, VALUE_POINTS, Theme
from live_emotion.dashboard.view_model import MISSING, ScoreRow


class ScoreBars(QWidget):
    """Six rows; the samples of their lines make them the legend of the curves too."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Present scores"))
        self.setToolTip(
            tr(
                "The line over each bar shows how far the evidence is spread: disagreement of "
                "face, voice and words, little to go by, fluctuation. It is no guarantee."
            )
        )
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        self._grid = grid
        self._samples: list[LineSample] = []
        self._names: list[QLabel] = []
        self._bars: list[Bar] = []
        self._values: list[QLabel] = []
        for i, emotion in enumerate(emotion_names()):
            sample, name, bar, value = LineSample(i), QLabel(emotion), Bar(), QLabel(MISSING)
            value.setObjectName("value")
            value.setAccessibleName(tr("{} now").format(emotion))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, widget in enumerate((sample, name, bar, value)):
                grid.addWidget(widget, i, column)
            grid.setRowStretch(i, 1)
            self._samples.append(sample)
            self._names.append(name)
            self._bars.append(bar)
            self._values.append(value)

    def show_change(self, change: bool) -> None:
        """Let the bars go from -1 to 1 around a zero line, or from 0 to 1."""
        for bar in self._bars:
            bar.show_change(change)

    def show_rows(self, rows: Sequence[ScoreRow], description: str) -> None:
        """Show one row for each emotion; `description` is for screen readers."""
        self.setAccessibleDescription(description)
        for row, name, bar, value in zip(rows, self._names, self._bars, self._values, strict=True):
            bar.show_value(row.value, row.low, row.high)
            value.setText(row.text)
            font = name.font()
            if font.bold() != row.leads:
                font.setBold(row.leads)
                name.setFont(font)

    def ranges(self) -> list[tuple[float, float]]:
        """Return the six ranges as shown, NaN for none."""
        return [bar.range for bar in self._bars]

    def texts(self) -> list[str]:
        """Return the six numbers as shown."""
        return [value.text() for value in self._values]

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        # A name turns bold when it leads: the widest must fit, or the bars would jump.
        names, values = QFont(self.font()), QFont(self.font())
        for font, points in ((names, TEXT_POINTS), (values, VALUE_POINTS)):
            font.setPointSize(theme.points(points))
            font.setBold(True)
        widths = [QFontMetrics(names).horizontalAdvance(emotion) for emotion in emotion_names()]
        self._grid.setColumnMinimumWidth(1, max(widths) + 2)
        self._grid.setColumnMinimumWidth(3, QFontMetrics(values).horizontalAdvance("0.00") + 6)
        for i, (sample, bar) in enumerate(zip(self._samples, self._bars, strict=True)):
            sample.set_theme(theme)
            bar.set_look(theme, theme.emotion(i))
