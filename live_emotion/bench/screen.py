"""A virtual screen whose pixels can be read at any moment, and the mark of the window on it."""

from __future__ import annotations

import mmap
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from live_emotion.core import codebar

# As the dashboard's `bench_mark` paints them.
MARK_SIDE: Final = 4
MARK_ROWS: Final = ("paint", "time", "stamp", "closed", "video")
POLL_S: Final = 0.004
_SIZE: Final = "1280x800x24"


@dataclass(frozen=True, slots=True)
class Seen:
    """A mark as it was first seen on the screen.

    Attributes
    ----------
    at
        Seconds on `time.monotonic` at which it was seen.
    values
        By the names of `MARK_ROWS`.
    """

    at: float
    values: dict[str, int]


class VirtualScreen:
    """An Xvfb server of its own; a context manager."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="live-emotion-screen-")
        read_end, write_end = os.pipe()
        self._server = subprocess.Popen(
            [
                *("Xvfb", "-displayfd", str(write_end), "-screen", "0", _SIZE),
                *("-nolisten", "tcp", "-fbdir", self._folder.name),
            ],
            pass_fds=[write_end],
            stderr=subprocess.DEVNULL,
        )
        os.close(write_end)
        with os.fdopen(read_end) as told:
            self.display = f":{told.readline().strip()}"
        with (Path(self._folder.name) / "Xvfb_screen0").open("rb") as file:
            self._memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._pixels = _view(self._memory)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.terminate()
        self._server.wait()
        self._folder.cleanup()

    def pixels(self) -> NDArray[np.uint8]:
        """Return what the screen shows, ``(h, w, 3)`` uint8 BGR; a view that changes with it."""
        return self._pixels

    def mark(self) -> dict[str, int] | None:
        """Return what the mark in the corner says, None if there is none or it is half painted."""
        corner = self._pixels[: MARK_SIDE * len(MARK_ROWS), : MARK_SIDE * codebar.CELLS].copy()
        values = {}
        for row, name in enumerate(MARK_ROWS):
            value = codebar.read(corner, MARK_SIDE, row * MARK_SIDE)
            if value is None:
                return None
            values[name] = value
        return values


class Watcher(threading.Thread):
    """Looks at a mark every few milliseconds and keeps each repaint as first seen.

    Parameters
    ----------
    look
        Returns the mark's values, or None.
    """

    def __init__(self, look: Callable[[], dict[str, int] | None]) -> None:
        super().__init__(name="screen watcher", daemon=True)
        self._look = look
        self._ended = threading.Event()
        self.seen: list[Seen] = []

    def run(self) -> None:
        """Watch until `end`."""
        last = -1
        while not self._ended.wait(POLL_S):
            values = self._look()
            if values is not None and values["paint"] != last:
                last = values["paint"]
                self.seen.append(Seen(time.monotonic(), values))

    def end(self) -> None:
        """Stop watching."""
        self._ended.set()
        self.join()


def _view(memory: mmap.mmap) -> NDArray[np.uint8]:
    """Return the pixels of an XWD file: 25 big-endian words, a name, a colour table, rows."""
    head = np.frombuffer(memory, ">u4", 25)
    size, width, height = int(head[0]), int(head[4]), int(head[5])
    line, colours = int(head[12]), int(head[19])
    rows = np.frombuffer(memory, np.uint8, line * height, size + 12 * colours)
    return rows.reshape(height, line)[:, : 4 * width].reshape(height, width, 4)[:, :, :3]
