"""A label that cuts a long text short with an ellipsis instead of in the middle of a letter."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy


class ElidedLabel(QLabel):
    """Plain text on one line that takes what room there is; the tool tip has all of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a size that a long text does not widen."""
        return QSize(60, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """Return the text as cut to the present width."""
        return self.fontMetrics().elidedText(
            self.text(), Qt.TextElideMode.ElideMiddle, self.width()
        )

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the text as cut."""
        painter = QPainter(self)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.shown_text())
