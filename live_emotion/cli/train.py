"""`live-emotion train`: trains one branch of the model, or the fusion of all three."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click


@click.command("train")
@click.argument("branch", type=click.Choice(["vision", "audio", "text", "fusion"]))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    metavar="DIR",
    help="Folder of the training data.",
)
@click.option("--preset", default="live", show_default=True, help="Sizes of the networks.")
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to train.",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint of the output folder.")
@click.option(
    "--epochs", type=click.IntRange(min=1), help="Passes over the data.  [default: the branch's]"
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of every random number.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs"),
    show_default=True,
    metavar="DIR",
    help="Folder of checkpoints and curves.",
)
@click.option(
    "--weights",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Folder that gets the trained weights.  [default: weights in the output folder]",
)
@click.option(
    "--threads", type=click.IntRange(min=1), help="CPU threads.  [default: the library's]"
)
@click.option(
    "--init",
    metavar="MODEL",
    help="What to start from. Text: a BERT or ALBERT. Audio: a folder of this program's weights.",
)
@click.option(
    "--teacher",
    metavar="MODEL",
    help="Name or folder of a model to learn from. Text: a BERT. Audio: a whisper, or none.",
)
@click.option(
    "--network",
    type=click.Choice(["albert", "bert"]),
    help="Text only: the preset's ALBERT, or the BERT of --init.  [default: albert]",
)
@click.option(
    "--variant",
    metavar="NAME",
    help="Text only: name of weights that stand beside the preset's own.",
)
def command(branch: str, **options: Any) -> None:
    """Train BRANCH on the data of a folder and export its weights.

    Training takes hours on a CPU. It may be stopped at any time, and `--resume` goes on.
    """
    from live_emotion.training.options import TrainOptions

    for name in ("init", "teacher"):
        if options[name] is not None and branch not in ("text", "audio"):
            raise click.BadOptionUsage(f"--{name}", f"--{name} is for text and audio only.")
    for name in ("network", "variant"):
        if options[name] is not None and branch != "text":
            raise click.BadOptionUsage(f"--{name}", f"--{name} is for the text branch only.")
    options["network"] = options["network"] or "albert"
    module = importlib.import_module(f"live_emotion.training.{branch}")
    made = getattr(module, f"train_{branch}")(TrainOptions(**options))
    click.echo(f"Weights: {made}")
