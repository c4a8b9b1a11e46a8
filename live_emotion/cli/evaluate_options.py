"""What the commands of `live-emotion evaluate` have in common: options, pictures, printing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from live_emotion.cli.engine_param import engine_option

if TYPE_CHECKING:
    from live_emotion.training.evaluation.items import Items
    from live_emotion.training.evaluation.options import EvaluateOptions

Function = Callable[..., Any]


def data_option(function: Function) -> Function:
    """Add ``--data``."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        required=True,
        metavar="DIR",
        help="Folder of the data.",
    )(function)


def common_options(function: Function) -> Function:
    """Add what every evaluation takes: weights, engine, seed, ``--json`` and the like."""
    for option in reversed(
        (
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
            click.option(
                "--preset", default="live", show_default=True, help="Sizes of the networks."
            ),
            click.option(
                "--weights",
                type=click.Path(path_type=Path, exists=True, file_okay=False),
                metavar="DIR",
                help="Folder of the weights.  [default: the program's own]",
            ),
            engine_option,
            click.option(
                "--threads",
                type=click.IntRange(min=1),
                help="CPU threads.  [default: the program's]",
            ),
            click.option(
                "--seed", type=int, default=0, show_default=True, help="Of every random number."
            ),
            click.option("--all", "everything", is_flag=True, help="Also what training has seen."),
        )
    ):
        function = option(function)
    return function


def _drawable(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None:
        from live_emotion.training.evaluation.pictures import require_matplotlib

        require_matplotlib()
    return value


def pictures_option(function: Function) -> Function:
    """Add ``--output`` for pictures."""
    return click.option(
        "--output",
        type=click.Path(path_type=Path, file_okay=False),
        callback=_drawable,
        metavar="DIR",
        help="Folder that gets a confusion matrix and a reliability diagram as PNG.",
    )(function)


def options_of(given: dict[str, Any]) -> EvaluateOptions:
    """Return the options given on the command line."""
    from live_emotion.training.evaluation.options import EvaluateOptions

    return EvaluateOptions(**given)


def finish(
    report: dict[str, Any], items: Mapping[str, Items], output: Path | None, *, as_json: bool
) -> None:
    """Draw the pictures that were asked for, and print the report."""
    if output is not None:
        from live_emotion.training.evaluation.pictures import draw

        condition = report.get("condition") or ""
        suffix = "".join(f"-{word}" for word in condition.replace(",", "").split())
        paths = []
        for stem, one in items.items():
            title = f"{stem} {condition}".strip()
            paths += draw(one, output, stem + suffix, title)
        report["pictures"] = [str(path) for path in paths]
    if as_json:
        click.echo(json.dumps(report, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from live_emotion.cli.evaluate_table import print_report

    print_report(report, Console(highlight=False))
