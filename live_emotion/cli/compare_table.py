"""All architectures side by side, as a person reads them in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_RATIOS = (
    ("window_share_of_v2em", "this program's window, of V2EM's"),
    ("window_share_of_fe2e", "this program's window, of FE2E's"),
    ("tick_share_of_v2em_window", "this program's tick, of V2EM's window"),
)


def print_compare(report: Mapping[str, Any], console: Console) -> None:
    """Print what was measured, the paper's own figures beside it, ratios and notes."""
    console.print(_measured(report))
    console.print(_of_paper(report))
    for name, text in _RATIOS:
        low, high = report[f"{name}_interval"]
        console.print(Text(f"{text}: {report[name]:.3f} ({low:.3f} to {high:.3f})"))
    for name, more in report.get("accuracy_below", {}).items():
        console.print(Text(f"rfam is {more:.3f} below {name} in accuracy"))
    if report.get("accuracy_reason"):
        console.print(Text(f"no accuracy: {report['accuracy_reason']}"))
    for note in report["notes"]:
        console.print(Text(f"note: {note}"))
    machine = report["machine"]
    console.print(Text(f"machine: {machine['cpu']}, {machine['cores']} cores"))


def _measured(report: Mapping[str, Any]) -> Table:
    title = f"measured: preset {report['preset']}, engine {report['engine']}"
    if report["steps"] is not None:
        title += f", accuracy after {report['steps']} steps"
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD)
    for name in ("architecture", "parameters", "GMAC", "window ms", "tick ms", "MB", "accuracy"):
        table.add_column(name, justify="left" if name == "architecture" else "right")
    for row in report["architectures"]:
        accuracy = row["accuracy"]
        table.add_row(
            row["architecture"],
            f"{row['parameters'] / 1e6:.2f} M",
            f"{row['gmac']:.2f}",
            f"{row['window_ms']:.1f}",
            f"{row['tick_ms']:.2f}",
            f"{row['rss_mb']:.0f}",
            "–" if accuracy is None else f"{accuracy:.3f}",
        )
    return table


def _of_paper(report: Mapping[str, Any]) -> Table:
    table = Table(
        title=Text("the paper's own (Jia et al., PMLR 260, 2025; RTX 4090)"),
        title_justify="left",
        box=SIMPLE_HEAD,
    )
    names = ("IEMOCAP acc", "F1", "MOSEI WAcc", "F1", "s for 4,188", "V / A / T parameters")
    table.add_column("architecture")
    for name in names:
        table.add_column(name, justify="right")
    for row in report["architectures"]:
        paper = row["paper"]
        figures = [*_two(paper.get("iemocap")), *_two(paper.get("mosei"))]
        parameters = " / ".join(f"{m:g}" for m in paper.get("parameters_m", ()))
        seconds = paper.get("mosei_s")
        table.add_row(
            row["architecture"],
            *figures,
            "–" if seconds is None else f"{seconds:.2f}",
            f"{parameters} M" if parameters else "–",
        )
    return table


def _two(pair: tuple[float, float] | None) -> tuple[str, str]:
    return ("–", "–") if pair is None else (f"{pair[0]:.2f}", f"{pair[1]:.2f}")
