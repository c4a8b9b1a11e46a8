"""What is read from pactl's words, and a server that hangs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from live_emotion.capture import devices, sound_server
from live_emotion.capture.sound_server import Hearing, ServerHangsError, ServerSource

pytestmark = pytest.mark.skipif(os.name != "posix", reason="pactl is a program of POSIX systems")

SOURCES = """Source #1
	State: RUNNING
	Name: speaker.monitor
	Description: Monitor of Speaker
	Mute: no
	Properties:
		device.class = "monitor"
Source #7
	State: RUNNING
	Name: usb_mic
	Description: USB: Microphone
	Mute: {mute}
	Properties:
		device.description = "USB: Microphone"
"""
OUTPUTS = """Source Output #3
	Driver: protocol-native.c
	Client: 5
	Source: 1
	Mute: no
	Properties:
		application.process.id = "1"
Source Output #4
	Client: 6
	Source: 7
	Mute: no
	Properties:
		media.name = "ALSA Capture"
		application.process.id = "4242"
"""
INFO = "Server Name: pulseaudio\nDefault Source: usb_mic\n"


def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, mute: str = "no") -> None:
    (tmp_path / "sources").write_text(SOURCES.format(mute=mute))
    (tmp_path / "source-outputs").write_text(OUTPUTS)
    (tmp_path / "info").write_text(INFO)
    program(tmp_path, monkeypatch, f'eval "last=\\${{$#}}"; cat "{tmp_path}/$last"')


def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "pactl"
    script.write_text(f"#!/bin/sh\n{body}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_sources_with_microphones_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pactl(tmp_path, monkeypatch)
    assert sound_server.sources() == [
        ServerSource(7, "usb_mic", "USB: Microphone", False),
        ServerSource(1, "speaker.monitor", "Monitor of Speaker", False),
    ]
    listed = devices.microphones()
    assert [(m.name, m.default, m.monitor) for m in listed] == [
        ("usb_mic", True, False),
        ("speaker.monitor", False, True),
    ]


def test_what_a_process_hears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pactl(tmp_path, monkeypatch, mute="yes")
    heard = sound_server.hearing(4242)
    assert heard == Hearing(ServerSource(7, "usb_mic", "USB: Microphone", True), True)
    assert sound_server.hearing(9) == Hearing(None, False)


def test_no_server_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, 'echo "Connection refused" >&2; exit 1')
    assert sound_server.sources() is None
    assert sound_server.hearing() is None
    assert sound_server.default_source() is None


def test_a_server_that_hangs_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, "exec sleep 30")
    monkeypatch.setattr(sound_server, "_TIMEOUT_S", 0.2)
    with pytest.raises(ServerHangsError):
        sound_server.sources()
    assert sound_server.default_source() is None
    assert devices.microphones() == []
