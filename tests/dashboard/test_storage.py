"""Video and sound are stored only where the user turned it on."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from live_emotion.core.media import AudioBlock, VideoFrame
from live_emotion.dashboard.recorder import Recorder
from live_emotion.dashboard.settings import Loaded, Settings, load
from live_emotion.session import media_files
from live_emotion.session.media_files import Storage
from live_emotion.session.reader import read
from tests.capture.media_maker import play
from tests.dashboard.scripted_replay import estimate, ramp
from tests.dashboard.studio import Studio, live


def test_both_switches_are_off_at_first_and_outlast_a_restart(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    dialog = window.open_settings()
    storage = dialog.storage
    assert (storage.video.isChecked(), storage.sound.isChecked()) == (False, False)
    assert dialog.changes() == {}
    storage.video.setChecked(True)
    dialog.accept()
    assert window.control.settings.storage == Storage(video=True)
    window.close()
    again = studio.open(load(studio.path).settings).open_settings()
    assert (again.storage.video.isChecked(), again.storage.sound.isChecked()) == (True, False)
    again.storage.video.setChecked(False)
    again.storage.sound.setChecked(True)
    assert again.changes() == {"store_video": False, "store_sound": True}
    again.reject()


def test_a_settings_file_of_before_stores_nothing(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"consent": 1, "record_always": True}))
    assert load(path) == Loaded(Settings(consent=1, record_always=True))
    assert not load(path).settings.storage


@pytest.mark.parametrize("stored", [False, True])
def test_a_recording_asks_for_what_the_settings_say(
    qtbot: QtBot, studio: Studio, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIVE_EMOTION_SESSIONS", str(studio.folder / "kept"))
    window = studio.open(Settings(consent=1, store_video=stored, store_sound=stored))
    live(qtbot, window)
    window.deeds["record"].trigger()
    qtbot.waitUntil(lambda: window.control.recorder.folder is not None)
    folder = window.control.recorder.folder
    assert folder is not None
    window.control.recorder.on_capture(picture(1.0))
    window.deeds["record"].trigger()
    qtbot.waitUntil(lambda: window.control.recorder.folder is None)
    qtbot.waitUntil(lambda: read(folder).end is not None)
    assert read(folder).meta["media"] == ({"video": True, "sound": True} if stored else None)
    assert (folder / "media.mkv").exists() == stored


def picture(t: float) -> VideoFrame:
    return VideoFrame(t, 0, 96, 64, lambda: np.full((64, 96, 3), 99, np.uint8))


def test_a_recording_holds_what_came_while_it_ran(tmp_path: Path) -> None:
    recorder = Recorder()
    recorder.on_capture(picture(1.0))
    recorder.wanted = True
    recorder.start(tmp_path / "s", dict, Storage(video=True, sound=True))
    for k in range(10):
        recorder.on_capture(picture(2.0 + 0.1 * k))
        recorder.on_capture(AudioBlock(2.0 + 0.1 * k, np.zeros(1600, np.float32)))
    recorder.on_estimate(estimate(5, ramp(5)))
    recorder.stop()
    recorder.on_capture(picture(4.0))
    played = play(tmp_path / "s" / "media.mkv")
    assert [f.t for f in played.frames] == pytest.approx([0.1 * k for k in range(10)], abs=0.001)
    assert len(played.sound) == 16_000
    assert read(tmp_path / "s").clean


def test_a_full_disk_ends_the_media_and_not_the_log(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media_files.shutil, "disk_usage", lambda path: SimpleNamespace(free=5))
    recorder = Recorder()
    recorder.wanted = True
    recorder.start(tmp_path / "s", dict, Storage(video=True))
    recorder.on_capture(picture(1.0))
    told: list[str] = []

    def tick() -> bool:
        recorder.on_estimate(estimate(5, ramp(5)))
        told.extend(filter(None, [recorder.take_problem()]))
        return bool(told)

    qtbot.waitUntil(tick)
    assert recorder.wanted
    recorder.on_estimate(estimate(6, ramp(6)))
    recorder.stop()
    session = read(tmp_path / "s")
    assert session.clean
    (event,) = session.devices
    assert (event["device"], event["state"], event["message"]) == ("storage", "failed", told[0])
    assert session.tick[-1] == 6
    assert not (tmp_path / "s" / "media.mkv").exists()
