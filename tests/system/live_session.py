"""The real program on live devices, watched through the log that it writes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

Line = dict[str, Any]
# Long enough for a busy machine; how long it took is judged by the log.
WAIT_S = 60.0
MOST_SKIPPED = 10


def skip_if_starved(lines: list[Line]) -> None:
    """Judge nothing where other programs leave this one too little of the machine."""
    skipped = max((line["dropped"]["ticks"] for line in lines if "dropped" in line), default=0)
    if skipped > MOST_SKIPPED:
        pytest.skip(f"the machine is too busy for a live session: {skipped} ticks were left out")


class LiveSession:
    """Runs `live-emotion live` and follows its session log; a context manager."""

    def __init__(self, env: dict[str, str], folder: Path, *options: str) -> None:
        self._log = folder / "session.jsonl"
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "live_emotion", "live", "--no-window"),
                *("--record", str(folder), *options),
            ],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        out, err = self.process.communicate()
        if error is not None:
            told = [line for line in self.lines() if line["type"] == "device"]
            print(*told, out, err, sep="\n")

    def lines(self) -> list[Line]:
        """Return what the log holds by now."""
        if not self._log.exists():
            return []
        text = self._log.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1]
        return [json.loads(line) for line in whole.splitlines()]

    def now(self) -> float:
        """Return the time of the newest estimate; the session is at most a tick or two further."""
        return max((line["t"] for line in self.lines() if line["type"] == "estimate"), default=0.0)

    def wait_for_state(
        self, device: str, state: str, after: float, seconds: float = WAIT_S
    ) -> Line:
        """Wait until the log tells a device's state, at `after` or later."""
        return self.wait_for(
            lambda e: e["type"] == "device" and e["device"] == device and e["state"] == state,
            after,
            f"the {device} did not become {state}",
            seconds,
        )

    def wait_for_absence(self, device: str, after: float) -> Line:
        """Wait until the log tells that a device gives nothing, at `after` or later."""
        return self.wait_for(
            lambda e: (
                e["type"] == "device"
                and e["device"] == device
                # A machine that is busy may come to look only when it is past the first of them.
                and e["state"] in ("stalled", "reconnecting", "lost")
            ),
            after,
            f"that the {device} gives nothing was not noticed",
        )

    def wait_for_branches(self, after: float, *branches: str, seconds: float = WAIT_S) -> Line:
        """Wait for an estimate in which all these branches are present."""
        return self.wait_for(
            lambda e: (
                e["type"] == "estimate"
                and all(e["branches"][b]["reason"] is None for b in branches)
            ),
            after,
            f"no estimate from {' and '.join(branches)}",
            seconds,
        )

    def wait_for(self, wanted: Any, after: float, otherwise: str, seconds: float = WAIT_S) -> Line:
        deadline = time.monotonic() + seconds
        while True:
            for line in self.lines():
                if line.get("t", -1.0) >= after and wanted(line):
                    return line
            assert self.process.poll() is None, "the program ended"
            if time.monotonic() > deadline:
                skip_if_starved(self.lines())
                raise AssertionError(f"{otherwise} within {seconds:g} s")
            time.sleep(0.1)

    def end(self) -> tuple[str, str]:
        """Press Ctrl-C; return what the program printed."""
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        return out, err
