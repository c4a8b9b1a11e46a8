"""What a user agrees to before anything is captured."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QVBoxLayout, QWidget

from live_emotion.dashboard.language import tr


class ConsentDialog(QDialog):
    """Says what is measured, what is kept, and where the law forbids it; accepted or not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Before camera and microphone are turned on"))
        self.setAccessibleName(self.windowTitle())
        self.text = QLabel(self._html())
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setAccessibleName(tr("What you agree to"))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.text.setMinimumWidth(560)
        buttons = QDialogButtonBox()
        self.agree = buttons.addButton(
            tr("I agree: turn them on"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.decline = buttons.addButton(tr("Not now"), QDialogButtonBox.ButtonRole.RejectRole)
        for button in (self.agree, self.decline):
            if button is not None:
                button.setAccessibleName(button.text())
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 18)
        layout.setSpacing(16)
        layout.addWidget(self.text)
        layout.addWidget(buttons)
        # Enter alone must not turn a camera on.
        if self.agree is not None and self.decline is not None:
            self.agree.setAutoDefault(False)
            self.decline.setDefault(True)
            self.decline.setFocus()

    def _html(self) -> str:
        parts = (
            (
                tr("What is measured"),
                tr(
                    "Expressions, not feelings: how far a face, a voice and words look and sound "
                    "happy, sad, angry, fearful, disgusted or surprised to others. That says "
                    "little about what a person feels, and it is often wrong."
                ),
            ),
            (
                tr("Where it stays"),
                tr(
                    "On this machine. Nothing is sent anywhere. Scores and the transcript are "
                    "stored only while you record. Video and sound are not stored unless you turn "
                    "it on in the settings, and then only while you record."
                ),
            ),
            (
                tr("Who must know"),
                tr(
                    "Everyone who may be seen or heard must know of it and agree. One click on "
                    "“Pause capture” turns camera and microphone off."
                ),
            ),
            (
                tr("Where the law forbids it"),
                tr(
                    "In the European Union, inferring people's emotions at work and in schools "
                    "is forbidden, medical and safety reasons apart (AI Act, Article 5(1)(f))."
                ),
            ),
        )
        return "".join(f"<p><b>{head}</b><br>{text}</p>" for head, text in parts)
