"""Joins the live window's actions and widgets to what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QUrl
from PyQt6.QtGui import QDesktopServices, QGuiApplication

from live_emotion.dashboard.live_look import take_on_theme
from live_emotion.dashboard.people_wiring import wire_people
from live_emotion.dashboard.settings import MARKER_COUNT
from live_emotion.dashboard.window_dialogs import ask_address, ask_file, ask_session, show_full

if TYPE_CHECKING:
    from live_emotion.dashboard.live_window import LiveWindow


def wire(window: LiveWindow) -> None:
    """Connect everything that a live window is made of."""
    _wire_actions(window)
    _wire_switches(window)
    _wire_parts(window)
    wire_people(window.body, window.deeds, lambda: window.control.followable, window.view.message)


def wire_outside(window: LiveWindow) -> None:
    """Connect a live window to what stays when its parts are made anew."""
    window.dropped.connect(window.open_file)
    window.guest.finished.connect(window.guest_left)
    hints = QGuiApplication.styleHints()
    if hints is not None:
        hints.colorSchemeChanged.connect(lambda _: take_on_theme(window))


def _wire_actions(window: LiveWindow) -> None:
    curves = window.body.curves
    for name, slot in (
        ("quit", window.close),
        ("picture", window.save_picture),
        ("folder", lambda: _show_folder(window)),
        ("devices", window.control.lister.refresh),
        ("address", lambda: _ask_address(window)),
        ("open", lambda: ask_file(window, window.open_file)),
        (
            "open_session",
            lambda: ask_session(window, window.control.record_folder, window.open_file),
        ),
        ("settings", window.open_settings),
        ("shortcuts", window.open_shortcuts),
        ("consent", window.consent.open),
        ("zoom_in", lambda: curves.zoom(0.5)),
        ("zoom_out", lambda: curves.zoom(2.0)),
        ("back", lambda: curves.pan(-0.25)),
        ("forward", lambda: curves.pan(0.25)),
        ("follow", lambda: curves.set_follow(True)),
        ("larger", lambda: window.resize_text(1)),
        ("smaller", lambda: window.resize_text(-1)),
        ("theme_system", lambda: window.change(theme="system")),
        ("theme_light", lambda: window.change(theme="light")),
        ("theme_dark", lambda: window.change(theme="dark")),
    ):
        # `triggered` brings a flag along that these do not take.
        window.deeds[name].triggered.connect(lambda _=False, slot=slot: slot())
    for k in range(1, MARKER_COUNT + 1):
        window.deeds[f"marker_{k}"].triggered.connect(lambda _=False, k=k: window.mark(k))


def _wire_switches(window: LiveWindow) -> None:
    deeds = window.deeds
    deeds["record"].triggered.connect(window.set_recording)
    deeds["pause"].toggled.connect(window.control.set_paused)
    deeds["mirror"].triggered.connect(lambda on: window.change(mirror=on))
    deeds["landmarks"].triggered.connect(lambda on: window.change(landmarks=on))
    deeds["full"].triggered.connect(lambda on: show_full(window, on))
    deeds["small"].triggered.connect(window.set_small)


def _wire_parts(window: LiveWindow) -> None:
    bar = window.bar
    window.small.addActions(list(window.deeds.by_name.values()))
    window.small.closed.connect(window.small_closed)
    window.consent.accepted.connect(window.agreed)
    window.consent.rejected.connect(window.declined)
    bar.camera.chosen.connect(lambda choice: window.change(camera=choice))
    bar.microphone.chosen.connect(lambda choice: window.change(microphone=choice))
    bar.camera.address_wanted.connect(lambda: _ask_address(window))
    for box in (bar.camera, bar.microphone):
        box.opening.connect(window.control.lister.refresh)
    window.body.curves.follow_changed.connect(lambda on: bar.follow_button.setVisible(not on))


def _ask_address(window: LiveWindow) -> None:
    ask_address(window, window.control.settings.camera, lambda text: window.change(camera=text))


def _show_folder(window: LiveWindow) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(window.control.record_folder)))
