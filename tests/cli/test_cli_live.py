"""What `live` and `devices` say of bad input, and what they print."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from live_emotion.capture import devices
from live_emotion.capture.camera_devices import CameraDevice
from live_emotion.capture.devices import MicrophoneDevice
from live_emotion.cli import app
from live_emotion.cli.live_lines import LinesObserver
from live_emotion.cli.quiet_libraries import quiet_libraries
from live_emotion.core.emotions import BRANCHES
from live_emotion.core.estimate import BranchEstimate, DeviceEvent, Estimate, no_scores
from live_emotion.core.percepts import TranscriptSegment
from tests.cli.conftest import Invoke


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--camera", "ftp://host/"), "number from 0"),
        (("--camera", "-1"), "number from 0"),
        (("--microphone", ""), "microphone"),
        (("--camera", "none", "--microphone", "none"), "nothing to see or hear"),
        (("--preset", "huge"), "preset"),
    ],
)
def test_bad_input_is_one_sentence_and_2(
    args: tuple[str, ...], says: str, invoke: Invoke, tmp_path: Path
) -> None:
    done = invoke("live", "--no-window", "--record", tmp_path / "out", *args)
    assert done.exit_code == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1
    assert says in lines[0]
    assert lines[0].endswith(".")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_a_session_is_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "session.jsonl").write_text("{}\n")
    done = invoke("live", "--no-window", "--record", tmp_path)
    assert done.exit_code == 2
    assert "already holds a session" in done.stderr
    assert (tmp_path / "session.jsonl").read_text() == "{}\n"


@pytest.mark.parametrize("flag", ["--store-video", "--store-sound"])
def test_video_and_sound_are_stored_with_a_recording_only(flag: str, invoke: Invoke) -> None:
    done = invoke("live", "--no-window", flag)
    assert done.exit_code == 2
    assert "with a recording only: give --record" in done.stderr


@pytest.mark.parametrize("seconds", ["0", "-3", "soon"])
def test_a_length_that_is_none(seconds: str, invoke: Invoke) -> None:
    assert invoke("live", "--no-window", "--seconds", seconds).exit_code == 2


def test_devices_are_listed(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [CameraDevice(0, "HD Webcam"), CameraDevice(2, "Grabber", False)]
    heard = [MicrophoneDevice("usb", "USB Mic", True), MicrophoneDevice("Line", "Line")]
    monkeypatch.setattr(devices, "cameras", lambda: seen)
    monkeypatch.setattr(devices, "microphones", lambda: heard)
    done = invoke("devices")
    assert done.exit_code == 0
    assert "0  HD Webcam\n" in done.stdout
    assert "2  Grabber (no right to open it)" in done.stdout
    assert "USB Mic [usb] (default)" in done.stdout
    assert "  Line\n" in done.stdout
    whole = json.loads(invoke("devices", "--json").stdout)
    assert [c["index"] for c in whole["cameras"]] == [0, 2]
    assert whole["microphones"][0]["default"] is True


def test_no_devices_at_all(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "cameras", lambda: [])
    monkeypatch.setattr(devices, "microphones", lambda: [])
    done = invoke("devices")
    assert done.exit_code == 0
    assert "Cameras: none" in done.stdout
    assert "Microphones: none" in done.stdout


def estimate(tick: int, scores: np.ndarray) -> Estimate:
    missing = {b: BranchEstimate(no_scores(), 0.0, "no audio") for b in BRANCHES}
    t = round((tick + 1) * 0.4, 6)
    return Estimate(t, tick, (0.0, t), scores, missing, None, 20.0)


def test_the_lines_of_a_session(capsys: pytest.CaptureFixture[str]) -> None:
    lines = LinesObserver()
    lines.on_device(DeviceEvent(0.2, "camera", "live", "camera 0 is live: 640x480"))
    lines.on_estimate(estimate(0, no_scores()))
    lines.on_estimate(estimate(1, no_scores()))
    lines.on_estimate(estimate(5, np.linspace(0.0, 1.0, 6, dtype=np.float32)))
    lines.on_transcript(TranscriptSegment(1.0, 2.0, "not this", False, ()))
    lines.on_transcript(TranscriptSegment(1.0, 2.0, "so we", True, ()))
    lines.on_transcript(TranscriptSegment(2.0, 61.5, "meet again", True, (), True))
    assert capsys.readouterr().out.splitlines() == [
        "  0:00.2  live: camera 0 is live: 640x480",
        "  0:00.4  no scores: no audio",
        "  0:02.4  happy 0.00  sad 0.20  angry 0.40  fearful 0.60  disgusted 0.80  surprised 1.00",
        "  1:01.5  “so we meet again”",
    ]


def test_libraries_are_kept_quiet_and_python_is_not(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_libraries():
        os.write(2, b"a library's complaint\n")
        print("ours", file=sys.stderr)
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "ours\nafter\n"


def test_the_programs_log_keeps_no_password(
    invoke: Invoke, own_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "ftp://me:secret@camera.local/"
    monkeypatch.setattr(sys, "argv", ["live-emotion", "live", "--camera", url])
    assert invoke("live", "--camera", url).exit_code == 2
    logged = (own_folders / "log" / "live-emotion.log").read_text(encoding="utf-8")
    assert "camera.local" in logged
    assert "secret" not in logged


def test_the_dashboard_opens_with_what_was_given(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(app, "open_app", opened.append)
    for flag in ("--window", "--dashboard"):
        assert invoke("live", flag).exit_code == 0
    given = ("--camera", "http://cam/", "--microphone", "none", "--engine", "torch")
    more = ("--language", "de", "--window-ticks", "4", "--no-transcript", "--store-video")
    assert invoke("live", "--window", *given, *more).exit_code == 0
    assert opened == [
        {},
        {},
        {
            "camera": "http://cam/",
            "microphone": "none",
            "engine": "torch",
            "speech_language": "de",
            "window_ticks": 4,
            "transcript": False,
            "store_video": True,
        },
    ]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("--camera", "ftp://host/"), "number from 0"),
        (("--seconds", "3", "--json"), "does not know --seconds, --json"),
    ],
)
def test_what_the_dashboard_does_not_know_opens_none(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, args: tuple[str, ...], says: str
) -> None:
    opened: list[object] = []
    monkeypatch.setattr(app, "open_app", opened.append)
    done = invoke("live", "--window", *args)
    assert done.exit_code == 2
    assert says in done.stderr
    assert opened == []
