"""Every action of a replay's window does its deed, by its shortcut and by its menu."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from live_emotion.core.ticks import TICK_S, tick_start
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings, load
from live_emotion.dashboard.settings_dialog import SettingsDialog
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.shortcut_sheet import ShortcutSheet
from live_emotion.dashboard.worker import ReplayWorker
from live_emotion.pipeline.playhead import Playhead
from tests.dashboard.hands import pick_in_menu, press_keys
from tests.dashboard.scripted_replay import ScriptedReplay, ramp

SECONDS = 80.0
TICKS = 199

Do = Callable[[], None]
Check = Callable[[QtBot, ReplayWindow, Do], None]


def by_shortcut(qtbot: QtBot, window: ReplayWindow, name: str) -> None:
    press_keys(qtbot, window, window.deeds[name])


def by_menu(qtbot: QtBot, window: ReplayWindow, name: str) -> None:
    pick_in_menu(qtbot, window, window.deeds[name])


@pytest.fixture
def replay() -> ScriptedReplay:
    return ScriptedReplay(SECONDS)


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, replay: ScriptedReplay) -> Iterator[ReplayWindow]:
    """A window on a replay whose end was reached, held at its end."""
    newest, playhead = ReplayState(), Playhead(None)
    worker = ReplayWorker(lambda: replay, (), newest, playhead)
    keeper = SettingsKeeper(Loaded(Settings(theme="light")), tmp_path / "settings.json")
    opened = ReplayWindow(worker, newest, playhead, keeper, "clip.mp4")
    qtbot.addWidget(opened)
    opened.show()
    worker.start()
    qtbot.waitUntil(lambda: opened.status == "finished", timeout=20_000)
    playhead.pause()
    # Play and pause are one switch: it must know that the end was reached before it is thrown.
    opened.refresh()
    yield opened
    opened.close()


def at(window: ReplayWindow) -> float:
    assert window.playhead.position is not None
    return window.playhead.position


def go_to(qtbot: QtBot, window: ReplayWindow, tick: int) -> None:
    window.playhead.pause()
    window.playhead.seek(tick_start(tick))
    qtbot.waitUntil(lambda: window.playhead.position == tick_start(tick))
    qtbot.waitUntil(lambda: shows(window, tick - 1))


def shows(window: ReplayWindow, tick: int) -> bool:
    """Whether the bars show what was scored at a tick."""
    return window.body.scores.texts() == [f"{value:.2f}" for value in ramp(tick)]


def moves(ticks: float) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        go_to(qtbot, window, 50)
        do()
        there = 50 + round(ticks)
        qtbot.waitUntil(lambda: at(window) == pytest.approx(tick_start(there)))
        qtbot.waitUntil(lambda: shows(window, there - 1))
        assert window.status == "paused"

    return check


def ends(t: float) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        go_to(qtbot, window, 50)
        do()
        qtbot.waitUntil(lambda: at(window) == pytest.approx(t, abs=TICK_S))

    return check


def play(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    go_to(qtbot, window, 50)
    window.playhead.set_speed(1.0)
    do()
    qtbot.waitUntil(lambda: window.status == "playing")
    qtbot.waitUntil(lambda: at(window) > tick_start(50))
    assert window.transport.play_button.text() == "Pause"
    do()
    qtbot.waitUntil(lambda: window.status == "paused")
    held = at(window)
    qtbot.wait(100)
    assert at(window) - held <= 0.1
    assert window.transport.play_button.text() == "Play"


def speed_becomes(wanted: float | None, before: float | None = 1.0) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        window.playhead.set_speed(before)
        window.refresh()
        do()
        assert window.playhead.speed == wanted
        window.refresh()
        assert window.transport.speed_box.currentData() == wanted
        name = "speed_max" if wanted is None else f"speed_{wanted:g}"
        assert window.deeds[name].isChecked()

    return check


def width(window: ReplayWindow) -> float:
    low, high = window.body.curves.span()
    return high - low


def zoom(factor: float) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        window.body.curves.set_follow(True)
        window.refresh()
        before = width(window)
        do()
        qtbot.waitUntil(lambda: width(window) == pytest.approx(before * factor, rel=0.05))

    return check


def pans(sign: int) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        window.body.curves.set_follow(False)
        before = window.body.curves.span()[0]
        do()
        assert (window.body.curves.span()[0] - before) * sign > 0
        assert window.transport.follow_button.isVisible()

    return check


def follow(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    window.body.curves.set_follow(False)
    do()
    assert window.body.curves.follow
    assert not window.transport.follow_button.isVisible()


def setting_turns(name: str, shown: str) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        before = getattr(window.keeper.settings, name)
        do()
        assert getattr(window.keeper.settings, name) is not before
        assert getattr(window.body.video, shown) is not before

    return check


def setting_becomes(**wanted: Any) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        do()
        for name, value in wanted.items():
            assert getattr(window.keeper.settings, name) == value

    return check


def dialog_opens(kind: type[QWidget]) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        do()

        def shown() -> list[QWidget]:
            found = [w for w in QApplication.topLevelWidgets() if isinstance(w, kind)]
            return [w for w in found if w.isVisible()]

        qtbot.waitUntil(lambda: bool(shown()))
        for dialog in shown():
            dialog.close()
        qtbot.waitUntil(lambda: not shown())

    return check


def picture(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    do()
    qtbot.waitUntil(lambda: window.message.text.endswith(".png"))
    assert Path(window.message.text.partition("Saved as ")[2]).stat().st_size > 1000


def full(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    do()
    qtbot.waitUntil(window.isFullScreen)
    do()
    qtbot.waitUntil(lambda: not window.isFullScreen())


def close(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    with qtbot.waitSignal(window.closed):
        do()


# In this order: closing comes last.
def asks(words: str) -> Check:
    def check(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
        go_to(qtbot, window, 50)
        target = window.worker.replay
        assert isinstance(target, ScriptedReplay)
        qtbot.waitUntil(lambda: window.body.shown is not None)
        do()
        assert target.asked[-1:] == [words]

    return check


def everyone(qtbot: QtBot, window: ReplayWindow, do: Do) -> None:
    panels = window.body.everyone
    qtbot.waitUntil(panels.isVisible)
    do()
    qtbot.waitUntil(lambda: not panels.isVisible())
    do()
    qtbot.waitUntil(panels.isVisible)


DEEDS: dict[str, Check] = {
    "open": dialog_opens(QFileDialog),
    "open_session": dialog_opens(QFileDialog),
    "picture": picture,
    "settings": dialog_opens(SettingsDialog),
    "play": play,
    "seek_back": moves(-5.0 / TICK_S),
    "seek_forward": moves(5.0 / TICK_S),
    "step_back": moves(-1),
    "step_forward": moves(1),
    "to_start": ends(0.0),
    "to_end": ends(SECONDS - TICK_S),
    "slower": speed_becomes(0.5),
    "faster": speed_becomes(2.0),
    "speed_0.25": speed_becomes(0.25),
    "speed_0.5": speed_becomes(0.5),
    "speed_1": speed_becomes(1.0, 4.0),
    "speed_2": speed_becomes(2.0),
    "speed_4": speed_becomes(4.0),
    "speed_max": speed_becomes(None),
    "next_person": asks("follow 2"),
    "main_person": asks("follow None"),
    "everyone": everyone,
    "baseline": asks("begin"),
    "baseline_clear": asks("clear"),
    "mirror": setting_turns("mirror_replay", "mirror"),
    "landmarks": setting_turns("landmarks", "landmarks"),
    "zoom_in": zoom(0.5),
    "zoom_out": zoom(2.0),
    "back": pans(-1),
    "forward": pans(1),
    "follow": follow,
    "larger": setting_becomes(text_percent=115),
    "smaller": setting_becomes(text_percent=100),
    "theme_dark": setting_becomes(theme="dark"),
    "theme_system": setting_becomes(theme="system"),
    "theme_light": setting_becomes(theme="light"),
    "full": full,
    "shortcuts": dialog_opens(ShortcutSheet),
    "close": close,
}


@pytest.mark.parametrize("way", [by_shortcut, by_menu])
def test_every_action_does_its_deed(
    qtbot: QtBot,
    window: ReplayWindow,
    replay: ScriptedReplay,
    way: Callable[[QtBot, ReplayWindow, str], None],
) -> None:
    for name, check in DEEDS.items():
        try:
            check(qtbot, window, lambda name=name: way(qtbot, window, name))
        except BaseException as error:
            raise AssertionError(f"{name} does not do its deed") from error
    assert set(DEEDS) == set(window.deeds.by_name)
    # All of it was shown again; nothing was scored twice.
    assert replay.ran == list(range(TICKS))


def test_the_ends_of_the_speeds_are_kept(qtbot: QtBot, window: ReplayWindow) -> None:
    window.playhead.set_speed(0.25)
    window.deeds["slower"].trigger()
    assert window.playhead.speed == 0.25
    window.playhead.set_speed(None)
    window.deeds["faster"].trigger()
    assert window.playhead.speed is None
    window.deeds["slower"].trigger()
    assert window.playhead.speed == 4.0


def test_play_at_the_end_begins_again(qtbot: QtBot, window: ReplayWindow) -> None:
    window.playhead.set_speed(1.0)
    window.deeds["play"].trigger()
    qtbot.waitUntil(lambda: at(window) < SECONDS / 2, timeout=20_000)
    qtbot.waitUntil(lambda: window.status == "playing", timeout=20_000)


def test_the_slider_goes_where_it_is_pressed_and_holds_while_it_is_dragged(
    qtbot: QtBot, window: ReplayWindow
) -> None:
    bar = window.transport.seek_bar
    window.playhead.set_speed(1.0)
    window.playhead.play()
    place = bar.rect().center()
    qtbot.mousePress(bar, Qt.MouseButton.LeftButton, pos=place)
    assert window.playhead.paused
    qtbot.waitUntil(lambda: at(window) == pytest.approx(SECONDS / 2, abs=1.0))
    place.setX(bar.width() // 4)
    qtbot.mouseMove(bar, place)
    qtbot.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=place)
    assert not window.playhead.paused


def test_a_click_on_the_time_axis_goes_there(qtbot: QtBot, window: ReplayWindow) -> None:
    go_to(qtbot, window, 150)
    plot = window.body.curves._plot
    item = plot.getPlotItem()
    axis = item.getAxis("bottom")
    middle = axis.mapRectToScene(axis.rect()).center()
    x = item.getViewBox().mapViewToScene(QPointF(30.0, 0.5)).x()
    place = plot.mapFromScene(QPointF(x, middle.y()))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(lambda: at(window) == pytest.approx(30.0, abs=TICK_S))
    # A click among the curves goes nowhere.
    place.setY(place.y() - 100)
    x2 = plot.mapFromScene(item.getViewBox().mapViewToScene(QPointF(50.0, 0.5))).x()
    place.setX(x2)
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.wait(100)
    assert at(window) == pytest.approx(30.0, abs=TICK_S)


def test_a_changed_shortcut_counts_in_this_window_too(
    qtbot: QtBot, window: ReplayWindow, tmp_path: Path
) -> None:
    dialog = window.open_settings()
    dialog.shortcuts.edits["step_back"].setKeySequence("Ctrl+B")
    dialog.shortcuts.edits["play"].setKeySequence("Ctrl+B")
    dialog.accept()
    assert dialog.isVisible()
    assert "Ctrl+B" in dialog.problem.text()
    dialog.shortcuts.edits["play"].setKeySequence("Space")
    dialog.accept()
    assert window.deeds["step_back"].shortcut().toString() == "Ctrl+B"
    go_to(qtbot, window, 20)
    by_shortcut(qtbot, window, "step_back")
    qtbot.waitUntil(lambda: at(window) == tick_start(19))
    kept = tmp_path / "settings.json"
    qtbot.waitUntil(lambda: dict(load(kept).settings.shortcuts) == {"step_back": "Ctrl+B"})
