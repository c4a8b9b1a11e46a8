"""A session's summary as a person reads it in the terminal."""

from __future__ import annotations

import math

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from live_emotion.core.emotions import BRANCH_LABELS
from live_emotion.session.summary import LeadingRun, Summary

_MOST_RUNS = 12


def print_summary(summary: Summary, console: Console) -> None:
    """Print the table of what was seen, and what a reader must know of it."""
    console.print(Group(_emotions(summary), _facts(summary)))


def _emotions(summary: Summary) -> RenderableType:
    title = Text(f"Expressions in {summary.source}" if summary.source else "Expressions")
    table = Table(title=title, title_justify="left")
    table.add_column("expression")
    for heading in ("mean", "peak", "peak at", "leading"):
        table.add_column(heading, justify="right")
    for emotion, figures in summary.emotions.items():
        table.add_row(
            emotion,
            _score(figures.mean),
            _score(figures.peak),
            clock(figures.peak_t),
            _share(figures.leading),
        )
    return table


def _facts(summary: Summary) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _rows(summary):
        table.add_row(Text(name), Text(value))
    return table


def _rows(s: Summary) -> list[tuple[str, str]]:
    branches = ", ".join(f"{BRANCH_LABELS[b]} {_share(share)}" for b, share in s.branches.items())
    rows = [
        ("length", f"{clock(s.duration_s)}, {s.estimates} estimates"),
        ("face seen", f"{_share(s.face)} of the ticks"),
        ("scored from", branches),
    ]
    if not math.isnan(s.speed):
        latency = f"{s.latency_p50_ms:.0f} ms a tick (95%: {s.latency_p95_ms:.0f} ms)"
        rows.append(("speed", f"{s.speed:.1f} x real time, {latency}"))
    dropped = [f"{count} {name.replace('_', ' ')}" for name, count in s.dropped.items() if count]
    if dropped:
        rows.append(("dropped", ", ".join(dropped)))
    if s.runs:
        rows.append(("leading", _runs(s.runs)))
    rows.append(("transcript", s.transcript or "(no words)"))
    rows += [("marker", f"{clock(t)} {label}") for t, label in s.markers]
    if s.stopped:
        rows.append(("ended", f"early: {s.stopped}"))
    rows += [("note", note) for note in s.notes]
    return rows


def _runs(runs: tuple[LeadingRun, ...]) -> str:
    parts = [f"{run.emotion or 'none'} {clock(run.t0)}-{clock(run.t1)}" for run in runs]
    if len(parts) > _MOST_RUNS:
        parts[_MOST_RUNS:] = [f"and {len(parts) - _MOST_RUNS} more in the log"]
    return ", ".join(parts)


def clock(t: float) -> str:
    """Return seconds as ``m:ss.s`` or ``h:mm:ss.s``; a dash where there are none."""
    if math.isnan(t):
        return "-"
    tenths = round(t * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{minutes:02d}:{seconds}" if hours else f"{minutes}:{seconds}"


def _score(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


def _share(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.0%}"
