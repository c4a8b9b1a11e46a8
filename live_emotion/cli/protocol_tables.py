"""The paper's tables in shape, with measured values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_NAMES: Final = {"iemocap": "IEMOCAP", "mosei": "CMU-MOSEI"}


def print_tables(reports: Sequence[Mapping[str, Any]], console: Console) -> None:
    """Print Table 1 (IEMOCAP) and Table 2 (CMU-MOSEI), as far as measured, and Tables 3 to 5."""
    reports = sorted(reports, key=lambda report: tuple(_NAMES).index(report["dataset"]))
    for report in reports:
        name = _NAMES[report["dataset"]]
        console.print(_results(f"Table {_number(report)}: {name}", report, "rows"))
    console.print(_times(reports))
    for report in reports:
        title = f"Table 4: {_NAMES[report['dataset']]}, encoders exchanged"
        console.print(_results(title, report, "mixed"))
    console.print(_sizes(reports[0]["parameters"]))
    for note in dict.fromkeys(note for report in reports for note in report["notes"]):
        console.print(Text(f"note: {note}"))


def _number(report: Mapping[str, Any]) -> int:
    return 1 + tuple(_NAMES).index(report["dataset"])


def _times(reports: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("Table 3: seconds for the test part")
    table.add_column("network")
    for report in reports:
        count = report["utterances"]["test"]
        table.add_column(f"{_NAMES[report['dataset']]}\n{count:,} utterances", justify="right")
    for network in reports[0]["seconds"]:
        table.add_row(network, *(f"{report['seconds'][network]:.2f}" for report in reports))
    return table


def _sizes(parameters: Mapping[str, Mapping[str, int]]) -> Table:
    table = _table("Table 5: parameters, millions")
    for column in ("network", "vision", "audio", "text"):
        table.add_column(column, justify="left" if column == "network" else "right")
    for network, by_branch in parameters.items():
        table.add_row(network, *(f"{by_branch[b] / 1e6:.2f}" for b in ("vision", "audio", "text")))
    return table


def _results(title: str, report: Mapping[str, Any], part: str) -> Table:
    """Return accuracy (IEMOCAP) or weighted accuracy (CMU-MOSEI) and F1, each label and mean."""
    kind = "acc" if report["dataset"] == "iemocap" else "wacc"
    table = _table(title)
    table.add_column("network")
    for label in (*report["labels"], "mean"):
        head = "Acc" if kind == "acc" else "WAcc"
        table.add_column(f"{label}\n{head} / F1", justify="right")
    for row in report[part]:
        cells = [_pair(row["per_label"][label], kind) for label in report["labels"]]
        table.add_row(row["name"], *cells, _pair(row, kind))
    return table


def _pair(figures: Mapping[str, Any], kind: str) -> str:
    parts = (figures[kind], figures["f1"])
    return " / ".join("–" if value is None else f"{value:.1f}" for value in parts)


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD)
