"""A confusion matrix and a reliability diagram, drawn to PNG."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from live_emotion.core.emotions import EMOTION_STYLES, EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.training.evaluation.items import Items
from live_emotion.training.evaluation.measures import confusion, guesses, reliability
from live_emotion.training.metrics import Array


def require_matplotlib() -> None:
    """Make sure that pictures can be drawn, before an evaluation takes minutes.

    Raises
    ------
    UserError
        If matplotlib is missing.
    """
    if importlib.util.find_spec("matplotlib") is None:
        raise UserError(
            "Pictures need matplotlib: install it with `pip install 'live-emotion[train]'`, "
            "or leave --output out."
        )


def draw(items: Items, folder: Path, stem: str, title: str) -> list[Path]:
    """Draw ``<stem>-confusion.png`` and ``<stem>-reliability.png``.

    Parameters
    ----------
    items
        Scored items.
    folder
        Receives the pictures; made if need be.
    stem, title
        Beginning of the files' names, and what stands above the pictures.

    Returns
    -------
    list of Path
        The pictures.

    Raises
    ------
    UserError
        If matplotlib is missing or the folder cannot be written to.
    """
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    def new(size: tuple[float, float]) -> tuple[Any, Any]:
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        return figure, figure.subplots()

    made = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, size, drawing in (
            ("confusion", (6.4, 5.2), _confusion),
            ("reliability", (5.6, 5.2), _reliability),
        ):
            figure, axes = new(size)
            drawing(axes, items)
            axes.set_title(title, fontsize=10)
            made.append(folder / f"{stem}-{name}.png")
            figure.savefig(made[-1], dpi=110)
    except OSError as error:
        raise UserError(f"{folder} cannot be written to: choose another --output.") from error
    return made


def _confusion(axes: Any, items: Items) -> None:
    """Rows are what is shown, as shares of the row; the count stands in each field."""
    counts = confusion(guesses(items.probabilities), items.labels)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    axes.set_xticks(range(len(EMOTIONS) + 1), [*EMOTIONS, "no scores"], rotation=35, ha="right")
    axes.set_yticks(range(len(EMOTIONS)), EMOTIONS)
    axes.set(xlabel="highest score", ylabel="shown")
    for row, column in np.ndindex(*counts.shape):
        colour = "white" if shares[row, column] > 0.55 else "black"
        text = f"{shares[row, column]:.2f}\n{counts[row, column]}"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=8)


def _reliability(axes: Any, items: Items) -> None:
    """Share shown against probability, in bins of equal mass; the diagonal is perfect."""
    axes.plot([0, 1], [0, 1], color="#888888", linewidth=1, linestyle=":")
    for k, emotion in enumerate(EMOTIONS):
        bins = reliability(items.probabilities[:, k], items.targets[:, k])
        if len(bins):
            colour = EMOTION_STYLES[emotion].light
            axes.plot(bins[:, 0], bins[:, 1], marker=".", color=colour, label=emotion)
    pooled: Array = reliability(items.probabilities.ravel(), items.targets.ravel(), 15)
    if len(pooled):
        axes.plot(pooled[:, 0], pooled[:, 1], marker="o", color="#444444", label="all", lw=2)
    axes.set(xlabel="calibrated probability", ylabel="share shown", xlim=(0, 1), ylim=(0, 1))
    axes.grid(alpha=0.3)
    if axes.lines:
        axes.legend(fontsize=8)
