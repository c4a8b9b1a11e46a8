"""Opens live windows on scripted sessions."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_window import LiveWindow
from live_emotion.dashboard.replay_guest import ReplayGuest
from live_emotion.dashboard.settings import CONSENT_VERSION, Loaded, Settings
from live_emotion.pipeline.live_options import LiveOptions
from tests.dashboard.scripted_live import ScriptedLive, lister
from tests.dashboard.scripted_replay import ScriptedReplay

AGREED = Settings(consent=CONSENT_VERSION, theme="light")


class Studio:
    """Opens windows on scripted sessions, and keeps the sessions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "config" / "settings.json"
        self.lives: list[ScriptedLive] = []
        self.windows: list[LiveWindow] = []
        self.replays: list[ScriptedReplay] = []
        self.replay_failure: Exception | None = None
        self.script: dict[str, object] = {}

    def make(self, options: LiveOptions) -> ScriptedLive:
        self.lives.append(ScriptedLive(options, **self.script))  # type: ignore[arg-type]
        return self.lives[-1]

    def open_replay(self, path: Path, settings: Settings) -> ScriptedReplay:
        if self.replay_failure is not None:
            raise self.replay_failure
        self.replays.append(ScriptedReplay(1000.0, wall_per_frame=0.01))
        return self.replays[-1]

    def open(self, settings: Settings = AGREED, problem: str | None = None) -> LiveWindow:
        control = LiveControl(Loaded(settings, problem), self.path, make=self.make, lister=lister())
        window = LiveWindow(control, ReplayGuest(self.open_replay))
        self.windows.append(window)
        window.show()
        window.begin()
        return window


def live(qtbot: QtBot, window: LiveWindow) -> None:
    qtbot.waitUntil(
        lambda: (
            window.control.status == "live"
            and window.control.session is not None
            and window.control.session.newest.health is not None
        ),
        timeout=10_000,
    )
    window.refresh()
