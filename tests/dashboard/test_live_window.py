from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from pytestqt.qtbot import QtBot

from live_emotion.core.errors import UserError
from live_emotion.core.estimate import DeviceEvent
from live_emotion.dashboard.live_control import LiveControl
from live_emotion.dashboard.live_window import LiveWindow
from live_emotion.dashboard.settings import Loaded, Settings, load
from live_emotion.session.reader import read
from tests.dashboard.scripted_live import lister
from tests.dashboard.scripted_replay import frame
from tests.dashboard.studio import AGREED, Studio, live


def test_nothing_is_captured_before_the_user_agrees(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open(Settings(theme="light"))
    assert window.consent.isVisible()
    text = window.consent.text.text()
    for needed in ("Expressions, not feelings", "not stored", "at work and in schools"):
        assert needed in text
    assert window.bar.status_label.text() == "Waiting for your consent"
    window.consent.decline.click()
    assert "until you agree" in window.message.text
    qtbot.wait(100)
    assert studio.lives == []
    window.deeds["consent"].trigger()
    window.consent.agree.click()
    live(qtbot, window)
    assert len(studio.lives) == 1
    qtbot.waitUntil(lambda: load(studio.path).settings.consented)
    # Once is enough.
    again = studio.open(load(studio.path).settings)
    assert not again.consent.isVisible()
    live(qtbot, again)


def test_enter_alone_does_not_agree(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open(Settings())
    QTest.keyClick(window.consent, Qt.Key.Key_Return)
    assert not window.control.settings.consented
    assert studio.lives == []


def test_the_window_shows_what_the_session_tells(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    assert window.bar.status_label.text() == "Live"
    assert window.bar.camera_words.text() == "camera “Desk cam” is live"
    assert window.bar.camera_dot.mood == "good"
    assert window.bar.microphone_words.text() == "default microphone has been away"
    assert window.bar.microphone_dot.mood == "bad"
    assert window.health.texts() == {
        "rate": "29.5 /s",
        "latency": "p50 20 · p95 40 ms",
        "dropped": "3 scores",
        "engine": "openvino float32",
        "cpu": "0.75 cores",
        "memory": "512 MB",
    }
    assert window.notes.text() == "voice: untrained weights"
    assert len(window.body.curves.drawn(0)[0]) > 0


def test_the_picture_is_there_while_the_networks_load(qtbot: QtBot, studio: Studio) -> None:
    studio.script = {"load_s": 0.5}
    window = studio.open()
    qtbot.waitUntil(lambda: window.control.status == "loading")
    window.refresh()
    assert window.body.video._picture is not None
    assert window.bar.status_label.text() == "Loading the networks"
    live(qtbot, window)


def test_pause_turns_the_devices_off_and_on(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    window.bar.pause_button.click()
    qtbot.waitUntil(lambda: studio.lives[0].paused)
    window.refresh()
    assert window.bar.status_label.text() == "Paused: devices are off"
    assert window.bar.pause_button.text() == "Go on"
    window.bar.pause_button.click()
    qtbot.waitUntil(lambda: not studio.lives[0].paused)
    assert window.bar.pause_button.text() == "Pause"


def test_no_picture_is_left_standing_when_the_camera_gives_none(
    qtbot: QtBot, studio: Studio
) -> None:
    window = studio.open()
    live(qtbot, window)
    session = window.control.session
    assert session is not None
    videos = (window.body.video, window.small.video)

    def seen() -> list[bool]:
        return [video._picture is not None for video in videos]

    qtbot.waitUntil(lambda: seen() == [True, False])
    window.deeds["small"].trigger()
    qtbot.waitUntil(lambda: seen() == [True, True])
    studio.lives[0].hold()
    for state in ("reconnecting", "lost"):
        session.newest.on_device(DeviceEvent(1.0, "camera", state, "the camera is gone"))
        qtbot.waitUntil(lambda: seen() == [False, False])
        assert {video._empty_text for video in videos} == {"The camera gives no picture now"}
        session.newest.on_device(DeviceEvent(1.0, "camera", "live", "it is back"))
        session.newest.on_frame(frame(1.0, 1), ())
        session.newest.finish()
        qtbot.waitUntil(lambda: videos[1]._picture is not None)
    window.deeds["pause"].trigger()
    qtbot.waitUntil(lambda: seen() == [False, False])
    assert {video._empty_text for video in videos} == {"Camera and microphone are off"}
    window.deeds["pause"].trigger()
    window.change(camera="none")
    qtbot.waitUntil(lambda: {v._empty_text for v in videos} == {"No camera is chosen"})
    assert seen() == [False, False]


def test_a_pause_before_the_session_is_up_counts(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open(Settings(theme="light"))
    window.deeds["pause"].trigger()
    window.consent.agree.click()
    qtbot.waitUntil(lambda: bool(studio.lives) and studio.lives[0].ran)
    assert studio.lives[0].paused


def test_recording_starts_and_stops_without_losing_a_tick(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    assert not (studio.folder / "sessions").exists()
    recorder = window.control.recorder
    for _ in range(2):
        window.bar.record_button.click()
        qtbot.waitUntil(lambda: recorder.folder is not None)
        assert "Recording" in window.bar.record_button.text()
        qtbot.wait(150)
        window.deeds["marker_3"].trigger()
        qtbot.wait(50)
        window.bar.record_button.click()
        qtbot.waitUntil(lambda: recorder.folder is None)
        window.refresh()
        assert window.bar.record_button.text() == "Record"
    folders = sorted((studio.folder / "sessions").iterdir())
    assert len(folders) == 2
    for folder in folders:
        session = read(folder)
        ticks = session.tick.tolist()
        assert len(ticks) > 3
        assert ticks == list(range(ticks[0], ticks[-1] + 1))
        assert session.end is not None
        assert session.end["clean"]
        assert session.end["ticks"] == session.end["estimates"] == len(ticks)
        assert [marker["label"] for marker in session.markers] == ["marker 3"]


def test_every_session_is_recorded_if_that_was_chosen(qtbot: QtBot, studio: Studio) -> None:
    assert not Settings().record_always
    window = studio.open(dataclasses.replace(AGREED, record_always=True))
    live(qtbot, window)
    recorder = window.control.recorder
    qtbot.waitUntil(lambda: recorder.folder is not None)
    first = recorder.folder
    window.refresh()
    assert "Recording" in window.bar.record_button.text()
    window.change(engine="torch")
    qtbot.waitUntil(lambda: recorder.folder not in (None, first))
    # Stopped by hand it stays so.
    window.bar.record_button.click()
    qtbot.waitUntil(lambda: recorder.folder is None)
    qtbot.wait(150)
    assert recorder.folder is None
    folders = list((studio.folder / "sessions").iterdir())
    assert len(folders) == 2
    assert all(read(folder).clean for folder in folders)


def test_a_full_disk_ends_the_recording_and_nothing_else(
    qtbot: QtBot, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = studio.open()
    live(qtbot, window)
    window.bar.record_button.click()
    qtbot.waitUntil(lambda: window.control.recorder.folder is not None)

    def full(file: object, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("live_emotion.session.writer.write_whole", full)
    qtbot.waitUntil(lambda: "no room is left" in window.message.text, timeout=10_000)
    assert not window.deeds["record"].isChecked()
    assert window.control.status == "live"
    monkeypatch.undo()


def test_a_folder_that_cannot_be_made_is_told(qtbot: QtBot, studio: Studio) -> None:
    blocked = studio.folder / "file"
    blocked.write_text("in the way")
    window = studio.open(Settings(consent=1, record_folder=str(blocked / "sessions")))
    live(qtbot, window)
    window.deeds["record"].trigger()
    qtbot.waitUntil(lambda: "cannot be written" in window.message.text)
    assert not window.deeds["record"].isChecked()


def test_devices_are_chosen_by_name_and_kept(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    box = window.bar.camera
    qtbot.waitUntil(lambda: box.findText("Door cam") >= 0)
    box.setCurrentIndex(box.findText("Door cam"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: "choose Door cam" in studio.lives[0].calls)
    qtbot.waitUntil(lambda: load(studio.path).settings.camera == "Door cam")
    # Away is no reason to forget it.
    box.show_devices(())
    assert box.currentText() == "Door cam (away)"
    assert box.choice == "Door cam"
    assert len(studio.lives) == 1


def test_a_wrong_address_is_told_and_changes_nothing(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    window.change(camera="ftp://nowhere")
    assert "is no camera" in window.message.text
    assert window.control.settings.camera == "default"
    assert window.bar.camera.choice == "default"


def test_other_networks_mean_another_session(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    window.change(engine="torch")
    qtbot.waitUntil(lambda: len(studio.lives) == 2)
    live(qtbot, window)
    assert studio.lives[0].closed
    assert studio.lives[1].options.engine == "torch"


def test_a_recording_ends_whole_where_its_session_ends(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    for end in (lambda: window.change(engine="torch"), studio_ends(window)):
        window.deeds["record"].trigger()
        qtbot.waitUntil(lambda: window.control.recorder.folder is not None)
        qtbot.wait(100)
        folder = window.control.recorder.folder
        assert folder is not None
        end()
        qtbot.waitUntil(lambda: not window.deeds["record"].isChecked())
        qtbot.waitUntil(lambda: window.control.recorder.folder is None)
        session = read(folder)
        assert session.clean
        assert (session.tick[1:] > session.tick[:-1]).all()
        qtbot.waitUntil(lambda: window.control.status in ("live", "ended"))


def studio_ends(window: LiveWindow) -> Callable[[], None]:
    """Return what ends the session as if it had come to an end by itself."""

    def end() -> None:
        assert window.control.session is not None
        window.control.session.ask_to_end()

    return end


def test_a_session_that_fails_is_told_and_the_window_stays(qtbot: QtBot, studio: Studio) -> None:
    studio.script = {"failure": UserError("There are no weights: install them.")}
    window = studio.open()
    qtbot.waitUntil(lambda: window.message.text == "There are no weights: install them.")
    assert window.bar.status_label.text() == "Ended"
    window.deeds["record"].trigger()
    assert "nothing to record" in window.message.text
    studio.script = {}
    window.change(microphone="none")
    live(qtbot, window)


def test_damaged_settings_are_told(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open(AGREED, "The settings were damaged.")
    qtbot.waitUntil(lambda: window.message.text == "The settings were damaged.")


def test_settings_that_cannot_be_kept_are_told(qtbot: QtBot, studio: Studio) -> None:
    (studio.folder / "config").write_text("in the way")
    window = studio.open()
    window.change(mirror=False)
    qtbot.waitUntil(lambda: "could not be kept" in window.message.text)
    assert not window.body.video.mirror


def test_the_window_needs_none_of_the_heavy_libraries() -> None:
    heavy = ("torch", "openvino", "faster_whisper", "transformers", "scipy", "onnxruntime")
    code = (
        "import live_emotion.dashboard.desktop, sys;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_chosen_for_one_run_is_not_kept(qtbot: QtBot, studio: Studio) -> None:
    chosen = {"camera": "http://cam/", "microphone": "none", "preset": "other"}
    control = LiveControl(
        Loaded(AGREED), studio.path, make=studio.make, lister=lister(), chosen=chosen
    )
    assert (control.settings.camera, control.settings.preset) == ("http://cam/", "other")
    control.change(theme="dark")
    control.change(microphone="default")
    control.close()
    kept = load(studio.path)
    assert kept.problem is None
    # Chosen again in the window it is kept.
    assert kept.settings == dataclasses.replace(AGREED, theme="dark", microphone="default")


def test_a_speech_model_that_cannot_be_had_is_told_once(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    assert window.control.session is not None
    said = "No speech model 'x' is on this machine: give the folder of one."
    window.control.session.newest.on_device(DeviceEvent(1.0, "transcript", "failed", said))
    qtbot.waitUntil(lambda: window.message.text == said)
    window.message.hide()
    qtbot.wait(100)
    assert not window.message.isVisible()


def test_a_baseline_that_is_no_good_is_told_in_full(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    studio.lives[0].hold()
    qtbot.wait(50)
    assert window.control.session is not None
    newest = window.control.session.newest
    at = newest.position or 0.0
    doubt = "person 1: the face was not held neutral (it looked happy): take it again, or clear it"
    newest.on_device(DeviceEvent(at, "baseline", "doubtful", doubt))
    qtbot.waitUntil(lambda: window.message.text == doubt)
    # It offers to take it again, which puts the message away.
    asked = len(studio.lives[0].asked)
    window.message.again.click()
    assert studio.lives[0].asked[asked:] == ["begin"]
    assert not window.message.isVisible()
    window.message.say("Something else.")
    assert not window.message.again.isVisible()
    window.message.hide()
    newest.on_device(DeviceEvent(at, "baseline", "kept", "person 1: the neutral baseline is taken"))
    newest.on_device(DeviceEvent(at - 30.0, "baseline", "failed", "this was long ago"))
    qtbot.wait(100)
    assert not window.message.isVisible()
