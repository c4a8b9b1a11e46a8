"""Progress of a run: a bar with rate, time left, loss and validation figures."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class TrainingProgress:
    """A bar on a terminal; one plain line an epoch where the output is a file.

    Use as a context manager; call `step` after every batch and `epoch` after every epoch.

    Parameters
    ----------
    title
        What is being trained.
    epochs
        How many in all.
    steps
        Batches in an epoch.
    epochs_done
        When the run goes on from a checkpoint.
    """

    def __init__(self, title: str, epochs: int, steps: int, epochs_done: int = 0) -> None:
        self._title = title
        self._epochs = epochs
        self._console = Console(file=sys.stderr)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[figures]}"),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._bar.add_task(
            title, total=epochs * steps, completed=epochs_done * steps, figures=""
        )
        self._loss = float("nan")
        self._validation = ""
        self._began = time.monotonic()

    def step(self, loss: float) -> None:
        """Note one batch and its loss (shown as a running mean)."""
        self._loss = loss if self._loss != self._loss else 0.98 * self._loss + 0.02 * loss
        self._bar.update(self._task, advance=1, figures=f"loss {self._loss:.4f} {self._validation}")

    def epoch(self, epoch: int, **figures: float) -> None:
        """Note the figures after `epoch` epochs."""
        self._validation = " ".join(f"{name} {value:.4f}" for name, value in figures.items())
        minutes = (time.monotonic() - self._began) / 60
        self._console.print(
            f"{self._title}: epoch {epoch}/{self._epochs}, {minutes:.1f} min, {self._validation}",
            highlight=False,
            soft_wrap=True,
        )

    def __enter__(self) -> TrainingProgress:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()
