"""A label that cuts a long text short with an ellipsis instead of in the middle of a letter."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy


class ElidedLabel(QLabel):
    """Plain text on one line that takes what room there is; the tool tip has all of it.

    Parameters
    ----------
    text
        To be shown.
    cut
        Where a long text is cut.
    """

    def __init__(self, text: str, cut: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle) -> None:
        super().__init__(text)
        self._cut = cut
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a size that a long text does not widen."""
        return QSize(60, super().minimumSizeHint().height())

    def shown_text(self) -> str:
        """Return the text as cut to the present width."""
        return self.fontMetrics().elidedText(self.text(), self._cut, self.width())

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: N802
        """Paint the text as cut."""
        painter = QPainter(self)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, self.shown_text())
