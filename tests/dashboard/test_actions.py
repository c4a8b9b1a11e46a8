"""Every action does its deed, by its shortcut and by its menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QDesktopServices, QKeySequence
from PyQt6.QtWidgets import QApplication, QFileDialog, QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from live_emotion.dashboard.deeds import Menu, live_menus, replay_menus
from live_emotion.dashboard.live_window import LiveWindow
from live_emotion.dashboard.people_model import people_of
from live_emotion.dashboard.settings_dialog import SettingsDialog
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from tests.dashboard.hands import pick_in_menu, press_keys
from tests.dashboard.scripted_replay import Asked
from tests.dashboard.studio import AGREED, Studio, live

Way = Callable[[QtBot, LiveWindow, str], None]


def by_shortcut(qtbot: QtBot, window: LiveWindow, name: str) -> None:
    press_keys(qtbot, window.small if window.small.isVisible() else window, window.deeds[name])


def by_menu(qtbot: QtBot, window: LiveWindow, name: str) -> None:
    if window.small.isVisible():
        # It has no menu bar; the large window's menu is away with it.
        window.small.close()
        return
    pick_in_menu(qtbot, window, window.deeds[name])


def dialog_opens(kind: type[QWidget]) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        do()

        def shown() -> list[QWidget]:
            found = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind)]
            return [w for w in found if w.isVisible()]

        qtbot.waitUntil(lambda: bool(shown()))
        for dialog in shown():
            dialog.close()
        qtbot.waitUntil(lambda: not shown())

    return check


def setting_turns(name: str) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        before = getattr(window.control.settings, name)
        do()
        qtbot.waitUntil(lambda: getattr(window.control.settings, name) is not before)
        assert getattr(window.body.video, name) is not before

    return check


def setting_becomes(**wanted: Any) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        do()
        for name, value in wanted.items():
            qtbot.waitUntil(lambda n=name, v=value: getattr(window.control.settings, n) == v)

    return check


def record(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(lambda: window.control.recorder.folder is not None)
    do()
    qtbot.waitUntil(lambda: window.control.recorder.folder is None)


def pause(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(lambda: window.control.status == "paused")
    do()
    qtbot.waitUntil(lambda: window.control.status == "live")


def picture(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(lambda: window.message.text.endswith(".png"))
    files = list(window.control.record_folder.glob("curves-*.png"))
    assert len(files) == 1
    assert files[0].stat().st_size > 1000


def marks(number: int) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        do()
        assert window.control.session is not None
        newest = window.control.session.newest
        label = f"marker {number}"
        qtbot.waitUntil(lambda: any(m.label == label for m in newest.markers))
        qtbot.waitUntil(lambda: label in [text for _, text in window.body.curves.markers.labels()])

    return check


def width(window: LiveWindow) -> float:
    low, high = window.body.curves.span()
    return high - low


def zoom(factor: float) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        before = width(window)
        do()
        qtbot.waitUntil(lambda: width(window) == pytest.approx(before * factor, rel=0.05))
        assert window.body.curves.follow

    return check


def moves(sign: int) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        window.body.curves.set_follow(False)
        before = window.body.curves.span()[0]
        do()
        assert (window.body.curves.span()[0] - before) * sign > 0
        assert window.bar.follow_button.isVisible()

    return check


def follow(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    window.body.curves.set_follow(False)
    do()
    assert window.body.curves.follow
    assert not window.bar.follow_button.isVisible()


def full(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(window.isFullScreen)
    do()
    qtbot.waitUntil(lambda: not window.isFullScreen())


def small(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(lambda: window.small.isVisible() and not window.isVisible())
    assert window.small.windowFlags() & Qt.WindowType.WindowStaysOnTopHint
    qtbot.waitUntil(lambda: window.small.scores.texts()[0] != "–")
    do()
    qtbot.waitUntil(lambda: window.isVisible() and not window.small.isVisible())
    assert not window.deeds["small"].isChecked()


def quit_(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    with qtbot.waitSignal(window.closed):
        do()


def consent(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    do()
    qtbot.waitUntil(window.consent.isVisible)
    window.consent.reject()
    assert window.control.status == "live"


def devices(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    window.control.lister._every_s = 1000.0
    qtbot.wait(200)
    window.control.lister.devices = None
    do()
    qtbot.waitUntil(lambda: window.control.lister.devices is not None)


def asks(words: str) -> Callable[[QtBot, LiveWindow, Callable[[], None]], None]:
    def check(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
        target = window.control.followable
        assert isinstance(target, Asked)
        qtbot.waitUntil(lambda: len(people_of(window.body.shown)) == 2)
        do()
        assert target.asked[-1:] == [words]

    return check


def everyone(qtbot: QtBot, window: LiveWindow, do: Callable[[], None]) -> None:
    panels = window.body.everyone
    qtbot.waitUntil(panels.isVisible)
    do()
    qtbot.waitUntil(lambda: not panels.isVisible())
    do()
    qtbot.waitUntil(panels.isVisible)


# In this order: quitting comes last.
DEEDS: dict[str, Callable[[QtBot, LiveWindow, Callable[[], None]], None]] = {
    "open": dialog_opens(QFileDialog),
    "open_session": dialog_opens(QFileDialog),
    "record": record,
    "picture": picture,
    "settings": dialog_opens(SettingsDialog),
    "pause": pause,
    "devices": devices,
    "address": dialog_opens(QInputDialog),
    **{f"marker_{k}": marks(k) for k in range(1, 10)},
    "next_person": asks("follow 2"),
    "main_person": asks("follow None"),
    "everyone": everyone,
    "baseline": asks("begin"),
    "baseline_clear": asks("clear"),
    "mirror": setting_turns("mirror"),
    "landmarks": setting_turns("landmarks"),
    "zoom_in": zoom(0.5),
    "zoom_out": zoom(2.0),
    "back": moves(-1),
    "forward": moves(1),
    "follow": follow,
    "larger": setting_becomes(text_percent=115),
    "smaller": setting_becomes(text_percent=100),
    "theme_dark": setting_becomes(theme="dark"),
    "theme_system": setting_becomes(theme="system"),
    "theme_light": setting_becomes(theme="light"),
    "full": full,
    "small": small,
    "shortcuts": dialog_opens(ShortcutSheet),
    "consent": consent,
    "quit": quit_,
}


@pytest.mark.parametrize("way", [by_shortcut, by_menu])
def test_every_action_does_its_deed(
    qtbot: QtBot, studio: Studio, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.path()))
    window = studio.open()
    live(qtbot, window)
    way(qtbot, window, "folder")
    assert opened == [str(window.control.record_folder)]
    for name, check in DEEDS.items():
        try:
            check(qtbot, window, lambda name=name: way(qtbot, window, name))
        except BaseException as error:
            raise AssertionError(f"{name} does not do its deed") from error
    assert set(DEEDS) | {"folder"} == set(window.deeds.by_name)


@pytest.mark.parametrize("menus", [live_menus(), replay_menus()])
def test_no_two_actions_share_a_shortcut_and_no_two_in_a_menu_a_letter(
    menus: tuple[Menu, ...],
) -> None:
    deeds = [deed for menu in menus for deed in menu.deeds if deed is not None]
    keys = [deed.keys for deed in deeds]
    assert len(set(keys)) == len(keys)
    assert all(QKeySequence.fromString(each).toString() == each for each in keys)
    assert len({deed.name for deed in deeds}) == len(deeds)
    for menu in menus:
        texts = [deed.text for deed in menu.deeds if deed is not None and "&" in deed.text]
        letters = [text[text.index("&") + 1].lower() for text in texts]
        assert len(set(letters)) == len(letters), (menu.title, letters)


def test_what_two_windows_share_has_one_shortcut() -> None:
    keys: dict[str, str] = {}
    for menus in (live_menus(), replay_menus()):
        for deed in (deed for menu in menus for deed in menu.deeds if deed is not None):
            assert keys.setdefault(deed.name, deed.keys) == deed.keys


def test_the_sheet_lists_every_action_with_its_keys(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    sheet = window.deeds.sheet()
    assert len(sheet) == len(window.deeds.by_name)
    assert ("File", "Record scores and transcript", "Ctrl+R") in sheet
    assert ("Markers", "Mark “marker 1”", "1") in sheet
    assert all(keys for _, _, keys in sheet)


def test_a_changed_shortcut_counts_and_is_kept(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    dialog = window.open_settings()
    dialog.shortcuts.edits["pause"].setKeySequence(QKeySequence("Ctrl+Alt+P"))
    dialog.accept()
    assert dict(window.control.settings.shortcuts) == {"pause": "Ctrl+Alt+P"}
    pause(qtbot, window, lambda: by_shortcut(qtbot, window, "pause"))
    again = studio.open(window.control.settings)
    assert again.deeds["pause"].shortcut().toString() == "Ctrl+Alt+P"


def test_one_shortcut_for_two_actions_is_not_taken(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    dialog = window.open_settings()
    dialog.shortcuts.edits["pause"].setKeySequence(QKeySequence("Ctrl+R"))
    dialog.accept()
    assert dialog.isVisible()
    assert "Ctrl+R" in dialog.problem.text()
    assert dialog.tabs.currentWidget() is dialog.shortcuts
    dialog.shortcuts.reset()
    dialog.accept()
    assert window.control.settings == AGREED
