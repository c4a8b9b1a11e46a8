"""Learning curves: one CSV row an epoch, drawn to a PNG where matplotlib is there."""

from __future__ import annotations

import csv
import math
from pathlib import Path


class CurveLog:
    """The figures of each epoch, kept in ``<stem>.csv`` and drawn to ``<stem>.png``.

    Parameters
    ----------
    stem
        Path without its ending.
    epochs_done
        When a run goes on: rows of later epochs are dropped, since they will be made again.
        0 begins anew.
    """

    def __init__(self, stem: Path, epochs_done: int = 0) -> None:
        self.csv_path = stem.with_name(stem.name + ".csv")
        self.png_path = stem.with_name(stem.name + ".png")
        self.rows: list[dict[str, float]] = []
        if epochs_done and self.csv_path.exists():
            with self.csv_path.open(newline="", encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    figures = {k: float(v) for k, v in row.items() if v}
                    if figures.get("epoch", math.inf) <= epochs_done:
                        self.rows.append(figures)

    def add(self, epoch: int, **figures: float) -> None:
        """Add the figures after `epoch` epochs, and write the file anew."""
        self.rows.append({"epoch": float(epoch), **figures})
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        self.csv_path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.csv_path.with_name(self.csv_path.name + ".part")
        with beside.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, restval="")
            writer.writeheader()
            writer.writerows({k: f"{v:.6g}" for k, v in row.items()} for row in self.rows)
        beside.replace(self.csv_path)

    def draw(self) -> bool:
        """Draw losses to the left and all other figures to the right; False without matplotlib."""
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
        except ImportError:
            return False
        names = [n for n in dict.fromkeys(k for row in self.rows for k in row) if n != "epoch"]
        figure = Figure(figsize=(11, 4.5), layout="constrained")
        FigureCanvasAgg(figure)
        left, right = figure.subplots(1, 2)
        for name in names:
            axes = left if "loss" in name else right
            points = [(row["epoch"], row[name]) for row in self.rows if name in row]
            axes.plot(*zip(*points, strict=True), label=name, marker=".")
        for axes, title in ((left, "loss"), (right, "validation")):
            axes.set(xlabel="epoch", title=title)
            axes.grid(alpha=0.3)
            if axes.lines:
                axes.legend(fontsize=8)
        figure.savefig(self.png_path, dpi=110)
        return True
