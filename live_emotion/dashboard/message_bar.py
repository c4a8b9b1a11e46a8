"""A message that does not get in the way: a coloured strip that can be put away."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.people_model import TOLD_S
from live_emotion.dashboard.told import retold


class MessageBar(QFrame):
    """Hidden until there is something to say.

    Where a neutral baseline is no good, a button offers to take it again.
    """

    again_wanted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self._told: dict[str, DeviceEvent] = {}
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setAccessibleName(tr("Message"))
        button = QPushButton(tr("Dismiss"))
        button.setAccessibleName(tr("Dismiss the message"))
        button.clicked.connect(self.hide)
        self.again = QPushButton(tr("Start again"))
        self.again.setAccessibleName(tr("Take the neutral baseline again"))
        self.again.clicked.connect(self._start_again)
        self.again.hide()
        layout = QHBoxLayout(self)
        layout.addWidget(self._label, 1)
        layout.addWidget(self.again)
        layout.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """The message, empty before the first."""
        return self._label.text()

    def say(self, text: str) -> None:
        """Show a message in place of the one before."""
        self._label.setText(retold(text))
        self.again.hide()
        self.show()

    def say_failures(self, events: Sequence[DeviceEvent], position: float | None) -> None:
        """Tell, each once, that there are no words to be had or that a baseline is no good.

        Parameters
        ----------
        events
            The last ones, oldest first.
        position
            Where the session is, in seconds: a baseline's failure is told at its time only.
        """
        for device in ("transcript", "baseline"):
            newest = next((event for event in reversed(events) if event.device == device), None)
            if newest is None or newest is self._told.get(device):
                continue
            self._told[device] = newest
            late = 0.0 if position is None else position - newest.t
            if newest.state in ("failed", "doubtful") and (
                device == "transcript" or 0.0 <= late <= TOLD_S
            ):
                self.say(newest.message)
                self.again.setVisible(device == "baseline")

    def say_problem(self, error: BaseException) -> None:
        """Tell of an error in a sentence; the traceback is in the log."""
        if isinstance(error, UserError):
            self.say(str(error))
            return
        self.say(
            tr("Something went wrong: {}. Details are in the program's log.").format(
                str(error) or type(error).__name__
            )
        )

    def _start_again(self) -> None:
        self.hide()
        self.again_wanted.emit()
