"""`live-emotion train`: trains one branch of the model, or the fusion of all three."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from live_emotion.cli.architecture import AUDIO, NAMES, VISION
from live_emotion.core.errors import UserError

if TYPE_CHECKING:
    from live_emotion.training.options import TrainOptions


@click.command("train")
@click.argument("branch", type=click.Choice(["vision", "audio", "text", "fusion", "valence"]))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    metavar="DIR",
    help="Folder of the training data.",
)
@click.option("--preset", default="live", show_default=True, help="Sizes of the networks.")
@click.option(
    "--architecture",
    type=click.Choice(NAMES),
    default=NAMES[0],
    show_default=True,
    help="Whose networks. What judges a whole window is trained as fusion.",
)
@click.option("--vision", type=click.Choice(VISION), help="Fusion only: another face encoder.")
@click.option("--audio", type=click.Choice(AUDIO), help="Fusion only: another sound encoder.")
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    metavar="N",
    help="Only so many batches, by a plain loop, to compare with an equal budget.",
)
@click.option(
    "--folds",
    type=click.IntRange(min=2),
    metavar="N",
    help="Audio only: train for --steps batches without each of N folds of speakers, tell how well "
    "the unheard ones are read, and export nothing.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to train.",
)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint of the output folder.")
@click.option(
    "--epochs",
    type=click.IntRange(min=0),
    help="Passes over the data.  [default: the branch's; audio: 0 teaches weights of --init no "
    "more than what pauses are]",
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
    help="What to start from. Text: a BERT or ALBERT. Vision, audio: a folder of such weights.",
)
@click.option(
    "--teacher",
    metavar="MODEL",
    help="Model to learn from. Text: a BERT. Audio: whispers, or none. Vision: face networks "
    "and output folders of former runs. Several are joined by commas.",
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
def command(
    branch: str, architecture: str, vision: str | None, audio: str | None, **options: Any
) -> None:
    """Train BRANCH on the data of a folder and export its weights.

    Training takes hours on a CPU. It may be stopped at any time, and `--resume` goes on.
    """
    from live_emotion.training.options import TrainOptions

    for name in ("init", "teacher"):
        if options[name] is not None and branch not in ("vision", "text", "audio"):
            raise click.BadOptionUsage(f"--{name}", f"--{name} is for the three branches only.")
    for name in ("network", "variant"):
        if options[name] is not None and branch != "text":
            raise click.BadOptionUsage(f"--{name}", f"--{name} is for the text branch only.")
    if options["epochs"] == 0 and (branch != "audio" or options["init"] is None):
        raise click.BadOptionUsage("--epochs", "--epochs 0 is for audio with --init FOLDER only.")
    if options["folds"] is not None and branch != "audio":
        raise click.BadOptionUsage("--folds", "--folds is for the audio branch only.")
    options["network"] = options["network"] or "albert"
    made = _trainer(branch, architecture, vision, audio, options)(TrainOptions(**options))
    click.echo(f"{'Weights' if options['folds'] is None else 'Figures'}: {made}")


def _trainer(
    branch: str, architecture: str, vision: str | None, audio: str | None, options: dict[str, Any]
) -> Callable[[TrainOptions], Path]:
    """Return what trains the branch of an architecture; `options` get the preset's name."""
    if (architecture, vision, audio) != (NAMES[0], None, None):
        from live_emotion.models.architectures import choose

        choice = choose(architecture, options["preset"], vision, audio)
        options["preset"] = choice.name
        if choice.architecture.joint is not None and branch != "fusion":
            raise UserError(
                f"{architecture} judges whole windows: train it with `live-emotion train fusion "
                f"--architecture {architecture}`."
            )
        if branch != "fusion" and "+" in choice.name:
            raise UserError(
                "Only the fusion can be trained of a mixture: train each encoder with the "
                "--architecture that it comes from."
            )
        if choice.architecture.joint is not None:
            from live_emotion.training.joint import train_joint

            return train_joint
    if options["folds"] is not None:
        from live_emotion.training.audio_folds import train_folds

        return train_folds
    if options["steps"] is not None and branch in ("vision", "audio"):
        budget = importlib.import_module("live_emotion.training.budget")
        short: Callable[[TrainOptions], Path] = getattr(budget, f"train_{branch}")
        return short
    module = importlib.import_module(f"live_emotion.training.{branch}")
    whole: Callable[[TrainOptions], Path] = getattr(module, f"train_{branch}")
    return whole
