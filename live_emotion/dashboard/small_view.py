"""A small window that stays on top of others: picture and present values only."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QMouseEvent
from PyQt6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.live_bar import Dot
from live_emotion.dashboard.live_model import LiveStatus
from live_emotion.dashboard.newest import NewestState, Picture
from live_emotion.dashboard.people_model import shows_change
from live_emotion.dashboard.score_bars import ScoreBars
from live_emotion.dashboard.theme import Theme, style_sheet
from live_emotion.dashboard.video_view import VideoView
from live_emotion.dashboard.view_model import describe_scores, score_rows


class SmallView(QWidget):
    """Shows the same session as the large window; closing it brings that one back."""

    closed = pyqtSignal()

    def __init__(self) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowStaysOnTopHint)
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self.setWindowTitle("live-emotion")
        self.setAccessibleName(tr("Small view"))
        self._shown: Picture | None = None
        self._ticks_shown = -1
        self.video = VideoView()
        self.video.setMinimumSize(200, 112)
        self.scores = ScoreBars()
        self.light = Dot()
        self.status = ElidedLabel("")
        self.status.setAccessibleName(tr("Status"))
        line = QHBoxLayout()
        line.addWidget(self.light)
        line.addWidget(self.status, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self.video, 1)
        layout.addLayout(line)
        layout.addWidget(self.scores)
        self.resize(340, 430)

    def refresh(self, newest: NewestState, status: LiveStatus, words: str) -> None:
        """Show what has changed; `words` say how the session stands."""
        self.status.setText(words)
        self.light.show_mood(
            "good" if status == "live" else "bad" if status == "ended" else "waiting"
        )
        picture, estimate, ticks = newest.picture, newest.estimate, newest.history.version
        if picture is not None and picture is not self._shown:
            self._shown = picture
            main = estimate.face.id if estimate is not None and estimate.face else None
            self.video.show_picture(picture, main)
        if ticks != self._ticks_shown:
            self._ticks_shown = ticks
            change = shows_change(estimate)
            self.scores.show_change(change)
            self.scores.show_rows(
                score_rows(estimate, change=change), describe_scores(estimate, change=change)
            )

    def set_theme(self, theme: Theme) -> None:
        """Take on a theme."""
        self.setStyleSheet(style_sheet(theme))
        self.scores.set_theme(theme)
        self.light.set_theme(theme)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:  # noqa: N802
        """Go back to the large window."""
        self.close()

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802
        """Tell the large window."""
        super().closeEvent(event)
        self.closed.emit()
