"""The mark that tells a measurement what the window shows."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QMainWindow
from pytestqt.qtbot import QtBot

from live_emotion.bench import screen, stamping_camera
from live_emotion.bench.app import MARK_VARIABLE
from live_emotion.core import codebar
from live_emotion.core.estimate import Estimate
from live_emotion.core.media import VideoFrame
from live_emotion.core.percepts import Face, TranscriptSegment
from live_emotion.dashboard import bench_mark


def frame(t: float, stamp: int | None) -> VideoFrame:
    image = np.full((480, 640, 3), 60, np.uint8)
    if stamp is not None:
        codebar.paint(image, stamp, bench_mark.CAMERA_SIDE)
    return VideoFrame(t, 0, 640, 480, lambda: image)


def estimate(face_t: float, score: float = 0.5) -> Estimate:
    face = Face(face_t, 1, (0.0, 0.0, 9.0, 9.0), 0.9, np.zeros((5, 2), np.float32))
    return Estimate(1.2, 2, (0.0, 1.2), np.full(6, score, np.float32), {}, face, 10.0)


def test_a_score_knows_the_stamp_of_the_frame_that_it_came_from() -> None:
    reader = bench_mark.StampReader()
    for t, stamp in ((1.0, 4321), (1.1, 4999), (1.2, None)):
        reader.on_frame(frame(t, stamp), ())
    assert reader.stamp_of(estimate(1.0)) == 4321
    assert reader.stamp_of(estimate(1.1)) == 4999
    # No stamp, no such frame, no face, no scores: no claim.
    for none in (
        estimate(1.2),
        estimate(7.0),
        dataclasses.replace(estimate(1.0), face=None),
        estimate(1.0, float("nan")),
        None,
    ):
        assert reader.stamp_of(none) == 0


def test_only_closed_utterances_count() -> None:
    reader = bench_mark.StampReader()
    for final, closes in ((False, False), (True, False), (True, True)):
        reader.on_transcript(TranscriptSegment(0.0, 1.0, "so", final, (), closes))
    assert reader.closed == 1


def test_the_mark_is_read_off_the_pixels_of_the_window(qtbot: QtBot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(400, 200)
    values = {"stamp": 123_456_789, "closed": 7, "video": 42}
    mark = bench_mark.BenchMark(window, lambda: values)
    window.show()
    mark.look()
    picture = window.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    bits = picture.constBits()
    assert bits is not None
    bits.setsize(picture.sizeInBytes())
    rows = np.frombuffer(bytes(bits), np.uint8).reshape(picture.height(), -1)
    pixels = rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3)
    side = screen.MARK_SIDE
    read = {
        name: codebar.read(pixels, side, row * side) for row, name in enumerate(screen.MARK_ROWS)
    }
    assert read["paint"] is not None and read["paint"] >= 1
    assert read["time"]
    assert {name: read[name] for name in values} == values


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (screen.MARK_SIDE, bench_mark.SCREEN_SIDE),
        (screen.MARK_ROWS, bench_mark.ROWS),
        (stamping_camera.CELL, bench_mark.CAMERA_SIDE),
        (MARK_VARIABLE, bench_mark.VARIABLE),
    ],
)
def test_window_and_measurement_agree(theirs: object, ours: object) -> None:
    assert theirs == ours
