"""`live-emotion data`: data sets of other people to the folders that this program takes."""

from __future__ import annotations

from pathlib import Path

import click


@click.group("data")
def command() -> None:
    """Prepare data sets for `train` and `evaluate`."""


@command.command("import")
@click.argument("kind", metavar="iemocap|mosei", type=click.Choice(["iemocap", "mosei"]))
@click.argument("source", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("target", type=click.Path(path_type=Path, file_okay=False))
def import_data(kind: str, source: Path, target: Path) -> None:
    """Turn the released folders of IEMOCAP or CMU-MOSEI in SOURCE into tables in TARGET.

    TARGET gets `audio.csv` with its clips, `text.tsv`, and for CMU-MOSEI `av.csv`, which names
    the videos where they lie.
    """
    from rich.console import Console
    from rich.progress import Progress

    from live_emotion.training.manifests.convert import READERS, manifest_to_data

    rows = READERS[kind](source)
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"{kind}: cutting clips", total=len(rows))
        made = manifest_to_data(
            rows, kind, target, lambda done, total: progress.update(task, completed=done)
        )
    click.echo(
        f"{target}: {made.audio} clips, {made.text} texts, {made.av} talking faces; "
        f"{made.left_out} utterances fit none of the tables."
    )
