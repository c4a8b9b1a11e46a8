"""Joins the actions and widgets of a replay's window to what they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PyQt6.QtGui import QGuiApplication

from live_emotion.dashboard.deeds import SPEED_STEPS, speed_name
from live_emotion.dashboard.people_wiring import wire_people
from live_emotion.dashboard.settings import next_text_size
from live_emotion.dashboard.window_dialogs import ask_file, ask_session, show_full
from live_emotion.pipeline.orders import Followable

if TYPE_CHECKING:
    from live_emotion.dashboard.replay_window import ReplayWindow

SKIP_S: Final = 5.0


def wire(window: ReplayWindow) -> None:
    """Connect everything that a replay's window is made of."""
    _wire_playback(window)
    _wire_view(window)
    _wire_scrubbing(window)
    wire_people(window.body, window.deeds, lambda: _followable(window), window.message)


def wire_outside(window: ReplayWindow) -> None:
    """Connect a replay's window to what stays when its parts are made anew."""
    window.dropped.connect(window.open_file)
    hints = QGuiApplication.styleHints()
    if hints is not None:
        hints.colorSchemeChanged.connect(lambda _: window.take_on_settings())


def _wire_playback(window: ReplayWindow) -> None:
    head, deeds = window.playhead, window.deeds
    for name, slot in (
        ("seek_back", lambda: _skip(window, -SKIP_S)),
        ("seek_forward", lambda: _skip(window, SKIP_S)),
        ("step_back", lambda: head.step(-1)),
        ("step_forward", lambda: head.step(1)),
        ("to_start", lambda: head.seek(0.0)),
        ("to_end", lambda: head.seek(window.duration or (window.newest.position or 0.0))),
        ("slower", lambda: _change_speed(window, -1)),
        ("faster", lambda: _change_speed(window, 1)),
    ):
        # `triggered` brings a flag along that these do not take.
        deeds[name].triggered.connect(lambda _=False, slot=slot: slot())
    for speed in SPEED_STEPS:
        deeds[speed_name(speed)].triggered.connect(lambda _=False, s=speed: head.set_speed(s))
    deeds["play"].triggered.connect(lambda on: _play(window, on))
    window.transport.speed_wanted.connect(head.set_speed)


def _wire_view(window: ReplayWindow) -> None:
    curves, deeds = window.body.curves, window.deeds
    for name, slot in (
        ("open", lambda: ask_file(window, window.open_file)),
        (
            "open_session",
            lambda: ask_session(window, window.keeper.record_folder, window.open_file),
        ),
        ("close", window.close),
        ("picture", window.save_picture),
        ("settings", window.open_settings),
        ("shortcuts", window.open_shortcuts),
        ("zoom_in", lambda: curves.zoom(0.5)),
        ("zoom_out", lambda: curves.zoom(2.0)),
        ("back", lambda: curves.pan(-0.25)),
        ("forward", lambda: curves.pan(0.25)),
        ("follow", lambda: curves.set_follow(True)),
        ("larger", lambda: _resize_text(window, 1)),
        ("smaller", lambda: _resize_text(window, -1)),
        ("theme_system", lambda: window.change(theme="system")),
        ("theme_light", lambda: window.change(theme="light")),
        ("theme_dark", lambda: window.change(theme="dark")),
    ):
        deeds[name].triggered.connect(lambda _=False, slot=slot: slot())
    deeds["mirror"].triggered.connect(lambda on: window.change(mirror_replay=on))
    deeds["landmarks"].triggered.connect(lambda on: window.change(landmarks=on))
    deeds["full"].triggered.connect(lambda on: show_full(window, on))
    curves.follow_changed.connect(
        lambda follow: window.transport.follow_button.setVisible(not follow)
    )


def _wire_scrubbing(window: ReplayWindow) -> None:
    """Hold the replay while the slider is dragged; what is passed on the way is only shown."""
    bar, head = window.transport.seek_bar, window.playhead
    was_playing = False

    def take_hold() -> None:
        nonlocal was_playing
        was_playing = not head.paused
        head.pause()

    def let_go() -> None:
        if was_playing:
            head.play()

    bar.sliderPressed.connect(take_hold)
    bar.sliderReleased.connect(let_go)
    bar.sought.connect(head.seek)
    window.body.curves.playhead.sought.connect(head.seek)


def _followable(window: ReplayWindow) -> Followable | None:
    replay = window.worker.replay
    return replay if isinstance(replay, Followable) else None


def _play(window: ReplayWindow, play: bool) -> None:
    head = window.playhead
    if not play:
        head.pause()
        return
    if head.at_end:
        head.seek(0.0)
    head.play()


def _skip(window: ReplayWindow, seconds: float) -> None:
    if window.playhead.position is not None:
        window.playhead.seek(max(0.0, window.playhead.position + seconds))


def _change_speed(window: ReplayWindow, step: int) -> None:
    now = window.playhead.speed
    order = [float("inf") if speed is None else speed for speed in SPEED_STEPS]
    value = float("inf") if now is None else now
    at = min(range(len(order)), key=lambda k: (abs(order[k] - value), k)) if now else len(order) - 1
    window.playhead.set_speed(SPEED_STEPS[min(max(at + step, 0), len(order) - 1)])


def _resize_text(window: ReplayWindow, step: int) -> None:
    window.change(text_percent=next_text_size(window.keeper.settings.text_percent, step))
