"""The top of a replay's window: what plays, how it stands, where it is, and the controls."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QAction, QFont, QFontMetrics
from PyQt6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.deeds import SPEED_STEPS, speed_text
from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.seek_bar import SeekBar
from live_emotion.dashboard.theme import CLOCK_POINTS, STATUS_POINTS
from live_emotion.dashboard.view_model import Status, position_text
from live_emotion.dashboard.view_model import speed_text as measured_text

_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Transport(QWidget):
    """Title, status, position, speed, and the buttons used most.

    Parameters
    ----------
    title
        What plays, for a person.
    deeds
        The actions that the buttons stand for.
    """

    speed_wanted = pyqtSignal(object)

    def __init__(self, title: str, deeds: Actions) -> None:
        super().__init__()
        self._words: dict[Status, str] = {
            "loading": tr("Opening"),
            "starting": tr("Starting"),
            "playing": tr("Playing"),
            "paused": tr("Paused"),
            "finished": tr("Finished"),
            "stopped": tr("Stopped"),
            "failed": tr("Ended with an error"),
        }
        name = ElidedLabel(title)
        name.setObjectName("title")
        name.setAccessibleName(tr("Source"))
        self.status_label = self._label("status", tr("Status"))
        self.clock_label = self._label("clock", tr("Position and duration"))
        self.speed_label = self._label("clock", tr("Speed as measured"))
        # Room for the widest usual text, so that the line does not jump about.
        usual = [words for status, words in self._words.items() if status != "failed"]
        _reserve(self.status_label, STATUS_POINTS, *usual)
        _reserve(self.clock_label, CLOCK_POINTS, "00:00.0 / 00:00.0")
        _reserve(self.speed_label, CLOCK_POINTS, "00.0×")
        self.speed_label.setToolTip(tr("Seconds of the file handled per second"))
        self.speed_box = QComboBox()
        self.speed_box.setAccessibleName(tr("Speed"))
        self.speed_box.setToolTip(tr("Speed of the replay"))
        self.speed_box.setMinimumHeight(34)
        for speed in SPEED_STEPS:
            self.speed_box.addItem(speed_text(speed), speed)
        self.speed_box.activated.connect(lambda index: self.speed_wanted.emit(SPEED_STEPS[index]))
        self.back_button = self._button(deeds["step_back"], "◂|", tr("One score back"))
        self.play_button = self._button(deeds["play"], "", "")
        self.ahead_button = self._button(deeds["step_forward"], "|▸", tr("One score ahead"))
        self.follow_button = self._button(deeds["follow"], tr("Follow"), tr("Follow the position"))
        self.play_button.setMinimumWidth(110)
        self.follow_button.hide()
        deeds["play"].changed.connect(lambda: self._name_play(deeds["play"]))
        self._name_play(deeds["play"])
        self.seek_bar = SeekBar()
        self.seek_bar.setAccessibleName(tr("Position in the file"))

        line = QHBoxLayout()
        line.addWidget(name, 1)
        for label in (self.status_label, self.clock_label, self.speed_label):
            line.addWidget(label)
        line.setSpacing(10)
        buttons = (self.follow_button, self.back_button, self.play_button, self.ahead_button)
        for control in (*buttons, self.speed_box):
            line.addWidget(control)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(6)
        layout.addLayout(line, 0, 0)
        layout.addWidget(self.seek_bar, 1, 0)

    def show_position(
        self, position: float | None, duration: float | None, measured: float | None
    ) -> None:
        """Show where the replay is (seconds) and how fast it goes."""
        self.clock_label.setText(position_text(position, duration))
        self.speed_label.setText(measured_text(measured))
        if position is not None:
            self.seek_bar.show_position(position)

    def show_speed(self, speed: float | None) -> None:
        """Show the speed that was chosen; one that is no step is offered too."""
        if speed not in SPEED_STEPS and self.speed_box.findData(speed) < 0:
            self.speed_box.addItem(speed_text(speed), speed)
        # Not `findData`: it does not find None.
        index = next(
            k for k in range(self.speed_box.count()) if self.speed_box.itemData(k) == speed
        )
        self.speed_box.setCurrentIndex(index)

    def show_status(self, status: Status) -> None:
        """Show how the replay stands."""
        self.status_label.setText(self._words[status])

    def _name_play(self, action: QAction) -> None:
        text = tr("Pause") if action.isChecked() else tr("Play")
        self.play_button.setText(text)
        self.play_button.setAccessibleName(text)

    @staticmethod
    def _button(action: QAction, text: str, name: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(action.objectName())
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setMinimumHeight(34)

        def name_it() -> None:
            # The action's text is for the menu; the button has room for less.
            button.setText(text)
            button.setAccessibleName(name)

        if text:
            action.changed.connect(name_it)
            name_it()
        return button

    @staticmethod
    def _label(role: str, accessible: str) -> QLabel:
        label = QLabel()
        label.setObjectName(role)
        label.setAccessibleName(accessible)
        label.setAlignment(_RIGHT)
        return label


def _reserve(label: QLabel, points: int, *texts: str) -> None:
    font = QFont(label.font())
    font.setPointSize(points)
    font.setBold(True)
    label.setMinimumWidth(max(QFontMetrics(font).horizontalAdvance(text) for text in texts) + 2)
