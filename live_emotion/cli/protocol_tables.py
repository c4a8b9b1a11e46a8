"""The paper's tables in shape, with measured values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_NAMES: Final = {"iemocap": "IEMOCAP", "mosei": "CMU-MOSEI"}


def print_tables(report: Mapping[str, Any], console: Console) -> None:
    """Print Table 1 (IEMOCAP) or 2 (CMU-MOSEI), and Tables 3 to 5."""
    dataset = report["dataset"]
    name, number = _NAMES[dataset], 1 if dataset == "iemocap" else 2
    kind = "acc" if dataset == "iemocap" else "wacc"
    console.print(_results(f"Table {number}: {name}", report["rows"], report["labels"], kind))
    times = _table(f"Table 3: seconds for {report['utterances']['test']} utterances of {name}")
    times.add_column("network")
    times.add_column("s", justify="right")
    for network, seconds in report["seconds"].items():
        times.add_row(network, f"{seconds:.2f}")
    console.print(times)
    console.print(
        _results(f"Table 4: {name}, encoders exchanged", report["mixed"], report["labels"], kind)
    )
    sizes = _table("Table 5: parameters, millions")
    for column in ("network", "vision", "audio", "text"):
        sizes.add_column(column, justify="left" if column == "network" else "right")
    for network, by_branch in report["parameters"].items():
        sizes.add_row(network, *(f"{by_branch[b] / 1e6:.2f}" for b in ("vision", "audio", "text")))
    console.print(sizes)
    for note in report["notes"]:
        console.print(Text(f"note: {note}"))


def _results(
    title: str, rows: Sequence[Mapping[str, Any]], labels: Sequence[str], kind: str
) -> Table:
    table = _table(title)
    table.add_column("network")
    head = "Acc" if kind == "acc" else "WAcc"
    for label in (*labels, "mean"):
        table.add_column(f"{label}\n{head} / F1", justify="right")
    for row in rows:
        cells = [_pair(row["per_label"][label], kind) for label in labels]
        table.add_row(row["name"], *cells, _pair(row, kind))
    return table


def _pair(figures: Mapping[str, Any], kind: str) -> str:
    parts = (figures[kind], figures["f1"])
    return " / ".join("–" if value is None else f"{value:.1f}" for value in parts)


def _table(title: str) -> Table:
    return Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD)
