"""Files, the small view, the settings dialog, and what can be read with the mouse."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QUrl
from PyQt6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.estimate import Marker
from live_emotion.dashboard.curves import Curves
from live_emotion.dashboard.device_list import Offer, offers
from live_emotion.dashboard.elided_label import ElidedLabel
from live_emotion.dashboard.history import ScoreHistory
from live_emotion.dashboard.newest import Picture
from live_emotion.dashboard.settings import Settings, load
from live_emotion.dashboard.theme import DARK, LIGHT
from live_emotion.dashboard.video_view import VideoView
from tests.dashboard.hands import drop
from tests.dashboard.screen_readers import nameless
from tests.dashboard.scripted_replay import estimate, face, ramp
from tests.dashboard.studio import AGREED, Studio, live


def test_a_dropped_file_is_replayed_while_capture_rests(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"some media")
    window = studio.open()
    live(qtbot, window)
    drop(window, QUrl.fromLocalFile(str(clip)))
    qtbot.waitUntil(lambda: window.guest.window is not None)
    qtbot.waitUntil(lambda: window.control.status == "paused")
    replay = window.guest.window
    assert replay is not None
    qtbot.waitUntil(lambda: replay.status == "playing")
    assert "clip.mp4" in replay.windowTitle()
    window.open_file(clip)
    assert "close it first" in window.message.text
    replay.close()
    qtbot.waitUntil(lambda: window.control.status == "live")
    qtbot.waitUntil(lambda: studio.replays[0].closed)


def test_a_pause_of_the_users_outlasts_a_replay(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    window = studio.open()
    live(qtbot, window)
    window.deeds["pause"].trigger()
    window.open_file(tmp_path / "clip.mp4")
    qtbot.waitUntil(lambda: window.guest.window is not None)
    assert window.guest.window is not None
    window.guest.window.close()
    qtbot.wait(100)
    assert window.control.status == "paused"


def test_a_file_that_cannot_be_opened_is_told_and_capture_goes_on(
    qtbot: QtBot, studio: Studio, tmp_path: Path
) -> None:
    studio.replay_failure = UserError("That is no media file: give another one.")
    window = studio.open()
    live(qtbot, window)
    window.open_file(tmp_path / "text.txt")
    qtbot.waitUntil(lambda: window.message.text == "That is no media file: give another one.")
    qtbot.waitUntil(lambda: window.control.status == "live")


def test_what_is_no_local_file_is_not_taken(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    window = studio.open()
    assert not drop(window, QUrl("http://127.0.0.1/clip.mp4"))
    assert not drop(window, QUrl.fromLocalFile(str(tmp_path)))
    assert not drop(window)
    qtbot.wait(50)
    assert not window.guest.busy


def test_closing_the_window_ends_a_replay_too(qtbot: QtBot, studio: Studio, tmp_path: Path) -> None:
    window = studio.open()
    live(qtbot, window)
    window.open_file(tmp_path / "clip.mp4")
    qtbot.waitUntil(lambda: bool(studio.replays))
    window.close()
    assert window.guest.window is None
    qtbot.waitUntil(lambda: studio.replays[0].closed)
    assert studio.lives[0].closed


def test_the_settings_dialog_changes_what_it_says(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    dialog = window.open_settings()
    assert dialog.changes() == {}
    dialog.networks.engine.setCurrentIndex(dialog.networks.engine.findData("torch"))
    dialog.networks.whisper.setEditText("base.en")
    dialog.look.theme.setCurrentIndex(dialog.look.theme.findData("dark"))
    dialog.networks.language.setEditText("fi")
    dialog.networks.window_length.setCurrentIndex(dialog.networks.window_length.findData(5))
    dialog.look.smoothing.setCurrentIndex(dialog.look.smoothing.findData(2.0))
    dialog.look.text_size.setCurrentIndex(dialog.look.text_size.findData(130))
    dialog.devices.address.setText("rtsp://camera.local/one")
    dialog.devices.address.editingFinished.emit()
    dialog.markers.labels[0].setText("question")
    dialog.markers.labels[1].setText("   ")
    dialog.storage.folder.setText(str(studio.folder / "elsewhere"))
    dialog.accept()
    changed = window.control.settings
    assert (changed.engine, changed.whisper_model, changed.theme) == ("torch", "base.en", "dark")
    assert (changed.speech_language, changed.window_ticks, changed.smoothing_s) == ("fi", 5, 2.0)
    assert changed.camera == "rtsp://camera.local/one"
    assert changed.markers[:3] == ("question", "marker 2", "marker 3")
    assert window.control.record_folder == studio.folder / "elsewhere"
    qtbot.waitUntil(lambda: len(studio.lives) == 2)
    assert studio.lives[1].options.whisper_model == "base.en"
    assert studio.lives[1].options.language == "fi"
    assert studio.lives[1].options.window_ticks == 5
    assert window.deeds["marker_1"].text() == "Mark “question”"
    assert window.grab().toImage().pixelColor(3, 100).name() == DARK.window
    qtbot.waitUntil(lambda: load(studio.path).settings == changed)


def test_a_cancelled_settings_dialog_changes_nothing(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    before = window.control.settings
    dialog = window.open_settings()
    dialog.look.mirror.toggle()
    dialog.reject()
    assert window.control.settings == before


def test_every_control_has_a_name_for_screen_readers(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open()
    live(qtbot, window)
    dialog = window.open_settings()
    assert nameless(window, window.small, dialog, window.consent) == []
    dialog.reject()


def test_the_mirror_turns_picture_and_boxes_and_landmarks_can_be_seen(qtbot: QtBot) -> None:
    view = VideoView()
    qtbot.addWidget(view)
    view.resize(640, 360)
    image = np.zeros((360, 640, 3), dtype=np.uint8)
    image[:, :320] = (200, 0, 0)
    seen = face(0.0, box=(40.0, 80.0, 120.0, 120.0))
    seen.landmarks[:] = (100.0, 140.0)
    view.show_picture(Picture(0.0, image, 1.0, (seen,)), 1)

    def colour(x: int, y: int) -> tuple[int, int, int]:
        pixel = view.grab().toImage().pixelColor(x, y)
        return pixel.red(), pixel.green(), pixel.blue()

    assert colour(200, 300)[0] > 150
    assert colour(500, 300) == (0, 0, 0)
    assert min(colour(40, 150)) > 150  # left edge of the box
    view.set_mirror(True)
    assert colour(200, 300) == (0, 0, 0)
    assert colour(500, 300)[0] > 150
    assert min(colour(600, 150)) > 150  # now its right edge
    assert min(colour(540, 140)) < 150
    view.set_landmarks(True)
    assert min(colour(540, 140)) > 150


def test_hovering_tells_the_values_of_the_tick(qtbot: QtBot) -> None:
    curves = Curves()
    qtbot.addWidget(curves)
    curves.resize(600, 300)
    curves.set_theme(LIGHT)
    curves.show()
    history = ScoreHistory()
    for tick in range(20):
        history.add(estimate(tick, None if tick == 12 else ramp(tick)))
    curves.refresh(history)
    curves.hover.show_at(4.05)
    text = curves.hover.label.text()
    assert curves.hover.label.isVisible()
    assert "0:04.0" in text
    for emotion, value in zip(EMOTIONS, ramp(9), strict=True):
        assert f"{emotion}&nbsp; {value:.2f}" in text
    curves.hover.show_at(5.2)
    assert "no scores" in curves.hover.label.text()
    curves.hover.show_at(30.0)
    assert not curves.hover.label.isVisible()


def test_markers_stand_in_the_curves(qtbot: QtBot) -> None:
    curves = Curves()
    qtbot.addWidget(curves)
    history = ScoreHistory()
    curves.refresh(history, [Marker(1.0, "question"), Marker(2.5, "{value}")])
    assert curves.markers.labels() == [(1.0, "question"), (2.5, "(value)")]
    curves.set_theme(DARK)
    assert len(curves.markers.labels()) == 2
    curves.refresh(history, [Marker(k, "m") for k in range(500)])
    assert len(curves.markers.labels()) == 100
    curves.reset()
    assert curves.markers.labels() == []


@pytest.mark.parametrize("chosen", ["default", "none", "Desk cam", "Gone cam", "http://cam/"])
def test_what_was_chosen_is_always_offered(chosen: str) -> None:
    words = {"default": "First", "none": "No camera", "away": "{} (away)"}
    found = offers((Offer("Desk cam", "Desk cam"),), chosen, words)
    assert [offer.choice for offer in found].count(chosen) == 1
    assert found[-1].choice == "none"
    texts = {offer.choice: offer.text for offer in found}
    if chosen == "Gone cam":
        assert texts[chosen] == "Gone cam (away)"


def test_text_of_every_size_fits(qtbot: QtBot, studio: Studio) -> None:
    window = studio.open(Settings(consent=1, theme="light", text_percent=130))
    live(qtbot, window)
    assert window.minimumSizeHint().width() <= 1400
    QApplication.processEvents()
    for label in window.body.scores._values:
        assert label.width() >= label.fontMetrics().horizontalAdvance("0.00")


def test_a_long_choice_and_what_was_left_out_are_cut_with_an_ellipsis(
    qtbot: QtBot, studio: Studio
) -> None:
    address = "http://192.168.100.200:8080/a-camera-with-a-long-way"
    window = studio.open(replace(AGREED, camera=address))
    live(qtbot, window)
    box = window.bar.camera
    assert box.fontMetrics().horizontalAdvance(address) > box.width()
    assert "…" in box.shown_text()
    assert box.fontMetrics().horizontalAdvance(box.shown_text()) < box.width()
    assert box.toolTip() == f"Camera: {address}"
    box.grab()
    # What is left out now comes first, and is what is read.
    words = "busy, words are left out now; " + "31 pictures, " * 9
    window.health.show_texts({"dropped": words})
    label = window.health._values["dropped"]
    assert isinstance(label, ElidedLabel)
    assert label.shown_text().startswith("busy, w")
    assert label.shown_text().endswith("…")


def test_labels_of_markers_near_each_other_do_not_lie_on_each_other(qtbot: QtBot) -> None:
    curves = Curves(None)
    qtbot.addWidget(curves)
    curves.resize(700, 260)
    history = ScoreHistory(200)
    for tick in range(150):
        history.add(estimate(tick, ramp(tick)))
    curves.refresh(history, [Marker(20.0, "one"), Marker(20.4, "two"), Marker(40.0, "three")])
    curves.show()
    qtbot.wait(50)
    labels = [line.label for line in curves.markers._lines]
    places = [label.mapRectToScene(label.boundingRect()) for label in labels]
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[i + 1 :])
    # They are read in front of the curves.
    assert min(line.zValue() for line in curves.markers._lines) > max(
        each.zValue() for each in curves._curves
    )
