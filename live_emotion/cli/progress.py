"""The progress bar of a replay: how far, how fast, how long yet."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from live_emotion.core.estimate import Estimate
from live_emotion.pipeline.observer import BaseObserver


class ProgressObserver(BaseObserver):
    """Moves a bar on a console along with the estimates; a context manager.

    Parameters
    ----------
    console
        Where the bar is drawn.
    title
        What plays.
    start
        Seconds of the media at which the replay begins.
    total
        Seconds to go, or None if nobody knows.
    """

    def __init__(self, console: Console, title: str, start: float, total: float | None) -> None:
        columns = [
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn() if total is None else TimeRemainingColumn(),
        ]
        self._progress = Progress(*columns, console=console, transient=True)
        self._task = self._progress.add_task(title, total=total, rate="")
        self._start = start
        self._began = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def on_estimate(self, estimate: Estimate) -> None:
        """Move the bar to the end of the tick."""
        done = estimate.t - self._start
        wall = time.monotonic() - self._began
        rate = f"{done / wall:.1f} x real time" if wall > 0.0 else ""
        self._progress.update(self._task, completed=done, rate=rate)
