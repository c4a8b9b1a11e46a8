"""Files and sessions that are dropped on a replay's window are shown there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QUrl
from PyQt6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from live_emotion.core.errors import UserError
from live_emotion.dashboard.opening import open_path
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.worker import Playable, ReplayWorker
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.playhead import Playhead
from live_emotion.session.writer import SessionWriter
from tests.dashboard.hands import drop
from tests.dashboard.scripted_replay import ScriptedReplay
from tests.dashboard.studio import Studio, live
from tests.session import samples

TICKS = 7
Open = Callable[..., ReplayWindow]


@pytest.fixture
def first() -> ScriptedReplay:
    return ScriptedReplay(1000.0, wall_per_frame=0.01)


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path, first: ScriptedReplay) -> Iterator[Open]:
    opened: list[ReplayWindow] = []

    def open_it(opener: Callable[[Path, Settings], Playable] = open_path) -> ReplayWindow:
        newest, playhead = ReplayState(), Playhead(1.0)
        worker = ReplayWorker(lambda: first, (), newest, playhead)
        keeper = SettingsKeeper(Loaded(Settings(theme="light")), tmp_path / "settings.json")
        window = ReplayWindow(worker, newest, playhead, keeper, "first.mp4", opener=opener)
        qtbot.addWidget(window)
        opened.append(window)
        window.show()
        worker.start()
        qtbot.waitUntil(lambda: window.status == "playing", timeout=10_000)
        return window

    yield open_it
    for window in opened:
        window.close()
    assert not [t.name for t in threading.enumerate() if t.name in ("replay", "opening")]


@pytest.fixture
def session(tmp_path: Path) -> Path:
    folder = tmp_path / "recorded"
    with SessionWriter(folder, {"source": {"kind": "live"}, "notes": []}) as writer:
        for tick in range(TICKS):
            writer.estimate(samples.estimate(tick))
        writer.transcript(samples.words("kids are talking"))
        writer.end(Counts(1, TICKS, TICKS), clean=True)
    return folder


def url(path: Path) -> QUrl:
    return QUrl.fromLocalFile(str(path))


@pytest.mark.parametrize("part", ["", "session.jsonl", "meta.json"])
def test_a_dropped_session_is_shown_in_place_of_the_file(
    qtbot: QtBot, open_window: Open, first: ScriptedReplay, session: Path, part: str
) -> None:
    window = open_window()
    before = window.playhead
    assert drop(window, url(session / part if part else session))
    qtbot.waitUntil(lambda: window.status == "paused", timeout=10_000)
    window.refresh()
    assert first.closed
    assert window.playhead is not before
    assert "recorded" in window.windowTitle()
    assert "first.mp4" not in window.windowTitle()
    qtbot.waitUntil(lambda: len(window.body.curves.drawn(0)[0]) == TICKS)
    assert "kids are talking" in window.body.transcript.toPlainText()
    # It is steered as the first was.
    window.deeds["to_end"].trigger()
    qtbot.waitUntil(lambda: window.status == "finished", timeout=10_000)


@pytest.mark.parametrize("what", ["open", "open_session"])
def test_the_menu_opens_another_file_or_session(
    qtbot: QtBot, open_window: Open, session: Path, what: str
) -> None:
    window = open_window()
    window.deeds[what].trigger()
    name = "file" if what == "open" else "session"
    dialog = window.findChild(QFileDialog, name)
    assert dialog is not None and dialog.isVisible()
    dialog.fileSelected.emit(str(session))
    dialog.close()
    qtbot.waitUntil(lambda: "recorded" in window.windowTitle(), timeout=10_000)
    # The window that took the place of the first has the menu, too.
    window.deeds["open"].trigger()
    qtbot.waitUntil(lambda: window.findChild(QFileDialog, "file") is not None)
    window.findChild(QFileDialog, "file").close()


def test_a_drop_on_any_part_of_the_window_counts(
    qtbot: QtBot, open_window: Open, session: Path
) -> None:
    window = open_window()
    for part in window.body.findChildren(QWidget):
        if part.acceptDrops() and part.isVisible():
            assert drop(part, url(session))
    qtbot.waitUntil(lambda: "recorded" in window.windowTitle(), timeout=10_000)


def test_what_cannot_be_opened_is_told_and_the_replay_goes_on(
    qtbot: QtBot, open_window: Open, first: ScriptedReplay, tmp_path: Path
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no media")
    window = open_window()
    assert drop(window, url(text))
    sentence = f"{text} is not a media file that can be read: give a video or sound file."
    qtbot.waitUntil(lambda: window.message.text == sentence, timeout=20_000)
    assert window.isVisible()
    assert not first.closed
    at = first.handled
    qtbot.waitUntil(lambda: first.handled > at)
    assert not drop(window, url(tmp_path))
    assert not drop(window, QUrl("http://127.0.0.1/clip.mp4"))


def test_a_second_file_waits_for_the_first_to_be_open(
    qtbot: QtBot, open_window: Open, session: Path, tmp_path: Path
) -> None:
    go, asked = threading.Event(), []

    def slowly(path: Path, settings: Settings) -> Playable:
        asked.append(path)
        go.wait(20.0)
        return open_path(path, settings)

    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"some media")
    window = open_window(slowly)
    drop(window, url(session))
    assert window.message.text == "Opening recorded."
    drop(window, url(clip))
    assert window.message.text == "Another file is being opened: wait a moment."
    go.set()
    qtbot.waitUntil(lambda: "recorded" in window.windowTitle(), timeout=10_000)
    assert asked == [session]


def test_closing_lets_go_of_a_file_that_was_being_opened(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    late = ScriptedReplay(1.0)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"some media")
    window = open_window(lambda path, settings: late)
    drop(window, url(clip))
    window.close()
    assert late.closed


def test_a_replay_beside_the_live_window_takes_files_too(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.mp4", tmp_path / "second.mp4"
    for clip in (first, second):
        clip.write_bytes(b"some media")
    window = studio.open()
    live(qtbot, window)
    window.open_file(first)
    replay = window.guest.window
    assert replay is not None
    qtbot.waitUntil(lambda: replay.status == "playing", timeout=10_000)
    studio.replay_failure = UserError("That is no media file: give another one.")
    assert drop(replay, url(second))
    qtbot.waitUntil(lambda: replay.message.text == "That is no media file: give another one.")
    studio.replay_failure = None
    assert drop(replay, url(second))
    qtbot.waitUntil(lambda: "second.mp4" in replay.windowTitle(), timeout=10_000)
    qtbot.waitUntil(lambda: replay.status == "playing", timeout=10_000)
    assert [each.closed for each in studio.replays] == [True, False]
    assert window.control.status == "paused"
    replay.close()
    qtbot.waitUntil(lambda: window.control.status == "live", timeout=10_000)
    assert studio.replays[1].closed
