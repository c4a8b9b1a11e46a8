"""The window that shows a replay; a timer reads the newest state thirty times a second."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QGuiApplication
from PyQt6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from live_emotion.core.errors import UserError
from live_emotion.dashboard.contributions import Contributions
from live_emotion.dashboard.curves import Curves
from live_emotion.dashboard.gate import Gate
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.newest import NewestState, Picture
from live_emotion.dashboard.score_bars import ScoreBars
from live_emotion.dashboard.theme import ThemeName, palette, style_sheet, theme_named
from live_emotion.dashboard.transcript_view import TranscriptView
from live_emotion.dashboard.transport import Transport
from live_emotion.dashboard.video_view import VideoView
from live_emotion.dashboard.view_model import (
    PURPOSE,
    Status,
    contribution_rows,
    describe_scores,
    missing_sentence,
    notes_line,
    score_rows,
)
from live_emotion.dashboard.worker import Replayable, ReplayWorker

_REFRESH_MS: Final = 33


class ReplayWindow(QWidget):
    """Video, curves, present values, contributions and transcript of one replay.

    Parameters
    ----------
    replay
        Its `info` and `notes` are shown; it is run by `worker`.
    worker
        Runs the replay; ended when the window closes.
    newest, gate
        What the worker writes, and what pauses it.
    title
        What plays, for a person.
    theme
        "light", "dark" or "system".
    close_when_done
        Close by itself once the replay has ended.
    """

    closed = pyqtSignal()

    def __init__(
        self,
        replay: Replayable,
        worker: ReplayWorker,
        newest: NewestState,
        gate: Gate,
        title: str,
        *,
        theme: ThemeName = "system",
        close_when_done: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._info, self._notes = replay.info, replay.notes
        self._worker, self._newest, self._gate = worker, newest, gate
        self._title, self._close_when_done = title, close_when_done
        self._shown: Picture | None = None
        self._ticks_shown = -1
        self._error_told = False
        self._theme_name: ThemeName = theme
        self.transport = Transport(title, theme)
        self.message = MessageBar()
        self.video = VideoView()
        self.curves = Curves(self._info.duration)
        self.scores = ScoreBars()
        self.contributions = Contributions()
        self.transcript = TranscriptView()
        self.missing = _label("muted", self.tr("Why there are no scores"))
        self.notes = _label("notes", self.tr("Notes"))
        self._lay_out()
        if not self._info.has_video:
            self.video.set_empty_text(self.tr("This file has no video"))
        self.transport.pause_wanted.connect(self._set_paused)
        self.transport.theme_wanted.connect(self.set_theme)
        self.transport.follow_wanted.connect(lambda: self.curves.set_follow(True))
        self.curves.follow_changed.connect(
            lambda follow: self.transport.follow_button.setVisible(not follow)
        )
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(lambda _: self.set_theme(self._theme_name))
        self.set_theme(theme)
        self.refresh()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(_REFRESH_MS)

    @property
    def status(self) -> Status:
        """How the replay stands."""
        if self._worker.error is not None:
            return "failed"
        if self._worker.counts is not None:
            return "stopped" if self._worker.counts.stopped else "finished"
        if self._gate.closed:
            return "paused"
        return "starting" if self._newest.position is None else "playing"

    def refresh(self) -> None:
        """Read the newest state and show what has changed."""
        newest, status = self._newest, self.status
        newest.shown_size = self.video.device_size()
        picture, estimate, ticks = newest.picture, newest.estimate, newest.history.version
        if picture is not None and picture is not self._shown:
            self._shown = picture
            main = estimate.face.id if estimate is not None and estimate.face else None
            self.video.show_picture(picture, main)
        if ticks != self._ticks_shown:
            self._ticks_shown = ticks
            self.scores.show_rows(score_rows(estimate), describe_scores(estimate))
            self.contributions.show_rows(contribution_rows(estimate))
            self.missing.setText(missing_sentence(estimate))
        self.curves.refresh(newest.history)
        self.transcript.refresh(newest.transcript)
        self.transport.show_status(status)
        self.transport.show_position(newest.position, self._info.duration, self._speed(status))
        self.notes.setText(notes_line(self._notes, tuple(newest.devices)))
        self.setWindowTitle(f"{self._title} · {self.transport.status_label.text()}")
        if self._worker.done:
            self._end_of_replay()

    def set_theme(self, name: ThemeName) -> None:
        """Take on a theme."""
        self._theme_name = name
        theme = theme_named(name)
        # For what the style sheet leaves out; a palette set on the window alone is lost to it.
        QApplication.setPalette(palette(theme))
        self.setStyleSheet(style_sheet(theme))
        for part in (self.curves, self.scores, self.contributions, self.transcript):
            part.set_theme(theme)

    def show_problem(self, error: BaseException) -> None:
        """Tell of an error without holding anything up; the traceback is in the log."""
        if isinstance(error, UserError):
            self.message.say(str(error))
        else:
            self.message.say(
                self.tr("Something went wrong: {}. Details are in the program's log.").format(
                    str(error) or type(error).__name__
                )
            )

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802
        """End the replay and wait for it, so that its log is whole."""
        self._timer.stop()
        self.hide()
        self._worker.end()
        super().closeEvent(event)
        self.closed.emit()

    def _end_of_replay(self) -> None:
        if self._worker.error is not None and not self._error_told:
            self._error_told = True
            self.show_problem(self._worker.error)
        if self._close_when_done:
            self.close()

    def _speed(self, status: Status) -> float | None:
        counts, health = self._worker.counts, self._newest.health
        if counts is not None:
            return counts.media_s / counts.wall_s if counts.wall_s > 0 else None
        return health.speed if health is not None and status == "playing" else None

    def _set_paused(self, paused: bool) -> None:
        if paused:
            self._gate.close()
        else:
            self._gate.open()

    def _lay_out(self) -> None:
        purpose = _label("purpose", self.tr("What is shown"))
        purpose.setText(PURPOSE)
        present = QWidget()
        beside = QHBoxLayout(present)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(_panel(self.tr("Now"), self.scores), 1)
        beside.addWidget(
            _panel(self.tr("Share of the score · leading expression"), self.contributions), 1
        )
        left = _splitter(
            Qt.Orientation.Vertical,
            (self.video, 3),
            (_panel(self.tr("Transcript"), self.transcript), 2),
        )
        right = _splitter(
            Qt.Orientation.Vertical,
            (_panel(self.tr("Expressions over time"), self.curves, self.missing), 3),
            (present, 2),
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 10)
        layout.setSpacing(8)
        layout.addWidget(self.transport)
        layout.addWidget(self.message)
        layout.addWidget(_splitter(Qt.Orientation.Horizontal, (left, 2), (right, 3)), 1)
        layout.addWidget(self.notes)
        layout.addWidget(purpose)
        screen = self.screen()
        size = QSize(1280, 760)
        self.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)


def _label(role: str, accessible: str) -> QLabel:
    label = QLabel()
    label.setObjectName(role)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(accessible)
    return label


def _panel(heading: str, content: QWidget, beside: QWidget | None = None) -> QFrame:
    frame = QFrame()
    frame.setObjectName("panel")
    layout = QVBoxLayout(frame)
    layout.setContentsMargins(12, 8, 12, 10)
    line = QHBoxLayout()
    label = QLabel(heading)
    label.setObjectName("heading")
    line.addWidget(label)
    if beside is not None:
        line.addWidget(beside, 1)
    layout.addLayout(line)
    layout.addSpacing(4)
    layout.addWidget(content, 1)
    return frame


def _splitter(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(8)
    splitter.setChildrenCollapsible(False)
    for i, (widget, stretch) in enumerate(parts):
        splitter.addWidget(widget)
        splitter.setStretchFactor(i, stretch)
    splitter.setSizes([1000 * stretch for _, stretch in parts])
    return splitter
