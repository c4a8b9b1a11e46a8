"""The desktop program in a process of its own, watched from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import psutil

from live_emotion.bench.live_figures import Sample
from live_emotion.core.errors import UserError

# As the dashboard's `bench_mark` reads it.
MARK_VARIABLE: Final = "LIVE_EMOTION_BENCH_MARK"
_CLOSE_S: Final = 60.0


class App:
    """``live-emotion`` without a command, with settings and folders of its own.

    Parameters
    ----------
    folder
        Where its settings, log and recording go.
    env
        Leads it to screen and microphone.
    settings
        What the user would have chosen.

    Attributes
    ----------
    began
        When the process was started, on `time.monotonic`.
    """

    def __init__(self, folder: Path, env: Mapping[str, str], settings: Mapping[str, Any]) -> None:
        config, self._sessions = folder / "config", folder / "sessions"
        config.mkdir()
        (config / "settings.json").write_text(json.dumps({"consent": 1, **settings}))
        self._log = folder / "log" / "live-emotion.log"
        self._env = dict(os.environ) | {
            "QT_QPA_PLATFORM": "xcb",
            "LIVE_EMOTION_CONFIG": str(config),
            "LIVE_EMOTION_SESSIONS": str(self._sessions),
            "LIVE_EMOTION_LOG": str(folder / "log"),
            MARK_VARIABLE: "1",
            **env,
        }
        self._env.pop("WAYLAND_DISPLAY", None)

    def __enter__(self) -> Self:
        self.began = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "live_emotion"],
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._watched = psutil.Process(self._process.pid)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()

    def check(self) -> None:
        """Make sure that it still runs, and met no error.

        Raises
        ------
        UserError
            If it has ended or met one, with what it said last.
        """
        log = self._log.read_text(encoding="utf-8") if self._log.exists() else ""
        if " ERROR " in log:
            raise UserError(f"The program met an error: {log.strip().splitlines()[-1]}")
        if self._process.poll() is not None:
            said = (self._process.communicate()[1] or "").strip().splitlines()
            raise UserError(f"The program ended early: {said[-1] if said else 'it said nothing'}.")

    def sample(self) -> Sample:
        """Return its CPU time and memory by now."""
        with self._watched.oneshot():
            times, memory = self._watched.cpu_times(), self._watched.memory_info()
        return Sample(time.monotonic(), times.user + times.system, memory.rss / 1e6)

    def close(self) -> None:
        """Close the window as Ctrl-C does, and wait until the recording is whole."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_CLOSE_S)
        except subprocess.TimeoutExpired:
            raise UserError("The program did not close its window within a minute.") from None

    def session(self) -> Path:
        """Return the folder of what it recorded."""
        found = sorted(self._sessions.glob("*/session.jsonl"))
        if not found:
            raise UserError("The program recorded nothing: its disk may be full.")
        return found[-1].parent
