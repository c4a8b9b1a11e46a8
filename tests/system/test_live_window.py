"""The desktop app as a user starts it: on a virtual screen, with a camera and a microphone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

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
    pytest.mark.skipif(shutil.which("Xvfb") is None, reason="needs a virtual screen: no Xvfb"),
]
START_S = 240.0  # the first start of all builds the engines


@dataclass
class Screen:
    """A virtual screen, and the file that holds what it shows."""

    display: str
    memory: Path

    def pixels(self) -> np.ndarray:
        """Return what the screen shows, ``(h, w, 3)`` uint8 BGR."""
        raw = self.memory.read_bytes()
        # XWD: twenty-five big-endian words, then the window's name and the colour table.
        head = np.frombuffer(raw, ">u4", 25)
        size, width, height = int(head[0]), int(head[4]), int(head[5])
        line, colours = int(head[12]), int(head[19])
        at = size + 12 * colours
        rows = np.frombuffer(raw, np.uint8, line * height, at).reshape(height, line)
        return rows[:, : 4 * width].reshape(height, width, 4)[:, :, :3]


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    folder = tmp_path / "screen"
    folder.mkdir()
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        [
            *("Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24"),
            *("-nolisten", "tcp", "-fbdir", str(folder)),
        ],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as told:
        number = told.readline().strip()
    yield Screen(f":{number}", folder / "Xvfb_screen0")
    server.terminate()
    server.wait()


@pytest.fixture
def clip(tmp_path: Path) -> tuple[Path, Path]:
    return extract(assets_dir() / "demo.mp4", tmp_path, seconds=4.0, repeat=8)


@pytest.fixture
def camera(clip: tuple[Path, Path]) -> Iterator[HttpCamera]:
    camera = HttpCamera(clip[0])
    yield camera
    camera.kill()


@pytest.fixture
def sound_server(clip: tuple[Path, Path]) -> Iterator[SoundServer | None]:
    """A sound server, None where there is none to be had."""
    if missing_programs():
        yield None
        return
    server = SoundServer(clip[1])
    yield server
    server.close()


class App:
    """The program without arguments, on a virtual screen, with a log of its own."""

    def __init__(self, env: dict[str, str], screen: Screen, folder: Path, **settings: object):
        config, self._log = folder / "config", folder / "log"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps(settings))
        self.config = config
        self.process = subprocess.Popen(
            [sys.executable, "-m", "live_emotion"],
            env=env
            | {
                "DISPLAY": screen.display,
                "QT_QPA_PLATFORM": "xcb",
                "LIVE_EMOTION_CONFIG": str(config),
                "LIVE_EMOTION_LOG": str(self._log),
                "LIVE_EMOTION_SESSIONS": str(folder / "sessions"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def log(self) -> str:
        path = self._log / "live-emotion.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def until_logged(self, *words: str, seconds: float = START_S) -> None:
        def logged() -> bool:
            assert self.process.poll() is None, self.process.communicate()[1] + self.log
            return all(word in self.log for word in words)

        wait_until(logged, f"the log never said {words}", seconds)

    def close(self) -> None:
        """Close the window as Ctrl-C does, and look for anything that went wrong."""
        self.process.send_signal(signal.SIGINT)
        _, told = self.process.communicate(timeout=120.0)
        assert self.process.returncode == 0, told + self.log
        assert "Traceback" not in self.log
        assert " ERROR " not in self.log
        assert "Traceback" not in told


@pytest.fixture
def start(
    program_env: dict[str, str], screen: Screen, tmp_path: Path
) -> Iterator[Callable[..., App]]:
    apps: list[App] = []

    def run(env: dict[str, str] | None = None, **settings: object) -> App:
        apps.append(App(program_env | (env or {}), screen, tmp_path, **settings))
        return apps[-1]

    yield run
    for app in apps:
        app.process.kill()
        app.process.wait()


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
