"""Another language, chosen while windows are open, is spoken at once."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from live_emotion.dashboard.deeds import live_menus
from tests.dashboard.hands import pick_in_menu, press_keys
from tests.dashboard.studio import Studio, live


def test_another_language_counts_at_once_and_the_session_goes_on(
    qtbot: QtBot, studio: Studio
) -> None:
    window = studio.open()
    live(qtbot, window)
    window.deeds["everyone"].trigger()
    window.mark(1)
    dialog = window.open_settings()
    dialog.look.language.setCurrentIndex(dialog.look.language.findData("de"))
    dialog.accept()
    qtbot.waitUntil(lambda: window.bar.pause_button.text() == "Anhalten")
    assert len(studio.lives) == 1
    assert window.deeds["settings"].text() == "&Einstellungen…"
    assert not window.deeds["everyone"].isChecked()
    bar = window.menuBar()
    assert bar is not None
    assert [action.text() for action in bar.actions()] == [m.title for m in live_menus()]
    # What was measured before is there, and the new parts work.
    qtbot.waitUntil(lambda: len(window.body.curves.drawn(0)[0]) > 3)
    assert "marker 1" in [text for _, text in window.body.curves.markers.labels()]
    pick_in_menu(qtbot, window, window.deeds["pause"])
    qtbot.waitUntil(lambda: window.control.status == "paused")
    window.change(language="en")
    qtbot.waitUntil(lambda: window.bar.status_label.text() == "Paused: devices are off")
    assert window.deeds["pause"].isChecked()
    press_keys(qtbot, window, window.deeds["pause"])
    qtbot.waitUntil(lambda: window.control.status == "live")
    press_keys(qtbot, window, window.deeds["small"])
    qtbot.waitUntil(window.small.isVisible)
    window.change(language="de")
    qtbot.waitUntil(lambda: window.small.accessibleName() == "Kleine Ansicht")
    assert window.small.isVisible()
    assert not window.isVisible()
    press_keys(qtbot, window.small, window.deeds["small"])
    qtbot.waitUntil(window.isVisible)


def test_another_language_counts_at_once_in_a_replay_and_behind_it(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    window = studio.open()
    live(qtbot, window)
    window.open_file(tmp_path / "clip.mp4")
    qtbot.waitUntil(lambda: window.guest.window is not None)
    replay = window.guest.window
    assert replay is not None
    qtbot.waitUntil(lambda: replay.status == "playing")
    replay.change(language="de")
    qtbot.waitUntil(lambda: replay.transport.status_label.text() == "Spielt")
    qtbot.waitUntil(lambda: window.bar.status_label.text() == "Angehalten: Geräte sind aus")
    pick_in_menu(qtbot, replay, replay.deeds["play"])
    qtbot.waitUntil(lambda: replay.status == "paused")
    replay.close()
    qtbot.waitUntil(lambda: window.control.status == "live")
