"""The top of the live window: how it stands, the devices, and the two buttons used most."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from live_emotion.dashboard.device_boxes import camera_box, microphone_box
from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.live_model import LiveStatus, Mood
from live_emotion.dashboard.theme import LIGHT, Theme


class Dot(QWidget):
    """A round light: full when good, a ring when waiting, a square when bad."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(14, 14)
        self._mood: Mood = "waiting"
        self._theme = LIGHT

    @property
    def mood(self) -> Mood:
        """What is shown."""
        return self._mood

    def show_mood(self, mood: Mood) -> None:
        """Show how well something is."""
        if mood != self._mood:
            self._mood = mood
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self._theme = theme
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the light; its shape says the same as its colour."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = {
            "good": self._theme.good,
            "waiting": self._theme.muted,
            "bad": self._theme.bad,
        }[self._mood]
        area = self.rect().adjusted(2, 2, -2, -2)
        painter.setPen(QColor(colour))
        if self._mood == "waiting":
            painter.drawEllipse(area)
            return
        painter.setBrush(QColor(colour))
        if self._mood == "good":
            painter.drawEllipse(area)
        else:
            painter.drawRect(area)


class LiveBar(QWidget):
    """Status, time, devices with their states in words, record and pause."""

    def __init__(self, record: QAction, pause: QAction, follow: QAction) -> None:
        super().__init__()
        self._words: dict[LiveStatus, str] = {
            "asking": tr("Waiting for your consent"),
            "starting": tr("Opening the devices"),
            "loading": tr("Loading the networks"),
            "live": tr("Live"),
            "paused": tr("Paused: devices are off"),
            "ended": tr("Ended"),
        }
        self.light = Dot()
        self.status_label = QLabel()
        self.status_label.setObjectName("status")
        self.status_label.setAccessibleName(tr("Status"))
        self.clock_label = QLabel()
        self.clock_label.setObjectName("clock")
        self.clock_label.setAccessibleName(tr("Time since the session began"))
        self.camera, self.microphone = camera_box(self), microphone_box(self)
        self.record_button = self._button("record", record)
        self.pause_button = self._button("pause", pause)
        self.follow_button = self._button("follow", follow)
        self.follow_button.hide()
        self.camera_dot, self.microphone_dot = Dot(), Dot()
        self.camera_words, self.microphone_words = ElidedLabel(""), ElidedLabel("")
        self.camera_words.setAccessibleName(tr("State of the camera"))
        self.microphone_words.setAccessibleName(tr("State of the microphone"))
        for label in (self.camera_words, self.microphone_words):
            label.setObjectName("notes")

        line = QHBoxLayout()
        line.setSpacing(10)
        line.addWidget(self.light)
        line.addWidget(self.status_label)
        line.addWidget(self.clock_label)
        line.addStretch(1)
        for box in (self.camera, self.microphone):
            line.addWidget(box)
        for button in (self.follow_button, self.record_button, self.pause_button):
            line.addWidget(button)
        states = QHBoxLayout()
        states.setSpacing(8)
        for dot, words in (
            (self.camera_dot, self.camera_words),
            (self.microphone_dot, self.microphone_words),
        ):
            states.addWidget(dot)
            states.addWidget(words, 1)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(4)
        layout.addLayout(line, 0, 0)
        layout.addLayout(states, 1, 0)

    def show_status(self, status: LiveStatus) -> None:
        """Show how the session stands."""
        self.status_label.setText(self._words[status])
        self.light.show_mood(
            "good" if status == "live" else "bad" if status == "ended" else "waiting"
        )

    def show_device(self, device: str, words: str, mood: Mood) -> None:
        """Show the state of ``camera`` or ``microphone``."""
        label = self.camera_words if device == "camera" else self.microphone_words
        if label.text() != words:
            label.setText(words)
            label.setToolTip(words)
            label.setAccessibleDescription(words)
        (self.camera_dot if device == "camera" else self.microphone_dot).show_mood(mood)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        for dot in (self.light, self.camera_dot, self.microphone_dot):
            dot.set_theme(theme)

    def _button(self, role: str, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setObjectName(role)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setMinimumHeight(34)
        # The action's text is a sentence for the menu; the button has room for a word.
        action.changed.connect(lambda: self._name(button, role, action))
        self._name(button, role, action)
        return button

    def _name(self, button: QToolButton, role: str, action: QAction) -> None:
        on = action.isChecked()
        texts = {
            "record": tr("● Recording") if on else tr("Record"),
            "pause": tr("Go on") if on else tr("Pause"),
            "follow": tr("Newest"),
        }
        button.setText(texts[role])
        button.setAccessibleName(texts[role])
