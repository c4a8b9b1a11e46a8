"""Prints the summary of a session."""

from __future__ import annotations

import json
from pathlib import Path

import click


def report(folder: Path, *, as_json: bool) -> None:
    """Print a session's summary as tables, or as one JSON object."""
    from live_emotion.session.reader import read
    from live_emotion.session.summary import summarise

    summary = summarise(read(folder))
    if as_json:
        click.echo(json.dumps(summary.to_dict(), indent=2, allow_nan=False))
        return
    from rich.console import Console

    from live_emotion.cli.tables import print_summary

    print_summary(summary, Console(highlight=False))
    click.echo(f"Session: {folder}")
