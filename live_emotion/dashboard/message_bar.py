"""A message that does not get in the way: a coloured strip that can be put away."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from live_emotion.core.errors import UserError
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.told import retold


class MessageBar(QFrame):
    """Hidden until there is something to say."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._label.setAccessibleName(tr("Message"))
        button = QPushButton(tr("Dismiss"))
        button.setAccessibleName(tr("Dismiss the message"))
        button.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.addWidget(self._label, 1)
        layout.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """The message, empty before the first."""
        return self._label.text()

    def say(self, text: str) -> None:
        """Show a message in place of the one before."""
        self._label.setText(retold(text))
        self.show()

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
