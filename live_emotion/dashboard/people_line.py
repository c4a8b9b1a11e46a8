"""The line under the picture: how loud it is, whose voice it is, and what was told of people."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from live_emotion.core.estimate import DeviceEvent, Estimate
from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.level_meter import LevelMeter
from live_emotion.dashboard.people_model import hold_sentence, speaker_sentence, told_now
from live_emotion.dashboard.theme import Theme


class PeopleLine(QWidget):
    """Level meter, a sentence, and a button for the neutral baseline."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = LevelMeter()
        self.sentence = ElidedLabel("")
        self.sentence.setObjectName("notes")
        self.sentence.setAccessibleName(tr("Who speaks"))
        self.button = QToolButton()
        self.button.setObjectName("baseline")
        self.button.hide()
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 0, 2, 0)
        line.setSpacing(10)
        line.addWidget(self.meter)
        line.addWidget(self.sentence, 1)
        line.addWidget(self.button)

    def set_action(self, action: QAction) -> None:
        """Let the button stand for an action; its text is shorter."""
        self.button.setDefaultAction(action)
        self.button.setText(tr("Neutral face"))
        self.button.setAccessibleName(tr("Take the neutral baseline"))
        action.changed.connect(lambda: self.button.setText(tr("Neutral face")))
        self.button.show()

    def refresh(
        self, estimate: Estimate | None, events: Sequence[DeviceEvent], position: float | None
    ) -> None:
        """Show the newest state; `position` is where the session is, in seconds."""
        self.meter.show_level(estimate.voice_level_db if estimate is not None else None)
        seen = estimate is not None and estimate.face is not None
        text = (
            hold_sentence(events, position, seen=seen)
            or told_now(events, position)
            or speaker_sentence(estimate)
        )
        if text != self.sentence.text():
            self.sentence.setText(text)
            self.sentence.setToolTip(text)
            self.sentence.setAccessibleDescription(text)

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self.meter.set_theme(theme)
