"""A measurement's report as a person reads it in the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

_ENGINES: Final = ("engines", "eager_engines", "v2em_engines")
_SHOWN_APART: Final = ("bench", "machine", "encoders", "profile", *_ENGINES)


def print_bench(report: Mapping[str, Any], console: Console) -> None:
    """Print figures, what ran where, and the machine."""
    for name, part in report.get("parts", {}).items():
        console.rule(Text(name))
        _print_part(part, console)
    if "parts" not in report:
        _print_part(report, console)
    _print_machine(report["machine"], console)


def _print_part(report: Mapping[str, Any], console: Console) -> None:
    if "encoders" in report:
        console.print(_encoders(report["encoders"]))
    figures = {name: value for name, value in report.items() if name not in _SHOWN_APART}
    console.print(_figures(str(report["bench"]), figures))
    if "profile" in report:
        console.print(_profile(report["profile"]))
    for name in _ENGINES:
        for encoder, ran in report.get(name, {}).items():
            how = " ".join(str(part) for part in ran.values() if part)
            console.print(Text(f"{name.replace('_', ' ')}: {encoder} ran on {how}"))


def _print_machine(machine: Mapping[str, Any], console: Console) -> None:
    console.print(
        Text(
            f"machine: {machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
            f"{machine['system']}; others took {machine['busy_share']:.0%} of it"
        )
    )
    versions = ", ".join(f"{name} {v}" for name, v in machine["libraries"].items() if v)
    console.print(Text(f"libraries: {versions}"))


def _figures(title: str, figures: Mapping[str, Any]) -> Table:
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("figure")
    table.add_column("value", justify="right", overflow="fold")
    for name, value in figures.items():
        table.add_row(Text(name), Text(_plain(value)))
    return table


def _encoders(rows: list[Mapping[str, Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("encoder", "engine", "precision", "form"):
        table.add_column(heading)
    for heading in ("median ms", "p95 ms", "chosen takes times less", "MMAC", "at best ms"):
        table.add_column(heading, justify="right")
    for row in rows:
        low, high = row["chosen_times_less_interval"]
        ratio = "chosen" if row["chosen"] else f"{row['chosen_times_less']} ({low} to {high})"
        table.add_row(
            *(Text(str(row[name])) for name in ("encoder", "engine", "precision", "form")),
            f"{row['median_ms']:.3f}",
            f"{row['p95_ms']:.3f}",
            ratio,
            f"{row['mmac']:.1f}",
            f"{row['best_ms']:.3f}",
        )
    return table


def _profile(profile: Mapping[str, Any]) -> Table:
    title = (
        f"one run in {profile['wall_s']} s on {profile['cores_used']} cores; "
        "seconds a second of media"
    )
    table = Table(title=Text(title), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("part")
    table.add_column("seconds", justify="right")
    table.add_column("calls", justify="right")
    for name, part in profile["parts"].items():
        beside = " (beside the flow)" if part["beside_the_flow"] else ""
        table.add_row(name + beside, f"{part['per_media_s']:.4f}", _plain(part["calls"]))
    return table


def _plain(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return " to ".join(map(str, value)) if len(value) == 2 else ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(inner)}" for name, inner in value.items())
    return str(value)
