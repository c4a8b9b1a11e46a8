"""`live-emotion evaluate`: how good the scores are on people that training has not seen."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import click

from live_emotion.cli.evaluate_options import (
    common_options,
    data_option,
    finish,
    options_of,
    pictures_option,
)


@click.group("evaluate")
def command() -> None:
    """Measure the scores on a folder of labelled data.

    What training has seen is left out: files and rows marked train, and speakers that the
    weights name. Calibration and thresholds are those of the weights.
    """


@command.command("vision")
@data_option
@common_options
@pictures_option
@click.option(
    "--change",
    type=click.Choice(
        ["light50", "dark50", "blur", "jpeg40", "roll15", "roll-15", "tint", "found", "findable"]
    ),
    help="Change every face first; found: take the crop of the program's own face finder; "
    "findable: the faces that it finds, unchanged.",
)
def vision(as_json: bool, output: Path | None, change: str | None, **options: Any) -> None:
    """Measure the face branch on every `faces_*.npz` of a folder."""
    from live_emotion.training.evaluation.changes import face_change
    from live_emotion.training.evaluation.faces import face_items
    from live_emotion.training.evaluation.tasks import branch_report

    wanted = options_of(options)
    with face_change(change, wanted) as made:
        items = face_items(wanted, made)
    report = branch_report("vision", items, wanted, change or "")
    finish(report, {"vision": items}, output, as_json=as_json)


@command.command("audio")
@data_option
@common_options
@pictures_option
@click.option("--noise", type=click.Choice(["babble", "white"]), help="Add noise to every clip.")
@click.option(
    "--snr",
    type=click.FloatRange(-30.0, 60.0),
    default=10.0,
    show_default=True,
    metavar="DB",
    help="Level of the speech over that of the noise.",
)
@click.option(
    "--gate",
    type=click.Choice(["voice", "open"]),
    default="voice",
    show_default=True,
    help="Score what voice activity lets pass, or every tick.",
)
def audio(
    as_json: bool, output: Path | None, noise: Any, snr: float, gate: Any, **options: Any
) -> None:
    """Measure the voice branch on the clips of `audio.csv`."""
    from live_emotion.training.evaluation.noises import Noise
    from live_emotion.training.evaluation.tasks import branch_report
    from live_emotion.training.evaluation.voices import voice_items

    wanted = options_of(options)
    made = None if noise is None else functools.partial(Noise, noise, snr)
    items = voice_items(wanted, made, gate)
    parts = [f"{noise} noise at {snr:g} dB"] if noise else []
    parts += ["gate open"] if gate == "open" else []
    report = branch_report("audio", items, wanted, ", ".join(parts))
    finish(report, {"audio": items}, output, as_json=as_json)


@command.command("text")
@data_option
@common_options
@pictures_option
@click.option(
    "--as-transcript", is_flag=True, help="In lower case, without punctuation, as if heard."
)
@click.option(
    "--variant", "text", metavar="NAME", help="Other weights that stand beside the preset's own."
)
def text(as_json: bool, output: Path | None, as_transcript: bool, **options: Any) -> None:
    """Measure the words branch on the rows of `text.tsv`."""
    from live_emotion.training.evaluation.tasks import branch_report
    from live_emotion.training.evaluation.texts import text_items

    wanted = options_of(options)
    items = text_items(wanted, as_transcript=as_transcript)
    report = branch_report("text", items, wanted, "as a transcript" if as_transcript else "")
    finish(report, {"text": items}, output, as_json=as_json)


@command.command("av")
@data_option
@common_options
@pictures_option
@click.option(
    "--whisper-model",
    metavar="M",
    help="Speech model: a name or a folder.  [default: tiny.en, comes with the program]",
)
def av(as_json: bool, output: Path | None, whisper_model: str | None, **options: Any) -> None:
    """Run the whole program on the clips of `av.csv`, and measure the fusion and each branch."""
    from live_emotion.training.evaluation.clips import av_items
    from live_emotion.training.evaluation.tasks import av_report

    wanted = options_of(options)
    items = av_items(wanted, whisper_model)
    drawn = {"av": items.fused} | {f"av-{name}": one for name, one in items.branches.items()}
    finish(av_report(items, wanted), drawn, output, as_json=as_json)


@command.command("fusion")
@data_option
@common_options
def fusion(as_json: bool, **options: Any) -> None:
    """Measure the fusion on label-matched triples of unseen faces, voices and texts."""
    from live_emotion.training.evaluation.triples import fusion_report

    finish(fusion_report(options_of(options)), {}, None, as_json=as_json)


@command.command("valence")
@data_option
@common_options
def valence(as_json: bool, **options: Any) -> None:
    """Measure the valence of words, -1 to 1, on the rows of `text_valence.csv`."""
    from live_emotion.training.evaluation.valence import valence_report

    finish(valence_report(options_of(options)), {}, None, as_json=as_json)


@command.command("tables")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    multiple=True,
    metavar="DIR",
    help="Folder of IEMOCAP or CMU-MOSEI, as released; give both for all five tables.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--preset", default="paper", show_default=True, help="Sizes of the program's row.")
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Batches that each network learns from.  [default: the paper's 30 epochs]",
)
@click.option("--rate", type=float, metavar="R", help="Learning rate.  [default: the paper's]")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to train.",
)
@click.option("--threads", type=click.IntRange(min=1), help="CPU threads.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of every random number.")
def tables(as_json: bool, data: tuple[Path, ...], **options: Any) -> None:
    """Train every architecture on IEMOCAP or CMU-MOSEI and print the paper's tables.

    Thresholds come from the validation part, figures from the test part.
    """
    from live_emotion.training.protocol.run import run_protocol

    def told(text: str) -> None:
        click.echo(f"{text} ...", err=True)

    reports = [run_protocol(folder, told=told, **options) for folder in data]
    if as_json:
        click.echo(json.dumps({"datasets": reports}, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from live_emotion.cli.protocol_tables import print_tables

    print_tables(reports, Console(highlight=False))


@command.command("alarms")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder with `audio.csv`: also measure its speakers' pauses.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0.0, min_open=True),
    default=10.0,
    show_default=True,
    help="Length of each scene.",
)
@common_options
def alarms(as_json: bool, data: Path | None, minutes: float, **options: Any) -> None:
    """Count false alarms on a wall, room noise and silence.

    With the gates for face and voice at work, and with these forced open.
    """
    from live_emotion.training.evaluation.alarms import alarms_report

    wanted = options_of(options | {"data": data or Path()})
    report = alarms_report(
        wanted,
        minutes,
        with_pauses=data is not None,
        told=lambda name: click.echo(f"{name} ...", err=True),
    )
    finish(report, {}, None, as_json=as_json)
