"""The live window: camera and microphone as they come, and everything one can do with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from PyQt6.QtCore import QMimeData, QSize, Qt, QTimer, QUrl, pyqtSignal
from PyQt6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
)
from PyQt6.QtWidgets import (
    QApplication,
    QFileDialog,
    QInputDialog,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from live_emotion.core.errors import UserError
from live_emotion.dashboard.actions import Actions
from live_emotion.dashboard.body import Body, plain_label
from live_emotion.dashboard.consent import ConsentDialog
from live_emotion.dashboard.health_strip import HealthStrip
from live_emotion.dashboard.live_bar import LiveBar
from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_model import (
    LiveStatus,
    device_words,
    health_texts,
    mood,
    newest_event,
)
from live_emotion.dashboard.live_session import LiveSession
from live_emotion.dashboard.message_bar import MessageBar
from live_emotion.dashboard.replay_guest import ReplayGuest
from live_emotion.dashboard.settings import MARKER_COUNT, TEXT_SIZES
from live_emotion.dashboard.settings_dialog import SettingsDialog
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.small_view import SmallView
from live_emotion.dashboard.theme import palette, style_sheet, theme_named
from live_emotion.dashboard.view_model import PURPOSE, clock

_REFRESH_MS: Final = 33
_MEDIA: Final = "*.mp4 *.mkv *.mov *.avi *.webm *.m4v *.wav *.mp3 *.flac *.ogg *.m4a *.aac"


class LiveWindow(QMainWindow):
    """A window on a live session, with the menus.

    Parameters
    ----------
    control
        What the window shows and steers; closed with the window.
    guest
        Shows files that are opened.
    """

    closed = pyqtSignal()

    def __init__(self, control: LiveControl, guest: ReplayGuest | None = None) -> None:
        super().__init__()
        self.control = control
        self._shown_session: LiveSession | None = None
        self._error_told: BaseException | None = None
        self._theme = theme_named(control.settings.theme, control.settings.text_percent)
        self.deeds = Actions(self)
        self.bar = LiveBar(self.deeds["record"], self.deeds["pause"], self.deeds["follow"])
        self.message = MessageBar()
        self.body = Body()
        self.health = HealthStrip()
        self.notes = plain_label("notes", self.tr("Notes"))
        self.consent = ConsentDialog(self)
        self.small = SmallView()
        self.guest = guest if guest is not None else ReplayGuest()
        self._paused_for_guest = False
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._take_on_theme()
        self._show_settings()
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
        control, status = self.control, self.control.status
        self.bar.show_status(status)
        self.setWindowTitle(f"live-emotion · {self.bar.status_label.text()}")
        if control.lister.devices is not None:
            self.bar.camera.show_devices(control.lister.devices.cameras)
            self.bar.microphone.show_devices(control.lister.devices.microphones)
        for sentence in control.take_messages():
            self.message.say(sentence)
        while control.saved:
            self.message.say(self.tr("Saved as {}").format(control.saved.popleft()))
        self.deeds["record"].setChecked(control.recorder.wanted)
        self.body.video.set_empty_text(self._why_no_picture(status))
        error = self.guest.poll()
        if error is not None:
            self.show_problem(error)
        if control.session is not None:
            self._show_session(control.session)

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

    def change(self, **changes: Any) -> None:
        """Take on other settings, by the names of `Settings`."""
        before = self.control.settings
        try:
            self.control.change(**changes)
        except UserError as error:
            self.show_problem(error)
        after = self.control.settings
        self._show_settings()
        if (before.theme, before.text_percent) != (after.theme, after.text_percent):
            self._take_on_theme()

    def set_recording(self, record: bool) -> None:
        """Begin to write scores and transcript into a new folder, or stop."""
        if not record:
            self.control.stop_recording()
        elif not self.control.record():
            self.deeds["record"].setChecked(False)
            self.message.say(self.tr("There is nothing to record yet."))

    def mark(self, number: int) -> None:
        """Mark this moment with the label of the marker 1 to 9."""
        if not self.control.mark(number):
            self.message.say(self.tr("There is nothing to mark yet."))

    def ask_address(self) -> None:
        """Ask for the address of a camera."""
        dialog = QInputDialog(self)
        dialog.setObjectName("address")
        dialog.setWindowTitle(self.tr("Camera at an address"))
        dialog.setLabelText(self.tr("Address of the camera (http, https or rtsp):"))
        now = self.control.settings.camera
        dialog.setTextValue(now if "://" in now else "http://")
        dialog.textValueSelected.connect(lambda text: self.change(camera=text.strip()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_settings(self) -> SettingsDialog:
        """Show the settings; what was changed counts once they are accepted."""
        dialog = SettingsDialog(
            self.control.settings, self.control.lister.devices, self.deeds, self
        )
        dialog.accepted.connect(lambda: self.change(**dialog.changes()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
        return dialog

    def open_shortcuts(self) -> None:
        """Show all shortcuts."""
        sheet = ShortcutSheet(self.deeds, self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.open()

    def ask_file(self) -> None:
        """Ask for a file to replay."""
        dialog = QFileDialog(self, self.tr("Open a file for replay"))
        dialog.setObjectName("file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([self.tr("Video and sound ({})").format(_MEDIA), self.tr("All (*)")])
        dialog.fileSelected.connect(lambda name: self.open_file(Path(name)))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def open_file(self, path: Path) -> None:
        """Replay a file in a window of its own; capture rests until it is closed."""
        if not self.guest.open(path, self.control.settings):
            self.message.say(self.tr("Another file is open: close it first."))
            return
        self.message.say(self.tr("Opening {}. Capture rests until it is closed.").format(path.name))
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

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: N802
        """Take one local file."""
        if event is not None and _dropped_file(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: N802
        """Replay the file that was dropped."""
        path = _dropped_file(event.mimeData()) if event is not None else None
        if path is not None and event is not None:
            event.acceptProposedAction()
            self.open_file(path)

    def set_full(self, full: bool) -> None:
        """Fill the screen, or not."""
        if full:
            self.showFullScreen()
        else:
            self.showNormal()

    def resize_text(self, step: int) -> None:
        """Make the text larger (1) or smaller (-1)."""
        at = TEXT_SIZES.index(self.control.settings.text_percent) + step
        self.change(text_percent=TEXT_SIZES[min(max(at, 0), len(TEXT_SIZES) - 1)])

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
        if session is not self._shown_session:
            if self._shown_session is not None:
                self.body.reset(self._theme)
            self._shown_session = session
        newest = session.newest
        if self.small.isVisible():
            self.small.refresh(newest, self.control.status, self.bar.status_label.text())
        if self.isVisible():
            self.body.refresh(newest)
        self.bar.clock_label.setText(clock(newest.position).split(".")[0])
        events = tuple(newest.devices)
        for device, choice in (
            ("camera", session.options.camera),
            ("microphone", session.options.microphone),
        ):
            event = newest_event(events, device) if choice is not None else None
            self.bar.show_device(
                device, device_words(device, event, chosen=choice is not None), mood(event)
            )
        self.health.show_texts(health_texts(newest.health, session.engine))
        self.notes.setText("  ·  ".join(session.notes))
        self.notes.setVisible(bool(session.notes))
        if session.error is not None and session.error is not self._error_told:
            self._error_told = session.error
            self.show_problem(session.error)

    def _guest_left(self) -> None:
        if self._paused_for_guest:
            self._paused_for_guest = False
            self.deeds["pause"].setChecked(False)
        # The other window may have chosen other colours for the program.
        self._take_on_theme()

    def _small_closed(self) -> None:
        self.deeds["small"].setChecked(False)
        if self._timer.isActive():
            self.show()

    def _why_no_picture(self, status: LiveStatus) -> str:
        session = self.control.session
        if status in ("paused", "asking"):
            return self.tr("Camera and microphone are off")
        if session is not None and session.options.camera is None:
            return self.tr("No camera is chosen")
        return self.tr("No picture yet")

    def _declined(self) -> None:
        if not self.control.settings.consented:
            self.message.say(
                self.tr("Camera and microphone stay off until you agree: Help, What is measured.")
            )

    def _agreed(self) -> None:
        try:
            self.control.agree()
        except UserError as error:
            self.show_problem(error)

    def _show_settings(self) -> None:
        chosen, deeds = self.control.settings, self.deeds
        for name, value in (
            ("mirror", chosen.mirror),
            ("landmarks", chosen.landmarks),
            (f"theme_{chosen.theme}", True),
        ):
            deeds[name].setChecked(value)
        deeds.name_markers(chosen.markers)
        deeds.set_shortcuts(chosen.shortcuts)
        self.bar.camera.set_choice(chosen.camera)
        self.bar.microphone.set_choice(chosen.microphone)
        for video in (self.body.video, self.small.video):
            video.set_mirror(chosen.mirror)
            video.set_landmarks(chosen.landmarks)

    def _take_on_theme(self) -> None:
        chosen = self.control.settings
        self._theme = theme = theme_named(chosen.theme, chosen.text_percent)
        # For what the style sheet leaves out; a palette set on the window alone is lost to it.
        QApplication.setPalette(palette(theme))
        self.setStyleSheet(style_sheet(theme))
        self.body.set_theme(theme)
        self.bar.set_theme(theme)
        self.small.set_theme(theme)

    def _connect(self) -> None:
        deeds, curves = self.deeds, self.body.curves
        for name, slot in (
            ("quit", self.close),
            ("picture", self._save_picture),
            ("folder", self._show_folder),
            ("devices", self.control.lister.refresh),
            ("address", self.ask_address),
            ("open", self.ask_file),
            ("settings", self.open_settings),
            ("shortcuts", self.open_shortcuts),
            ("consent", self.consent.open),
            ("zoom_in", lambda: curves.zoom(0.5)),
            ("zoom_out", lambda: curves.zoom(2.0)),
            ("back", lambda: curves.pan(-0.25)),
            ("forward", lambda: curves.pan(0.25)),
            ("follow", lambda: curves.set_follow(True)),
            ("larger", lambda: self.resize_text(1)),
            ("smaller", lambda: self.resize_text(-1)),
            ("theme_system", lambda: self.change(theme="system")),
            ("theme_light", lambda: self.change(theme="light")),
            ("theme_dark", lambda: self.change(theme="dark")),
        ):
            # `triggered` brings a flag along that these do not take.
            deeds[name].triggered.connect(lambda _=False, slot=slot: slot())
        for k in range(1, MARKER_COUNT + 1):
            deeds[f"marker_{k}"].triggered.connect(lambda _=False, k=k: self.mark(k))
        deeds["record"].triggered.connect(self.set_recording)
        deeds["pause"].toggled.connect(self.control.set_paused)
        deeds["mirror"].triggered.connect(lambda on: self.change(mirror=on))
        deeds["landmarks"].triggered.connect(lambda on: self.change(landmarks=on))
        deeds["full"].triggered.connect(self.set_full)
        deeds["small"].triggered.connect(self.set_small)
        self.small.addActions(list(deeds.by_name.values()))
        self.small.closed.connect(self._small_closed)
        self.guest.finished.connect(self._guest_left)
        self.consent.accepted.connect(self._agreed)
        self.consent.rejected.connect(self._declined)
        self.bar.camera.chosen.connect(lambda choice: self.change(camera=choice))
        self.bar.microphone.chosen.connect(lambda choice: self.change(microphone=choice))
        self.bar.camera.address_wanted.connect(self.ask_address)
        for box in (self.bar.camera, self.bar.microphone):
            box.opening.connect(self.control.lister.refresh)
        curves.follow_changed.connect(lambda follow: self.bar.follow_button.setVisible(not follow))
        hints = QGuiApplication.styleHints()
        if hints is not None:
            hints.colorSchemeChanged.connect(lambda _: self._take_on_theme())

    def _save_picture(self) -> None:
        image = self.body.curves.grab().toImage()
        self.control.save_picture(image.save)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.control.record_folder)))

    def _lay_out(self) -> None:
        purpose = plain_label("purpose", self.tr("What is shown"))
        purpose.setText(PURPOSE)
        whole = QWidget()
        whole.setObjectName("window")
        whole.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        layout = QVBoxLayout(whole)
        layout.setContentsMargins(14, 6, 14, 8)
        layout.setSpacing(7)
        layout.addWidget(self.bar)
        layout.addWidget(self.message)
        layout.addWidget(self.body, 1)
        layout.addWidget(self.health)
        layout.addWidget(self.notes)
        layout.addWidget(purpose)
        self.setCentralWidget(whole)
        screen = self.screen()
        size = QSize(1280, 720)
        self.resize(size.boundedTo(screen.availableSize()) if screen is not None else size)


def _dropped_file(data: QMimeData | None) -> Path | None:
    """Return the one local file that is being dropped, None if it is something else."""
    urls = data.urls() if data is not None else []
    if len(urls) != 1 or not urls[0].isLocalFile():
        return None
    path = Path(urls[0].toLocalFile())
    return path if path.is_file() else None
