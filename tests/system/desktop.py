"""The desktop app as a user starts it: on a virtual screen, with keys that are really pressed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
        self.config, self.sessions = config, folder / "sessions"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "live_emotion"],
            env=env
            | {
                "DISPLAY": screen.display,
                "QT_QPA_PLATFORM": "xcb",
                "LIVE_EMOTION_CONFIG": str(config),
                "LIVE_EMOTION_LOG": str(self._log),
                "LIVE_EMOTION_SESSIONS": str(self.sessions),
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

    def lines(self) -> list[dict[str, Any]]:
        """Return what the log of its newest recording holds by now."""
        logs = sorted(self.sessions.glob("*/session.jsonl"))
        text = logs[-1].read_text(encoding="utf-8") if logs else ""
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

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
        app.process.communicate()
