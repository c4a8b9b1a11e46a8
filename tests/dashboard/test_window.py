from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.dashboard import app
from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.theme import DARK, LIGHT
from live_emotion.dashboard.transport import Transport
from live_emotion.dashboard.worker import ReplayWorker
from live_emotion.pipeline.observer import BaseObserver
from live_emotion.pipeline.playhead import Playhead
from tests.dashboard.screen_readers import nameless
from tests.dashboard.scripted_replay import ScriptedReplay, ramp, words

Opener = Callable[..., ReplayWindow]


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Opener]:
    opened: list[ReplayWindow] = []

    def open_it(replay: ScriptedReplay, **options: object) -> ReplayWindow:
        newest, playhead = ReplayState(), Playhead(None)
        worker = ReplayWorker(lambda: replay, (), newest, playhead)
        keeper = SettingsKeeper(Loaded(Settings(theme="light")), tmp_path / "settings.json")
        window = ReplayWindow(worker, newest, playhead, keeper, "clip.mp4", **options)  # type: ignore[arg-type]
        qtbot.addWidget(window)
        opened.append(window)
        window.show()
        worker.start()
        return window

    yield open_it
    for window in opened:
        window.close()


def until(qtbot: QtBot, window: ReplayWindow, status: str) -> None:
    qtbot.waitUntil(lambda: window.status == status, timeout=10_000)
    window.refresh()


def test_all_parts_show_what_the_replay_tells(qtbot: QtBot, open_window: Opener) -> None:
    segments = [words(0, 1, "Kids are", final=True), words(1, 2, "talking", final=False)]
    window = open_window(ScriptedReplay(6.0, segments=segments))
    until(qtbot, window, "finished")
    ticks = window.newest.history.version
    assert window.body.scores.texts() == [f"{value:.2f}" for value in ramp(ticks - 1)]
    leading = int(ramp(ticks - 1).argmax())
    said = f"{EMOTIONS[leading]} {ramp(ticks - 1)[leading]:.2f}"
    assert window.body.contributions.texts() == [said] * 3
    assert window.body.transcript.toPlainText() == "0:00  Kids are talking"
    assert window.body.transcript.tentative_text() == "talking"
    assert window.transport.clock_label.text() == "0:05.9 / 0:06.0"
    assert window.transport.status_label.text() == "Finished"
    assert "Finished" in window.windowTitle()
    assert window.notes.text() == "voice: untrained weights"
    assert window.transport.play_button.text() == "Play"
    assert len(window.body.curves.drawn(0)[0]) == ticks
    assert window.body.video._picture is not None
    assert window.body.video._picture.t == pytest.approx(149 / 25)


def test_missing_scores_are_told_with_reasons(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window(ScriptedReplay(3.0, scores=lambda tick: None, faces=lambda t: ()))
    until(qtbot, window, "finished")
    assert window.body.scores.texts() == ["–"] * 6
    assert window.body.contributions.texts() == ["no face", "no speech", "no words"]
    assert "no face" in window.body.missing.text()
    assert np.isnan(window.body.curves.drawn(3)[1]).all()


def test_pause_holds_the_flow_and_space_lets_it_go(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window(ScriptedReplay(1000.0, wall_per_frame=0.002))
    until(qtbot, window, "playing")
    button = window.transport.play_button
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.wait(50)
    held = window.newest.frames
    qtbot.wait(150)
    assert window.newest.frames == held
    assert window.status == "paused"
    assert button.text() == button.accessibleName() == "Play"
    window.activateWindow()
    qtbot.waitActive(window)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.newest.frames > held)
    assert window.status == "playing"


def test_closing_ends_the_worker_even_while_paused(qtbot: QtBot, open_window: Opener) -> None:
    replay = ScriptedReplay(1000.0, wall_per_frame=0.002)
    window = open_window(replay)
    until(qtbot, window, "playing")
    window.playhead.pause()
    qtbot.wait(50)
    began = time.monotonic()
    window.close()
    assert time.monotonic() - began < 2.0
    assert replay.thread is not None
    assert not replay.thread.is_alive()
    assert window.status == "stopped"


def test_the_window_stays_alive_while_the_worker_is_busy(qtbot: QtBot, open_window: Opener) -> None:
    """Both kinds of load at full speed: Python that holds the lock, and numpy that lets go."""
    heavy = np.random.default_rng(0).random((300, 300))

    def work(index: int) -> None:
        sum(i * i for i in range(20_000))
        heavy @ heavy

    window = open_window(ScriptedReplay(100_000.0, before_frame=work))
    until(qtbot, window, "playing")
    beats: list[float] = []
    timer = QTimer(window)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start(10)
    handled = window.newest.frames
    qtbot.wait(2000)
    # Wide enough for a machine that does much else: a window that waits for its worker even
    # once would stand still for the whole time.
    assert len(beats) > 10
    assert np.diff(beats).max() < 1.0
    assert window.newest.frames > handled


def test_run_returns_the_counts_and_calls_the_log_first(qtbot: QtBot) -> None:
    class Log(BaseObserver):
        ticks = 0

        def on_estimate(self, estimate: object) -> None:
            self.ticks += 1

    log = Log()
    counts = app.run(
        lambda: ScriptedReplay(4.0), [log], "clip.mp4", speed=None, close_when_done=True
    )
    assert counts.ticks == log.ticks == 9
    assert not counts.stopped


def test_run_raises_what_the_replay_raised_after_the_window_is_closed(qtbot: QtBot) -> None:
    def fail(index: int) -> None:
        if index == 30:
            raise UserError("The disk is full: free some room.")

    said: list[str] = []

    def look() -> None:
        for window in QApplication.topLevelWidgets():
            if isinstance(window, ReplayWindow) and window.message.isVisible():
                said.append(window.message.text)
                assert window.transport.status_label.text() == "Ended with an error"
                window.close()
                return
        QTimer.singleShot(50, look)

    QTimer.singleShot(50, look)
    with pytest.raises(UserError, match="The disk is full"):
        app.run(lambda: ScriptedReplay(4.0, before_frame=fail), [], "clip.mp4", speed=None)
    assert said == ["The disk is full: free some room."]


def test_an_exception_in_a_slot_is_told_and_does_not_end_the_program(qtbot: QtBot) -> None:
    hook = sys.excepthook
    said: list[str] = []

    def wrong() -> None:
        QTimer.singleShot(100, look)
        raise ValueError("out of tune")

    def look() -> None:
        window = next(
            w
            for w in QApplication.topLevelWidgets()
            if isinstance(w, ReplayWindow) and w.isVisible()
        )
        said.append(window.message.text)
        window.close()

    QTimer.singleShot(50, wrong)
    counts = app.run(
        lambda: ScriptedReplay(1000.0, wall_per_frame=0.002), [], "clip.mp4", speed=None
    )
    assert counts.stopped
    assert "out of tune" in said[0]
    assert sys.excepthook is hook


def test_an_error_at_every_refresh_is_logged_once(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls = []

    def wrong(self: ReplayWindow, *_: object) -> None:
        calls.append(1)
        if len(calls) == 5:
            self.window().close()
        if len(calls) > 1:
            raise ValueError("at every refresh")

    monkeypatch.setattr("live_emotion.dashboard.transcript_view.TranscriptView.refresh", wrong)
    app.run(lambda: ScriptedReplay(1000.0, wall_per_frame=0.002), [], "clip.mp4", speed=None)
    assert len(calls) >= 5
    assert [record.getMessage() for record in caplog.records] == ["an error in the window"]


def test_the_environment_can_close_the_window(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_EMOTION_CLOSE_WHEN_DONE", "1")
    assert app.run(lambda: ScriptedReplay(1.0), [], "clip.mp4", speed=None).ticks == 2


def test_ctrl_c_closes_the_window_cleanly(qtbot: QtBot) -> None:
    class Interrupt(BaseObserver):
        def on_estimate(self, estimate: object) -> None:
            os.kill(os.getpid(), signal.SIGINT)

    replay = ScriptedReplay(1000.0, wall_per_frame=0.002)
    # A shell's background jobs start with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        counts = app.run(lambda: replay, [Interrupt()], "clip.mp4", speed=None)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    assert counts.stopped
    assert 0 < counts.ticks < 1000


def test_every_control_has_a_name_for_screen_readers(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window(ScriptedReplay(3.0))
    until(qtbot, window, "finished")
    dialog = window.open_settings()
    assert nameless(window, dialog) == []
    dialog.reject()
    for part in (
        window.body.video,
        window.body.scores,
        window.body.contributions,
        window.body.curves._plot,
    ):
        assert part.accessibleName()
    assert window.body.scores.accessibleDescription().startswith("happy 0.")


def test_a_long_title_is_cut_and_does_not_widen_the_window(
    qtbot: QtBot, open_window: Opener
) -> None:
    window = open_window(ScriptedReplay(1.0))
    title = "a long name " * 40
    transport = Transport(title, window.deeds)
    qtbot.addWidget(transport)
    assert transport.minimumSizeHint().width() <= window.transport.minimumSizeHint().width()
    transport.resize(800, 60)
    transport.show()
    label = transport.findChild(ElidedLabel)
    assert label is not None
    assert "…" in label.shown_text()
    assert label.toolTip() == title


def test_a_file_without_video_says_so(qtbot: QtBot, open_window: Opener) -> None:
    replay = ScriptedReplay(2.0, frames=lambda: iter(()))
    replay.info = dataclasses.replace(replay.info, has_video=False)
    window = open_window(replay)
    until(qtbot, window, "finished")
    assert window.body.video._picture is None
    assert window.body.video._empty_text == "This file has no video"
    window.grab()


def test_themes_switch(qtbot: QtBot, open_window: Opener) -> None:
    segments = [words(0, 1, "Kids are", final=True)]
    window = open_window(ScriptedReplay(3.0, segments=segments))
    until(qtbot, window, "finished")
    assert corner(window) == LIGHT.window
    window.deeds["theme_dark"].trigger()
    window.refresh()
    assert corner(window) == DARK.window
    assert window.body.transcript.toPlainText() == "0:00  Kids are"
    assert len(window.body.curves.drawn(0)[0]) == 7


def corner(window: ReplayWindow) -> str:
    return window.grab().toImage().pixelColor(3, 3).name()


def when_it_opens(do: Callable[[ReplayWindow], None]) -> None:
    """Do something with a window once it is shown and its replay is being opened."""

    def look() -> None:
        found = [w for w in QApplication.topLevelWidgets() if isinstance(w, ReplayWindow)]
        window = next((w for w in found if w.isVisible() and w.worker.started), None)
        if window is None:
            QTimer.singleShot(20, look)
        else:
            do(window)

    QTimer.singleShot(20, look)


def test_the_window_is_there_before_the_replay_is_open(qtbot: QtBot) -> None:
    go_on = threading.Event()
    seen: list[tuple[str, bool]] = []

    def open_slowly() -> ScriptedReplay:
        assert go_on.wait(30.0)
        return ScriptedReplay(2.0)

    def look(window: ReplayWindow) -> None:
        window.refresh()
        seen.append((window.transport.status_label.text(), window.transport.seek_bar.isEnabled()))
        go_on.set()

    when_it_opens(look)
    counts = app.run(open_slowly, [], "clip.mp4", speed=None, close_when_done=True)
    assert seen == [("Opening", False)]
    assert counts.ticks == 4


def test_what_cannot_be_opened_closes_the_window_and_is_raised(qtbot: QtBot) -> None:
    def refuse() -> ScriptedReplay:
        raise UserError("That is no media file: give another one.")

    with pytest.raises(UserError, match="no media file"):
        app.run(refuse, [], "clip.mp4")


def test_a_window_closed_while_it_opens_lets_go(qtbot: QtBot) -> None:
    replay = ScriptedReplay(1000.0, wall_per_frame=0.01)

    closing = threading.Event()

    def open_and_be_left() -> ScriptedReplay:
        assert closing.wait(30.0)
        return replay

    def leave(window: ReplayWindow) -> None:
        closing.set()
        window.close()

    when_it_opens(leave)
    counts = app.run(open_and_be_left, [], "clip.mp4", speed=None)
    assert counts.stopped
    assert replay.closed


def test_smoothing_and_size_of_the_text_are_taken_on(qtbot: QtBot, open_window: Opener) -> None:
    window = open_window(ScriptedReplay(3.0))
    until(qtbot, window, "finished")
    dialog = window.open_settings()
    dialog.look.smoothing.setCurrentIndex(dialog.look.smoothing.findData(8.0))
    dialog.look.language.setCurrentIndex(dialog.look.language.findData("de"))
    dialog.accept()
    assert window.keeper.settings.smoothing_s == 8.0
    assert window.keeper.settings.language == "de"
    window.refresh()
    raw = window.newest.history.since().scores[:, 0]
    shown = window.body.curves.drawn(0)[1]
    assert shown[0] == raw[0]
    assert abs(shown[-1] - raw[-1]) > 0.01
