"""The window that shows a replay; a timer reads the newest state thirty times a second."""

from __future__ import annotations

from typing import Final

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent, QGuiApplication
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from live_emotion.dashboard.body import Body, plain_label
from live_emotion.dashboard.gate import Gate
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.newest import NewestState
from live_emotion.dashboard.settings import ThemeName
from live_emotion.dashboard.theme import theme_named, wear
from live_emotion.dashboard.transport import Transport
from live_emotion.dashboard.view_model import PURPOSE, Status, notes_line
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
    text_percent
        Size of the text; 100 is the usual one.
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
        text_percent: int = 100,
        close_when_done: bool = False,
    ) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._info, self._notes = replay.info, replay.notes
        self._worker, self._newest, self._gate = worker, newest, gate
        self._title, self._close_when_done = title, close_when_done
        self._error_told = False
        self._theme_name: ThemeName = theme
        self._text_percent = text_percent
        self.transport = Transport(title, theme)
        self.message = MessageBar()
        self.body = Body(self._info.duration)
        self.notes = plain_label("notes", self.tr("Notes"))
        self._lay_out()
        if not self._info.has_video:
            self.body.video.set_empty_text(self.tr("This file has no video"))
        self.transport.pause_wanted.connect(self._set_paused)
        self.transport.theme_wanted.connect(self.set_theme)
        self.transport.follow_wanted.connect(lambda: self.body.curves.set_follow(True))
        self.body.curves.follow_changed.connect(
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
        self.body.refresh(newest)
        self.transport.show_status(status)
        self.transport.show_position(newest.position, self._info.duration, self._speed(status))
        notes = notes_line(self._notes, tuple(newest.devices))
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self.setWindowTitle(f"{self._title} · {self.transport.status_label.text()}")
        if self._worker.done:
            self._end_of_replay()

    def set_theme(self, name: ThemeName, text_percent: int | None = None) -> None:
        """Take on a theme, and another size of the text if one is given."""
        self._theme_name = name
        self._text_percent = text_percent or self._text_percent
        theme = theme_named(name, self._text_percent)
        wear(self, theme)
        self.body.set_theme(theme)

    def show_problem(self, error: BaseException) -> None:
        """Tell of an error without holding anything up; the traceback is in the log."""
        self.message.say_problem(error)

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
        purpose = plain_label("purpose", self.tr("What is shown"))
        purpose.setText(PURPOSE)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 14, 10)
        layout.setSpacing(8)
        layout.addWidget(self.transport)
        layout.addWidget(self.message)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.notes)
        layout.addWidget(purpose)
        screen = self.screen()
        size = QSize(1280, 760)
        self.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)
