"""One run of the text loop with its bar, curves and checkpoint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from live_emotion.models.metadata import Platt
from live_emotion.training.common import Precision
from live_emotion.training.curves import CurveLog
from live_emotion.training.metrics import summarise
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_loop import Encode, LoopOptions, Step, TextLoop, text_logits
from live_emotion.training.thresholds import choose_thresholds


def fit(
    model: nn.Module,
    encode: Encode,
    fill: int,
    rows: TextRows,
    fold: TextRows,
    settings: LoopOptions,
    precision: Precision,
    *,
    stem: Path,
    resume: bool,
    soft: NDArray[np.float32] | None = None,
    before_step: Callable[[float], None] = lambda _: None,
) -> None:
    """Fit a model on `rows`, with a line of figures on `fold` after each epoch.

    ``<stem>.pt`` holds the state, ``<stem>.csv`` and ``<stem>.png`` the curve.
    """
    loop = TextLoop(
        model,
        encode,
        fill,
        rows,
        settings,
        precision,
        soft=soft,
        checkpoint=stem.with_name(stem.name + ".pt"),
        before_step=before_step,
    )
    if resume:
        loop.resume()
    done = loop.step // loop.steps_per_epoch
    curves = CurveLog(stem, done)
    losses: list[float] = []
    with TrainingProgress(stem.name, settings.epochs, loop.steps_per_epoch, done) as bar:

        def report(step: Step) -> None:
            losses.append(step.loss)
            bar.step(step.loss)

        def after_epoch(epoch: int) -> None:
            figures = {"loss": float(np.mean(losses))}
            losses.clear()
            if len(fold):
                logits = text_logits(model, encode(fold.texts), fill, precision)
                figures |= _fold_figures(logits.astype(np.float64), fold)
            curves.add(epoch, **figures)
            bar.epoch(epoch, **figures)

        loop.run(report, after_epoch)
    curves.draw()


def _fold_figures(logits: NDArray[np.float64], fold: TextRows) -> dict[str, float]:
    """Return macro-F1 (thresholds fitted on the same fold: a curve, not a claim) and AUC."""
    scores = Platt().apply(logits).astype(np.float64)
    targets = fold.targets.astype(np.float64)
    summary = summarise(scores, targets, choose_thresholds(scores, targets))
    return {"macro_f1": summary["macro_f1"], "mean_auc": summary["mean_auc"]}
