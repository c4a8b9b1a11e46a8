"""The window that shows a replay; a timer reads the newest state thirty times a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent

from live_emotion.capture.source import SourceInfo
from live_emotion.core.errors import UserError
from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.body import Body, plain_label
from live_emotion.dashboard.deeds import replay_menus, speed_name
from live_emotion.dashboard.drop_window import DropWindow
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.opening import open_path
from live_emotion.dashboard.replay_look import lay_out, show_settings
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_swap import Opener, ReplaySwap
from live_emotion.dashboard.replay_wiring import wire, wire_outside
from live_emotion.dashboard.settings_dialog import SettingsDialog
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.speaking import speak
from live_emotion.dashboard.told import retold
from live_emotion.dashboard.transport import Transport
from live_emotion.dashboard.view_model import Status, notes_line
from live_emotion.dashboard.worker import Explained, Playable, ReplayWorker
from live_emotion.pipeline.playhead import Playhead

_REFRESH_MS: Final = 33


class ReplayWindow(DropWindow):
    """Video, curves, present values, contributions and transcript of one replay.

    Parameters
    ----------
    worker
        Opens and runs the replay; ended when the window closes.
    newest, playhead
        What the worker writes, and what steers it.
    keeper
        Keeps the settings.
    title
        What plays, for a person.
    close_when_done
        Close by itself once the media's end was reached.
    opener
        Opens what is dropped on the window.
    """

    closed = pyqtSignal()

    def __init__(
        self,
        worker: ReplayWorker,
        newest: ReplayState,
        playhead: Playhead,
        keeper: SettingsKeeper,
        title: str,
        *,
        close_when_done: bool = False,
        opener: Opener = open_path,
    ) -> None:
        super().__init__()
        self.worker, self.newest, self.playhead, self.keeper = worker, newest, playhead, keeper
        self._title, self._close_when_done = title, close_when_done
        self._info: SourceInfo | None = None
        self._error_told = False
        self._swap = ReplaySwap(self, opener)
        screen = self.screen()
        size = QSize(1280, 760)
        self.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)
        self._build()
        wire_outside(self)
        self.refresh()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(_REFRESH_MS)

    @property
    def status(self) -> Status:
        """How the replay stands."""
        worker = self.worker
        if worker.error is not None:
            return "failed"
        if worker.counts is not None:
            return "stopped" if worker.counts.stopped else "finished"
        if worker.replay is None:
            return "loading"
        if self.playhead.at_end:
            return "finished"
        if self.playhead.paused:
            return "paused"
        return "starting" if self.newest.position is None else "playing"

    @property
    def duration(self) -> float | None:
        """Seconds of what plays, None if that is not known yet."""
        return self._info.duration if self._info is not None else None

    def refresh(self) -> None:
        """Read the newest state and show what has changed."""
        self._swap.refresh()
        if self.keeper.settings.language != self._language:
            self._change_language()
        replay, status = self.worker.replay, self.status
        if replay is not None and self._info is None:
            self._show_info(replay)
        self.body.refresh(self.newest, self.playhead.position)
        self.transport.show_status(status)
        self.transport.show_speed(self.playhead.speed)
        self.transport.show_position(self.playhead.position, self.duration, self._speed(status))
        self._show_deeds(status)
        for sentence in self.keeper.take_messages():
            self.message.say(sentence)
        while self.keeper.saved:
            self.message.say(tr("Saved as {}").format(self.keeper.saved.popleft()))
        self.message.say_failures(self.newest.devices, self.newest.position)
        notes = notes_line(replay.notes if replay else (), self.newest.devices)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        self.setWindowTitle(f"{self._title} · {self.transport.status_label.text()}")
        # Of this refresh, so that what is told and how the replay stands go together.
        if status == "failed" and self.worker.error is not None and not self._error_told:
            self._error_told = True
            self._tell(self.worker.error)
        if self._close_when_done and (self.worker.done or self.worker.ended is not None):
            self.close()

    def open_file(self, path: Path) -> None:
        """Show another file, or a session's folder, in place of what plays, once it is open."""
        self._swap.open(path)

    def take_on(
        self, worker: ReplayWorker, newest: ReplayState, playhead: Playhead, title: str
    ) -> None:
        """Show another replay; the one before has ended."""
        self.worker, self.newest, self.playhead, self._title = worker, newest, playhead, title
        self._build_again()

    def change(self, **changes: Any) -> None:
        """Take on other settings, by the names of `Settings`."""
        try:
            self.keeper.change(**changes)
        except UserError as error:
            self.show_problem(error)
        self.take_on_settings()

    def take_on_settings(self) -> None:
        """Look and behave as the settings say."""
        show_settings(self)

    def open_settings(self) -> SettingsDialog:
        """Show the settings; what was changed counts once they are accepted."""
        dialog = SettingsDialog(self.keeper.settings, None, self)
        dialog.accepted.connect(lambda: self.change(**dialog.changes()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_shortcuts(self) -> None:
        """Show all shortcuts."""
        sheet = ShortcutSheet(self.deeds, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def save_picture(self) -> None:
        """Keep a picture of the curves beside the recordings."""
        self.keeper.save_picture(self.body.curves.grab().toImage().save)

    def show_problem(self, error: BaseException) -> None:
        """Tell of an error without holding anything up; the traceback is in the log."""
        self.message.say_problem(error)

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802
        """End the replay and wait for it, so that its log is whole."""
        self._timer.stop()
        self.hide()
        self._swap.end()
        self.worker.end()
        self.keeper.close()
        super().closeEvent(event)
        self.closed.emit()

    def _build(self) -> None:
        """Make all that holds words, in the language of the settings."""
        self._language = self.keeper.settings.language
        self._info, self._error_told = None, False
        self.deeds = Actions(self, replay_menus())
        self.transport = Transport(self._title, self.deeds)
        self.message = MessageBar()
        self.body = Body()
        self.notes = plain_label("notes", tr("Notes"))
        self.setCentralWidget(lay_out(self))
        self.transport.play_button.setFocus()
        wire(self)
        self.take_on_settings()

    def _change_language(self) -> None:
        """Make everything anew in another language; the replay goes on behind it."""
        speak(self.keeper.settings.language)
        self._build_again()

    def _build_again(self) -> None:
        """Make all parts anew, with the switches as they were."""
        on = self.deeds.retire()
        self._build()
        self.deeds.switch(on)

    def _show_deeds(self, status: Status) -> None:
        waits = status == "loading" and not self.playhead.paused
        self.deeds["play"].setChecked(waits or status in ("starting", "playing"))
        speed = speed_name(self.playhead.speed)
        if speed in self.deeds.by_name:
            self.deeds[speed].setChecked(True)

    def _tell(self, error: BaseException) -> None:
        if self.worker.replay is None:
            # Nothing was opened, so there is nothing to look at: whoever opened this tells why.
            self.close()
        else:
            self.show_problem(error)

    def _show_info(self, replay: Playable) -> None:
        self._info = info = replay.info
        self.body.curves.set_duration(info.duration)
        self.transport.seek_bar.set_length(info.duration)
        if not info.has_video:
            why = replay.why_no_video if isinstance(replay, Explained) else ""
            self.body.video.set_empty_text(retold(why) or tr("This file has no video"))

    def _speed(self, status: Status) -> float | None:
        ended, health = self.worker.ended, self.newest.health
        if ended is not None:
            return ended.media_s / ended.wall_s if ended.wall_s > 0 else None
        return health.speed if health is not None and status == "playing" else None
