"""The live window: camera and microphone as they come, and everything one can do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QCloseEvent

from live_emotion.core.errors import UserError
from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.consent import ConsentDialog
from live_emotion.dashboard.deeds import live_menus
from live_emotion.dashboard.drop_window import DropWindow
from live_emotion.dashboard.language import tr
from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_look import show_settings, take_on_theme
from live_emotion.dashboard.live_session import LiveSession
from live_emotion.dashboard.live_view import LiveView
from live_emotion.dashboard.live_wiring import wire, wire_outside
from live_emotion.dashboard.replay_guest import ReplayGuest
from live_emotion.dashboard.settings import next_text_size
from live_emotion.dashboard.settings_dialog import SettingsDialog
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.small_view import SmallView
from live_emotion.dashboard.speaking import speak

_REFRESH_MS: Final = 33


class LiveWindow(DropWindow):
    """A window on a live session, with the menus.

    Parameters
    ----------
    control
        What the window shows and steers; closed with the window.
    guest
        Shows files that are opened.
    """

    closed = pyqtSignal()
    refreshed = pyqtSignal()

    def __init__(self, control: LiveControl, guest: ReplayGuest | None = None) -> None:
        super().__init__()
        self.control = control
        self.guest = guest if guest is not None else ReplayGuest()
        self._paused_for_guest = False
        self._error_told: BaseException | None = None
        screen = self.screen()
        size = QSize(1280, 720)
        self.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)
        self._build()
        wire_outside(self)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(_REFRESH_MS)
        self.refresh()

    def begin(self) -> None:
        """Start the first session, or ask for the consent that it needs."""
        try:
            if not self.control.start():
                self.consent.open()
        except UserError as error:
            self.show_problem(error)

    def refresh(self) -> None:
        """Read the newest state and show what has changed."""
        if self.control.settings.language != self._language:
            self._change_language()
        control, status = self.control, self.control.status
        self.bar.show_status(status)
        self.setWindowTitle(f"live-emotion · {self.bar.status_label.text()}")
        if control.lister.devices is not None:
            self.bar.camera.show_devices(control.lister.devices.cameras)
            self.bar.microphone.show_devices(control.lister.devices.microphones)
        for sentence in control.take_messages():
            self.message.say(sentence)
        while control.saved:
            self.message.say(tr("Saved as {}").format(control.saved.popleft()))
        self.deeds["record"].setChecked(control.recorder.wanted)
        error = self.guest.take_error()
        if error is not None:
            self.show_problem(error)
        if control.session is not None:
            self._show_session(control.session)
        self.view.show_why_no_picture(status, control.session, self.small.video)
        self.refreshed.emit()

    def show_problem(self, error: BaseException) -> None:
        """Tell of an error without holding anything up; the traceback is in the log."""
        self.message.say_problem(error)

    def change(self, **changes: Any) -> None:
        """Take on other settings, by the names of `Settings`."""
        before = self.control.settings
        try:
            self.control.change(**changes)
        except UserError as error:
            self.show_problem(error)
        after = self.control.settings
        show_settings(self)
        if (before.theme, before.text_percent) != (after.theme, after.text_percent):
            take_on_theme(self)

    def set_recording(self, record: bool) -> None:
        """Begin to write scores and transcript into a new folder, or stop."""
        if not record:
            self.control.stop_recording()
        elif not self.control.record():
            self.deeds["record"].setChecked(False)
            self.message.say(tr("There is nothing to record yet."))

    def mark(self, number: int) -> None:
        """Mark this moment with the label of the marker 1 to 9."""
        if not self.control.mark(number):
            self.message.say(tr("There is nothing to mark yet."))

    def open_settings(self) -> SettingsDialog:
        """Show the settings; what was changed counts once they are accepted."""
        dialog = SettingsDialog(self.control.settings, self.control.lister.devices, self)
        dialog.accepted.connect(lambda: self.change(**dialog.changes()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_shortcuts(self) -> None:
        """Show all shortcuts."""
        sheet = ShortcutSheet(self.deeds, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def open_file(self, path: Path) -> None:
        """Replay a file in a window of its own; capture rests until it is closed."""
        if not self.guest.open(path, self.control):
            self.message.say(tr("Another file is open: close it first."))
            return
        self.message.say(tr("Opening {}. Capture rests until it is closed.").format(path.name))
        pause = self.deeds["pause"]
        self._paused_for_guest = not pause.isChecked()
        pause.setChecked(True)

    def set_small(self, small: bool) -> None:
        """Show the small view in place of this window, or this window again."""
        if small:
            self.small.show()
            self.hide()
        else:
            self.small.close()
            self.show()

    def resize_text(self, step: int) -> None:
        """Make the text larger (1) or smaller (-1)."""
        self.change(text_percent=next_text_size(self.control.settings.text_percent, step))

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802
        """End the session and wait for it, so that a recording is whole."""
        self._timer.stop()
        self.small.close()
        self.hide()
        self.guest.end()
        self.control.close()
        super().closeEvent(event)
        self.closed.emit()

    def _show_session(self, session: LiveSession) -> None:
        if self.small.isVisible():
            words = self.bar.status_label.text()
            self.small.refresh(session.newest, self.control.status, words)
        self.view.show_session(session, visible=self.isVisible())
        self.message.say_failures(session.newest.devices, session.newest.position)
        if session.error is not None and session.error is not self._error_told:
            self._error_told = session.error
            self.show_problem(session.error)

    def guest_left(self) -> None:
        """Go on as before a file was opened."""
        if self._paused_for_guest:
            self._paused_for_guest = False
            self.deeds["pause"].setChecked(False)
        # The other window may have changed settings.
        show_settings(self)
        take_on_theme(self)

    def small_closed(self) -> None:
        """Come back in place of the small view."""
        self.deeds["small"].setChecked(False)
        if self._timer.isActive():
            self.show()

    def declined(self) -> None:
        """Say how to agree later."""
        if not self.control.settings.consented:
            self.message.say(
                tr("Camera and microphone stay off until you agree: Help, What is measured.")
            )

    def agreed(self) -> None:
        """Start the first session, now that the user has agreed."""
        try:
            self.control.agree()
        except UserError as error:
            self.show_problem(error)

    def _build(self) -> None:
        """Make all that holds words, in the language of the settings."""
        self._language = self.control.settings.language
        self._error_told = None
        self.deeds = Actions(self, live_menus())
        self.view = LiveView(self.deeds)
        self.bar, self.message, self.body = self.view.bar, self.view.message, self.view.body
        self.health, self.notes = self.view.health, self.view.notes
        self.consent = ConsentDialog(self)
        self.small = SmallView()
        self.setCentralWidget(self.view)
        wire(self)
        take_on_theme(self)
        show_settings(self)

    def _change_language(self) -> None:
        """Make everything anew in another language; the session goes on behind it."""
        speak(self.control.settings.language)
        asking, small = self.consent.isVisible(), self.small.isVisible()
        for gone in (self.consent, self.small):
            gone.blockSignals(True)
            gone.close()
            gone.deleteLater()
        on = self.deeds.retire()
        self._build()
        self.deeds.switch(on)
        if asking:
            self.consent.open()
        self.small.setVisible(small)

    def save_picture(self) -> None:
        """Keep a picture of the curves beside the recordings."""
        image = self.body.curves.grab().toImage()
        self.control.save_picture(image.save)
