from __future__ import annotations

import sys

import pytest

from live_emotion.capture.choices import (
    CameraChoice,
    MicrophoneChoice,
    best_match,
    camera_choice,
    microphone_choice,
)
from live_emotion.core.errors import UserError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("0", 0),
        (" 12 ", 12),
        ("default", 0),
        ("HD Webcam", "HD Webcam"),
        ("http://127.0.0.1:8090/", "http://127.0.0.1:8090/"),
        ("rtsp://camera.local/stream", "rtsp://camera.local/stream"),
    ],
)
def test_a_camera_by_number_name_or_address(text: str, target: int | str) -> None:
    assert camera_choice(text) == CameraChoice(target)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="device files are Linux's")
def test_a_device_file_is_a_number() -> None:
    assert camera_choice("/dev/video2") == CameraChoice(2)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-1",
        "/tmp/clip.mp4",
        "ftp://host/",
        "http://",
        "http://host:port/",
        "file:///etc/passwd",
    ],
)
def test_what_is_no_camera(text: str) -> None:
    with pytest.raises(UserError, match="number from 0"):
        camera_choice(text)


def test_none_is_no_device() -> None:
    assert camera_choice("none") is None
    assert microphone_choice("None") is None


def test_a_microphone_by_name() -> None:
    assert microphone_choice("default") == MicrophoneChoice()
    assert microphone_choice("default").is_default  # type: ignore[union-attr]
    assert microphone_choice(" USB ") == MicrophoneChoice("USB")
    with pytest.raises(UserError, match="empty"):
        microphone_choice("  ")


def test_labels_keep_passwords_to_themselves() -> None:
    choice = camera_choice("rtsp://me:secret@camera.local:554/stream?token=hidden")
    assert choice is not None
    assert choice.label == "camera rtsp://camera.local:554/stream"
    with pytest.raises(UserError) as caught:
        camera_choice("ftp://me:secret@host/")
    assert "secret" not in str(caught.value)


def test_the_name_meant() -> None:
    names = ["Webcam", "Webcam Pro", "Capture Card"]
    assert best_match("Webcam", names) == 0
    assert best_match("webcam pro", names) == 1
    assert best_match("card", names) == 2
    assert best_match("web", names) is None, "two could be meant"
    assert best_match("nothing", names) is None
