"""The desktop app as a user starts it: on a virtual screen, with a camera and a microphone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.system.desktop import App, Screen, camera, clip, screen, sound_server, start
from tests.system.live_devices import HttpCamera, SoundServer, wait_until

__all__ = ["camera", "clip", "screen", "sound_server", "start"]

pytestmark = [
    pytest.mark.system,
    pytest.mark.alone,
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs a virtual screen: no Xvfb"),
]


def test_the_window_shows_camera_and_microphone_and_scores_them(
    start: Callable[..., App],
    camera: HttpCamera,
    sound_server: SoundServer | None,
    screen: Screen,
    tmp_path: Path,
) -> None:
    devices, env, microphone = ["camera"], {}, "none"
    camera.plug_in()
    if sound_server is not None:
        sound_server.plug_in("fakemic")
        devices, env, microphone = ["camera", "microphone"], sound_server.env, "default"
    app = start(env, consent=1, camera=camera.url, microphone=microphone, theme="dark")
    live = [f"{device} live" for device in devices]
    app.until_logged("the window is there", *live, "the first scores")
    first = screen.pixels()
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 1000
    time.sleep(1.5)
    assert (screen.pixels() != first).any()
    camera.kill()
    if sound_server is not None:
        sound_server.kill()
    app.until_logged(*(f"{device} lost" for device in devices), seconds=60.0)
    camera.plug_in()
    if sound_server is not None:
        sound_server.plug_in("fakemic")
    for words in live:
        wait_until(lambda w=words: app.log.count(w) > 1, f"{words}: not again", 60.0)
    app.close()
    # Nothing is stored unless the user records.
    assert not (tmp_path / "sessions").exists()


def test_without_consent_no_device_is_opened(
    start: Callable[..., App], camera: HttpCamera, tmp_path: Path
) -> None:
    camera.plug_in()
    app = start(camera=camera.url, microphone="none")
    app.until_logged("the window is there", seconds=60.0)
    time.sleep(3.0)
    assert "camera" not in app.log
    app.close()


def test_damaged_settings_do_not_keep_the_window_from_opening(
    start: Callable[..., App], tmp_path: Path
) -> None:
    app = start(consent=1, camera=17, microphone="none", theme="no such theme")
    app.until_logged("damaged settings were set aside", "the window is there", seconds=60.0)
    app.close()
    assert (app.config / "settings.json.damaged").exists()
