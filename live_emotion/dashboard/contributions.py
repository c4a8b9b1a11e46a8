"""What face, voice and words each contribute, or why they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor
from PyQt6.QtWidgets import QGridLayout, QLabel, QWidget

from live_emotion.core.emotions import BRANCHES
from live_emotion.dashboard.bars import Bar, LineSample
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.names import branch_name
from live_emotion.dashboard.theme import Theme
from live_emotion.dashboard.view_model import MISSING, ContributionRow


class Contributions(QWidget):
    """For each branch its share as bar and number, and its leading expression or a reason."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Contributions of face, voice and words"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(2, 1)
        self._bars: list[Bar] = []
        self._shares: list[QLabel] = []
        self._samples: list[LineSample] = []
        self._texts: list[QLabel] = []
        for i, branch in enumerate(BRANCHES):
            label = branch_name(branch)
            name, bar, share = QLabel(label), Bar(), QLabel(MISSING)
            sample, text = LineSample(), QLabel("")
            name.setObjectName("branch")
            share.setObjectName("branch")
            share.setAccessibleName(tr("Share of {}").format(label))
            share.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            share.setMinimumWidth(58)
            text.setAccessibleName(tr("Leading expression of {}").format(label))
            # Two lines a branch: how much it weighs, and what it says.
            top = 3 * i
            grid.addWidget(name, top, 0)
            grid.addWidget(bar, top, 1, 1, 2)
            grid.addWidget(share, top, 3)
            grid.addWidget(sample, top + 1, 1)
            grid.addWidget(text, top + 1, 2, 1, 2)
            grid.setRowStretch(top + 2, 1)
            self._bars.append(bar)
            self._shares.append(share)
            self._samples.append(sample)
            self._texts.append(text)

    def show_rows(self, rows: Sequence[ContributionRow]) -> None:
        """Show one row for each branch."""
        for row, bar, share, sample, text in zip(
            rows, self._bars, self._shares, self._samples, self._texts, strict=True
        ):
            bar.show_value(math.nan if row.leading is None else row.share)
            share.setText(row.share_text)
            sample.show_emotion(row.leading)
            sample.setVisible(row.leading is not None)
            text.setText(row.text)

    def texts(self) -> list[str]:
        """Return the leading expressions or reasons as shown."""
        return [text.text() for text in self._texts]

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        for bar, sample in zip(self._bars, self._samples, strict=True):
            bar.set_look(theme, QColor(theme.accent))
            sample.set_theme(theme)
