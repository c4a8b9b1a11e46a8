"""All shortcuts on one sheet."""

from __future__ import annotations

from itertools import groupby

from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.language import tr

_COLUMN_ROWS = 19


class ShortcutSheet(QDialog):
    """Every action with its keys, under the title of its menu."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Shortcuts"))
        self.setAccessibleName(self.windowTitle())
        columns = QHBoxLayout()
        columns.setSpacing(36)
        grid, row = self._column(columns), 0
        for menu, lines in groupby(actions.sheet(), key=lambda line: line[0]):
            rows = list(lines)
            if row and row + len(rows) > _COLUMN_ROWS:
                grid.setRowStretch(row, 1)
                grid, row = self._column(columns), 0
            if row:
                grid.setRowMinimumHeight(row, 12)
                row += 1
            heading = QLabel(menu)
            heading.setObjectName("heading")
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for _, text, keys in rows:
                name, key = QLabel(text), QLabel(keys or "–")
                key.setObjectName("branch")
                key.setAccessibleName(f"{text}: {keys}")
                grid.addWidget(name, row, 0)
                grid.addWidget(key, row, 1)
                row += 1
        grid.setRowStretch(row, 1)
        hint = QLabel(tr("All of them can be changed in the settings."))
        hint.setObjectName("muted")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        if close is not None:
            close.setAccessibleName(tr("Close"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 16)
        layout.addLayout(columns)
        layout.addWidget(hint)
        layout.addWidget(buttons)

    @staticmethod
    def _column(columns: QHBoxLayout) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        columns.addLayout(grid)
        return grid
