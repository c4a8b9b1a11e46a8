"""Pausing lets go of the devices: the camera's connection ends, and nobody listens any more."""

from __future__ import annotations

import time
from pathlib import Path

import psutil
import pytest

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.capture.live_source import LiveSource
from live_emotion.core.resources import assets_dir
from tests.system.live_devices import (
    HttpCamera,
    SoundServer,
    extract,
    missing_programs,
    wait_until,
)

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.skipif(
        bool(missing_programs()),
        reason=f"needs a sound server: no {', '.join(missing_programs())}",
    ),
]


def connections(port: int) -> int:
    """Return how many open connections this process has to a port of this machine."""
    there = psutil.Process().net_connections("tcp")
    return sum(bool(c.raddr) and c.raddr.port == port for c in there)


def test_a_paused_source_holds_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, sound = extract(assets_dir() / "demo.mp4", tmp_path, seconds=1.0, repeat=4)
    camera, server = HttpCamera(pictures), SoundServer(sound)
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)
    try:
        camera.plug_in()
        server.plug_in("fakemic")
        with LiveSource(CameraChoice(camera.url), MicrophoneChoice()) as source:
            source.start()

            def live() -> bool:
                source.take()
                return (source.camera_state, source.microphone_state) == ("live", "live")

            for _ in range(2):
                wait_until(live, "the devices did not become live", seconds=30.0)
                assert connections(camera.port) == 1
                assert server.listeners() == 1
                source.pause()
                wait_until(lambda: connections(camera.port) == 0, "the camera was not let go")
                wait_until(lambda: server.listeners() == 0, "the microphone was not let go")
                # What was on its way is taken; then nothing comes, and nothing is opened again.
                source.take()
                time.sleep(1.5)
                assert source.take() == []
                assert (connections(camera.port), server.listeners()) == (0, 0)
                source.resume()
    finally:
        camera.kill()
        server.close()
