from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before anything imports Qt.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from hypothesis import settings
from pytestqt.qtbot import QtBot

from live_emotion.dashboard.speaking import speak
from tests.dashboard.studio import Studio

# How long a case takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program's folders apart from the user's."""
    monkeypatch.setenv("LIVE_EMOTION_SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.setenv("LIVE_EMOTION_CONFIG", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def english_again() -> Iterator[None]:
    """No test leaves its language to the next."""
    yield
    speak("en")


@pytest.fixture
def studio(qtbot: QtBot, tmp_path: Path) -> Iterator[Studio]:
    opened = Studio(tmp_path)
    yield opened
    for window in opened.windows:
        window.close()
        window.deleteLater()
    assert not [t.name for t in threading.enumerate() if t.name in ("live", "file errands")]
