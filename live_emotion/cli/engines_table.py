"""Engines as a person reads them: a line each, with error and speed."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live_emotion.runtime.stock import StockEntry

_HEAD = ("preset", "encoder", "engine", "ms", "error", "scores", "allowed", "MB", "used", "")
_LEFT = ("preset", "encoder", "engine", "")


def engines_lines(entries: Sequence[StockEntry]) -> Iterator[str]:
    """Yield a table's lines, a line an engine, however wide the terminal is.

    ``error`` is the largest difference from float32 PyTorch, ``scores`` how far a probability may
    move, ``allowed`` the share of what the recipe allows that was used.
    """
    rows = [_HEAD, *map(_row, entries)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(_HEAD))]
    for row in rows:
        cells = [
            cell.ljust(width) if name in _LEFT else cell.rjust(width)
            for name, cell, width in zip(_HEAD, row, widths, strict=True)
        ]
        yield "  ".join(cells).rstrip()


def _row(entry: StockEntry) -> tuple[str, ...]:
    return (
        entry.preset,
        entry.encoder,
        " ".join(part for part in (entry.engine, entry.precision, entry.form) if part),
        _number(entry.ms, ".2f"),
        _number(entry.error, ".1e"),
        _number(entry.scores, ".4f"),
        _number(entry.share, ".0%"),
        f"{entry.size_mb:.1f}",
        _age(entry.used),
        _state(entry),
    )


def _state(entry: StockEntry) -> str:
    if entry.state == "refused":
        return f"refused: {entry.reason}" if entry.reason else "refused"
    if entry.state == "damaged":
        return "damaged; is built anew when needed"
    return "; ".join(filter(None, (entry.reason, "taken by auto" if entry.chosen else "")))


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _age(used: float | None) -> str:
    if used is None:
        return "-"
    seconds = max(0.0, time.time() - used)
    for unit, length in (("d", 86_400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return "now"
