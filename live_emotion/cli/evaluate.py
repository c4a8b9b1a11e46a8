"""`live-emotion evaluate`: how good the scores are on people that training has not seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from live_emotion.training.evaluation.options import EvaluateOptions

Function = Callable[..., Any]


def _data(function: Function) -> Function:
    return click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        required=True,
        metavar="DIR",
        help="Folder of the data.",
    )(function)


def _common(function: Function) -> Function:
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
            click.option(
                "--engine",
                type=click.Choice(["auto", "torch", "openvino"]),
                default="auto",
                show_default=True,
                help="What runs the networks.",
            ),
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


@click.group("evaluate")
def command() -> None:
    """Measure the scores on a folder of labelled data.

    What training has seen is left out: files and rows marked train, and speakers that the
    weights name. Calibration and thresholds are those of the weights.
    """


@command.command("vision")
@_data
@_common
def vision(as_json: bool, **options: Any) -> None:
    """Measure the face branch on every `faces_*.npz` of a folder."""
    from live_emotion.training.evaluation.faces import face_items
    from live_emotion.training.evaluation.tasks import branch_report

    wanted = _options(options)
    _show(branch_report("vision", face_items(wanted), wanted), as_json=as_json)


@command.command("audio")
@_data
@_common
@click.option(
    "--gate",
    type=click.Choice(["voice", "open"]),
    default="voice",
    show_default=True,
    help="Score what voice activity lets pass, or every tick.",
)
def audio(as_json: bool, gate: Any, **options: Any) -> None:
    """Measure the voice branch on the clips of `audio.csv`."""
    from live_emotion.training.evaluation.tasks import branch_report
    from live_emotion.training.evaluation.voices import voice_items

    wanted = _options(options)
    _show(branch_report("audio", voice_items(wanted, gate=gate), wanted), as_json=as_json)


@command.command("text")
@_data
@_common
@click.option(
    "--as-transcript", is_flag=True, help="In lower case, without punctuation, as if heard."
)
def text(as_json: bool, as_transcript: bool, **options: Any) -> None:
    """Measure the words branch on the rows of `text.tsv`."""
    from live_emotion.training.evaluation.tasks import branch_report
    from live_emotion.training.evaluation.texts import text_items

    wanted = _options(options)
    items = text_items(wanted, as_transcript=as_transcript)
    _show(branch_report("text", items, wanted), as_json=as_json)


def _options(given: dict[str, Any]) -> EvaluateOptions:
    from live_emotion.training.evaluation.options import EvaluateOptions

    return EvaluateOptions(**given)


def _show(report: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(report, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from live_emotion.cli.evaluate_table import print_report

    print_report(report, Console(highlight=False))
