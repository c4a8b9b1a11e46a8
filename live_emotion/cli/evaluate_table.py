"""An evaluation's report as a person reads it in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_MEASURES: Final = (
    ("six-way accuracy", "six_way_accuracy"),
    ("six-way mean recall", "six_way_uar"),
    ("macro F1", "macro_f1"),
    ("weighted accuracy", "wacc"),
    ("mean AUC", "mean_auc"),
    ("calibration error", "ece"),
    ("Brier skill", "brier_skill"),
    ("alarms on neutral", "neutral_false_alarm"),
)
_SHORT: Final = (
    "n",
    "coverage",
    "six_way_accuracy",
    "six_way_uar",
    "macro_f1",
    "mean_auc",
    "ece",
    "neutral_false_alarm",
)
_PARTS: Final = {
    "per_dataset": "data set",
    "per_sex": "sex",
    "per_file": "file",
    "branches": "branch alone",
}


def print_report(report: Mapping[str, Any], console: Console) -> None:
    """Print measures, emotions, parts and notes of a report."""
    if report.get("task") == "valence":
        console.print(_valence(report))
    elif "scenes" in report:
        console.print(_scenes(report))
    else:
        console.print(_whole(report))
        console.print(_emotions(report["per_emotion"]))
    if "subsets" in report:
        console.print(_subsets(report))
    for name, heading in _PARTS.items():
        if report.get(name):
            console.print(_parts(report[name], heading))
    for note in report.get("notes", ()):
        console.print(Text(f"note: {note}"))


def _valence(report: Mapping[str, Any]) -> Table:
    table = Table(title=Text(f"valence of words: {report['n']} rows"), title_justify="left")
    table.add_column("measure")
    table.add_column("figure", justify="right")
    for label, name in (
        ("concordance (CCC)", "ccc"),
        ("correlation (Pearson)", "pearson"),
        ("mean absolute error, of -1 to 1", "mae"),
        ("within the deviation told", "within_deviation"),
        ("within two of them", "within_two"),
    ):
        table.add_row(label, figure(report[name], 3))
    return table


def _whole(report: Mapping[str, Any]) -> Table:
    what = f"{report['task']}: {report['n']} items, {figure(report['coverage'], 3)} with scores"
    if report.get("condition"):
        what += f", {report['condition']}"
    table = Table(title=Text(what), title_justify="left")
    table.add_column("measure")
    table.add_column("figure", justify="right")
    table.add_column("95% interval", justify="right")
    for label, name in _MEASURES:
        interval = report.get(f"{name}_interval")
        span = "" if not interval else " to ".join(figure(end, 3) for end in interval)
        table.add_row(label, figure(report[name], 3), span)
    return table


def _emotions(per_emotion: Mapping[str, Mapping[str, Any]]) -> Table:
    table = Table()
    table.add_column("expression")
    for heading in ("F1", "recall", "AUC", "shown", "threshold"):
        table.add_column(heading, justify="right")
    for emotion, f in per_emotion.items():
        table.add_row(
            emotion,
            *(figure(f[name], 3) for name in ("f1", "recall", "auc")),
            str(f["support"]),
            figure(f["threshold"], 3),
        )
    return table


def _parts(parts: Mapping[str, Mapping[str, Any]], heading: str) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 0, 0, 1), pad_edge=False)
    table.add_column(heading, no_wrap=True)
    for name in _SHORT:
        table.add_column(_HEADINGS.get(name, name), justify="right")
    for part, f in parts.items():
        cells = [str(f["n"]), *(figure(f.get(name), 3) for name in _SHORT[1:])]
        table.add_row(Text(part), *cells)
    return table


def _subsets(report: Mapping[str, Any]) -> Table:
    title = Text(
        f"fusion: {figure(report['gain'], 3)} above the best branch; with one missing at worst "
        f"{figure(report['loss_with_one_missing'], 3)} below the better of the other two"
    )
    table = Table(title=title, title_justify="left")
    table.add_column("branches there")
    table.add_column("six-way accuracy", justify="right")
    for name, accuracy in report["subsets"].items():
        table.add_row(name.replace("+", " + "), figure(accuracy, 3))
    return table


def _scenes(report: Mapping[str, Any]) -> Table:
    title = Text(f"scores above {report['alarm_above']:g} where nobody expresses anything")
    table = Table(title=title, title_justify="left")
    for heading in ("scene", "gates", "scores of"):
        table.add_column(heading)
    for heading in ("ticks with scores", "highest", "alarms an hour"):
        table.add_column(heading, justify="right")
    for scene, gates in report["scenes"].items():
        for gate, parts in gates.items():
            for part, f in parts.items():
                if gate == "gated" and not f["coverage"] and part != "fusion":
                    continue
                table.add_row(
                    *(scene, "at work" if gate == "gated" else "open", part),
                    *(figure(f[name], 3) for name in ("coverage", "highest")),
                    figure(f["alarms_per_hour"], 1),
                )
    return table


_HEADINGS: Final = {
    "n": "items",
    "coverage": "scored",
    "six_way_accuracy": "acc.",
    "six_way_uar": "recall",
    "macro_f1": "F1",
    "mean_auc": "AUC",
    "ece": "calib.",
    "neutral_false_alarm": "alarms",
}


def figure(value: float | None, digits: int) -> str:
    """Return a figure, or a dash where there is none."""
    return "-" if value is None else f"{value:.{digits}f}"
