"""A run of epochs: step, average, watch, draw the curves, keep a checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Ema, Precision
from live_emotion.training.curves import CurveLog
from live_emotion.training.progress import TrainingProgress

CLIP = 5.0


@dataclass(frozen=True)
class Course:
    """How long a network learns, and where the run is kept.

    Attributes
    ----------
    name
        What the progress line says.
    epochs, steps
        Epochs in all, and batches of each.
    resume
        Go on from the last checkpoint, if there is one.
    precision
        Device and arithmetic.
    stem
        Path of checkpoint (``.pt``) and curves (``.csv``, ``.png``) without the ending.
    """

    name: str
    epochs: int
    steps: int
    resume: bool
    precision: Precision
    stem: Path

    def run(
        self,
        network: nn.Module,
        optimizer: torch.optim.Optimizer,
        schedule: torch.optim.lr_scheduler.LambdaLR,
        *,
        losses: Callable[[], Iterable[Tensor]],
        watch: Callable[[nn.Module], dict[str, float]],
        decay: float,
    ) -> nn.Module:
        """Let a network learn; return its averaged copy.

        Parameters
        ----------
        network, optimizer, schedule
            On the device already.
        losses
            Called once an epoch: the loss of each batch, computed when it is asked for.
        watch
            Figures of the averaged copy after each epoch.
        decay
            Of the averaging, see `Ema`.
        """
        average = Ema(network, decay)
        checkpoint = Checkpoint(
            self.stem.with_name(self.stem.name + ".pt"),
            network=network,
            average=average,
            optimizer=optimizer,
            schedule=schedule,
            precision=self.precision,
        )
        loaded = checkpoint.load() if self.resume else None
        done = loaded[0] if loaded else 0
        curves = CurveLog(self.stem, done)
        learned = [p for group in optimizer.param_groups for p in group["params"]]
        with TrainingProgress(self.name, self.epochs, self.steps, done) as progress:
            for epoch in range(done + 1, self.epochs + 1):
                network.train()
                total = 0.0
                for loss in losses():
                    self.precision.step(loss, optimizer, learned, clip=CLIP)
                    schedule.step()
                    average.update(network)
                    value = float(loss.detach())
                    total += value
                    progress.step(value)
                figures = {"loss": total / self.steps, **watch(average.module)}
                curves.add(epoch, **figures)
                curves.draw()
                checkpoint.save(epoch)
                progress.epoch(epoch, **figures)
        return average.module


def shuffled(count: int, size: int, steps: int) -> Iterable[Tensor]:
    """Yield `steps` batches of `size` row numbers out of `count`, in random order."""
    order = torch.randperm(count)
    for step in range(steps):
        yield order[step * size : (step + 1) * size]
