"""The top line: what plays, how it stands, where it is, and the controls."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFont, QFontMetrics
from PyQt6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.settings import ThemeName
from live_emotion.dashboard.theme import CLOCK_POINTS, STATUS_POINTS
from live_emotion.dashboard.view_model import Status, position_text, speed_text

_STEPS: Final = 1000
_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_THEMES: Final[tuple[ThemeName, ...]] = ("system", "light", "dark")


class Transport(QWidget):
    """Title, status, position, speed, pause button and choice of theme."""

    pause_wanted = pyqtSignal(bool)
    follow_wanted = pyqtSignal()
    theme_wanted = pyqtSignal(str)

    def __init__(self, title: str, theme: ThemeName) -> None:
        super().__init__()
        self._status: Status | None = None
        self._words: dict[Status, str] = {
            "starting": self.tr("Starting"),
            "playing": self.tr("Playing"),
            "paused": self.tr("Paused"),
            "finished": self.tr("Finished"),
            "stopped": self.tr("Stopped"),
            "failed": self.tr("Ended with an error"),
        }
        name = ElidedLabel(title)
        name.setObjectName("title")
        name.setAccessibleName(self.tr("Source"))
        self.status_label = self._label("status", self.tr("Status"))
        self.clock_label = self._label("clock", self.tr("Position and duration"))
        self.speed_label = self._label("clock", self.tr("Speed"))
        # Room for the widest text, so that the line does not jump about.
        _reserve(self.status_label, STATUS_POINTS, *self._words.values())
        _reserve(self.clock_label, CLOCK_POINTS, "00:00.0 / 00:00.0")
        _reserve(self.speed_label, CLOCK_POINTS, "00.0×")
        self.status_label.setAlignment(_RIGHT)
        self.clock_label.setAlignment(_RIGHT)
        self.speed_label.setAlignment(_RIGHT)
        self.speed_label.setToolTip(self.tr("Seconds of the file handled per second"))
        self.pause_button = QPushButton(self.tr("Pause"))
        self.pause_button.setCheckable(True)
        self.pause_button.setShortcut(Qt.Key.Key_Space)
        self.pause_button.setToolTip(self.tr("Hold the replay, or go on (space)"))
        self.pause_button.setMinimumWidth(110)
        self.pause_button.toggled.connect(self._pause)
        self._pause(False)
        self.follow_button = QPushButton(self.tr("Follow"))
        self.follow_button.setToolTip(self.tr("Show the newest part of the curves again"))
        self.follow_button.setAccessibleName(self.tr("Follow the newest values"))
        self.follow_button.clicked.connect(self.follow_wanted)
        self.follow_button.hide()
        self.theme_box = QComboBox()
        self.theme_box.setAccessibleName(self.tr("Theme"))
        self.theme_box.setMinimumHeight(34)
        self.theme_box.setToolTip(self.tr("Colours of the window"))
        for each, text in zip(
            _THEMES, (self.tr("System"), self.tr("Light"), self.tr("Dark")), strict=True
        ):
            self.theme_box.addItem(text, each)
        self.theme_box.setCurrentIndex(_THEMES.index(theme))
        self.theme_box.currentIndexChanged.connect(
            lambda index: self.theme_wanted.emit(_THEMES[index])
        )
        self.progress = QProgressBar()
        self.progress.setRange(0, _STEPS)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName(self.tr("Position in the file"))

        line = QHBoxLayout()
        line.addWidget(name, 1)
        for widget in (self.status_label, self.clock_label, self.speed_label):
            line.addWidget(widget)
        line.setSpacing(14)
        for control in (self.follow_button, self.pause_button, self.theme_box):
            line.addWidget(control)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(8)
        layout.addLayout(line, 0, 0)
        layout.addWidget(self.progress, 1, 0)

    def show_position(
        self, position: float | None, duration: float | None, speed: float | None
    ) -> None:
        """Show where the replay is (seconds) and how fast it goes."""
        self.clock_label.setText(position_text(position, duration))
        self.speed_label.setText(speed_text(speed))
        self.progress.setVisible(bool(duration))
        if duration and position is not None and self._status != "finished":
            self.progress.setValue(min(_STEPS, round(_STEPS * position / duration)))

    def show_status(self, status: Status) -> None:
        """Show how the replay stands; its end takes the pause button out of use."""
        if status == self._status:
            return
        self._status = status
        self.status_label.setText(self._words[status])
        if status == "finished":
            # The last frame begins a little before the file ends.
            self.progress.setValue(_STEPS)
        self.pause_button.setEnabled(status in ("starting", "playing", "paused"))

    def _pause(self, paused: bool) -> None:
        text = self.tr("Go on") if paused else self.tr("Pause")
        self.pause_button.setText(text)
        # Setting the text takes a button's shortcut away.
        self.pause_button.setShortcut(Qt.Key.Key_Space)
        self.pause_button.setAccessibleName(text)
        self.pause_wanted.emit(paused)

    @staticmethod
    def _label(role: str, accessible: str) -> QLabel:
        label = QLabel()
        label.setObjectName(role)
        label.setAccessibleName(accessible)
        return label


def _reserve(label: QLabel, points: int, *texts: str) -> None:
    font = QFont(label.font())
    font.setPointSize(points)
    font.setBold(True)
    label.setMinimumWidth(max(QFontMetrics(font).horizontalAdvance(text) for text in texts) + 2)
