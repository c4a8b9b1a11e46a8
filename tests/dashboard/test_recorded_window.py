"""The window on a recorded session: all of its log at once, and why there are no pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from live_emotion.core.estimate import Marker
from live_emotion.dashboard.replay_state import ReplayState
from live_emotion.dashboard.replay_window import ReplayWindow
from live_emotion.dashboard.settings import Loaded, Settings
from live_emotion.dashboard.settings_keeper import SettingsKeeper
from live_emotion.dashboard.speaking import speak
from live_emotion.dashboard.worker import ReplayWorker
from live_emotion.pipeline.options import Counts
from live_emotion.pipeline.playhead import Playhead
from live_emotion.pipeline.recorded import RecordedSession
from live_emotion.session.writer import SessionWriter
from tests.session import samples

TICKS = 10
LIVE = {"kind": "live", "camera": "a camera", "has_video": True, "has_audio": True}
Show = Callable[..., ReplayWindow]


@pytest.fixture
def show(qtbot: QtBot, tmp_path: Path) -> Iterator[Show]:
    opened: list[ReplayWindow] = []

    def show_it(source: dict[str, Any], language: str = "en") -> ReplayWindow:
        folder = tmp_path / "recorded"
        with SessionWriter(folder, {"source": source, "notes": []}) as writer:
            for tick in range(TICKS):
                writer.estimate(samples.estimate(tick))
            writer.transcript(samples.words("kids are talking"))
            writer.marker(Marker(1.0, "here"))
            writer.end(Counts(1, TICKS, TICKS), clean=True)
        speak(language)
        newest, playhead = ReplayState(), Playhead(1.0, paused=True)
        worker = ReplayWorker(lambda: RecordedSession.open(folder), (), newest, playhead)
        keeper = SettingsKeeper(Loaded(Settings(language=language)), tmp_path / "settings.json")
        window = ReplayWindow(worker, newest, playhead, keeper, folder.name)
        qtbot.addWidget(window)
        opened.append(window)
        window.show()
        worker.start()
        qtbot.waitUntil(lambda: worker.ended is not None and bool(newest.markers), timeout=10_000)
        window.refresh()
        return window

    yield show_it
    for window in opened:
        window.close()


@pytest.mark.parametrize(
    ("language", "said", "advice"),
    [
        ("en", "No video was stored with this recording: of a live session", "under Storage"),
        ("de", "Zu dieser Aufzeichnung wurde kein Bild gespeichert: Von einer", "unter Ablage"),
    ],
)
def test_a_live_recording_is_there_at_once_and_says_that_no_video_was_stored(
    show: Show, language: str, said: str, advice: str
) -> None:
    window = show(LIVE, language)
    assert window.status == "paused"
    assert len(window.body.curves.drawn(0)[0]) == TICKS
    assert "kids are talking" in window.body.transcript.toPlainText()
    assert [marker.label for marker in window.newest.markers] == ["here"]
    told = window.body.video.accessibleDescription()
    assert told.startswith(said)
    assert advice in told
    # It fits its place, and is not one line that is cut at both ends.
    shown = window.body.video
    flat = shown.fontMetrics().horizontalAdvance(told)
    assert flat > shown.width()
    assert shown.empty_text_rect().height() > 2 * shown.fontMetrics().height()
    assert shown.rect().contains(shown.empty_text_rect())


def test_a_file_that_is_gone_is_named_with_what_to_do(show: Show, tmp_path: Path) -> None:
    gone = tmp_path / "gone.mp4"
    window = show({"kind": "file", "path": str(gone), "has_video": True}, "de")
    told = window.body.video.accessibleDescription()
    assert str(gone) in told
    assert "wurde kein Bild gespeichert" in told
    assert "Legen Sie die Datei zurück" in told
    assert len(window.body.curves.drawn(0)[0]) == TICKS
