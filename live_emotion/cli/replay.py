"""`live-emotion replay`: a file in, expressions, transcript and session log out."""

from __future__ import annotations

import contextlib
import datetime
import math
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from live_emotion.cli.interrupts import ctrl_c_sets, ended_by_hangup
from live_emotion.cli.scoring_options import scoring_options

if TYPE_CHECKING:
    from rich.console import Console

    from live_emotion.cli.recording import RecordedReplay
    from live_emotion.pipeline.options import ReplayOptions


class Speed(click.ParamType[float]):
    """A pace: a number above 0, or ``max`` (infinite here)."""

    name = "max|X"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the pace as a number."""
        if value == "max":
            return math.inf
        try:
            speed = float(str(value))
        except ValueError:
            speed = 0.0
        if not (0.0 < speed < math.inf):
            self.fail(f"{value!r} is neither 'max' nor a number above 0.", param, ctx)
        return speed


@click.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Folder of the session; must not hold one yet.  [default: one named after file and time]",
)
@click.option(
    "--speed",
    type=Speed(),
    help="Pace: 1 is real time, max as fast as it goes.  [default: 1 in a window, else max]",
)
@click.option("--no-window", is_flag=True, help="Stay in the terminal even if there is a display.")
@click.option(
    "--start",
    type=click.FloatRange(min=0.0),
    default=0.0,
    metavar="S",
    help="Begin at this second of the file.",
)
@click.option(
    "--end", type=click.FloatRange(min=0.0), metavar="S", help="End at this second of the file."
)
@scoring_options
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def command(
    file: Path,
    output: Path | None,
    speed: float | None,
    no_window: bool,
    start: float,
    end: float | None,
    as_json: bool,
    **scoring: Any,
) -> None:
    """Replay FILE: score face, voice and words, and write a session log.

    Ctrl-C, or closing the window, ends the replay early; its log is whole then and the exit
    code 0. Bad input gives one sentence and exit code 2. The folder of a recorded session is
    shown again, as `live-emotion open` does.
    """
    from live_emotion.cli.report import report
    from live_emotion.cli.windows import window_available
    from live_emotion.pipeline.options import ReplayOptions
    from live_emotion.session.reader import is_session

    window = not no_window and window_available()
    if is_session(file):
        from live_emotion.cli.open import show_session

        show_session(file, window=window, as_json=as_json)
        return
    if speed is None:
        speed = 1.0 if window else math.inf
    options = ReplayOptions(
        path=file,
        speed=None if math.isinf(speed) else speed,
        start=start,
        end=end,
        **scoring,
    )
    folder = _record(options, output or _default_folder(file), window=window, quiet=as_json)
    report(folder, as_json=as_json)


def _record(options: ReplayOptions, folder: Path, *, window: bool, quiet: bool) -> Path:
    """Run the replay into `folder`, which is made only once everything else is open."""
    from rich.console import Console

    from live_emotion.cli.recording import RecordedReplay
    from live_emotion.session.log_files import check_free

    check_free(folder)
    if window:
        from live_emotion.dashboard.app import run

        with ended_by_hangup():
            run(
                lambda: RecordedReplay.open(options, folder),
                [],
                options.path.name,
                speed=options.speed,
            )
        return folder
    console = Console(stderr=True)
    lively = console.is_terminal and not quiet
    with (
        console.status("Opening the file and the networks") if lively else contextlib.nullcontext()
    ):
        recorded = RecordedReplay.open(options, folder)
    with recorded, ended_by_hangup():
        _run_in_terminal(recorded, options, console if lively else None)
    return folder


def _run_in_terminal(
    replay: RecordedReplay, options: ReplayOptions, console: Console | None
) -> None:
    """Run with a bar on the console, if there is one, until the end or Ctrl-C."""
    from live_emotion.cli.progress import ProgressObserver

    stop = threading.Event()
    with ctrl_c_sets(stop):
        if console is None:
            replay.run([], stop)
            return
        ends = [end for end in (replay.info.duration, options.end) if end is not None]
        total = max(0.0, min(ends) - options.start) if ends else None
        with ProgressObserver(console, options.path.name, options.start, total) as bar:
            replay.run([bar], stop)


def _default_folder(file: Path) -> Path:
    from live_emotion.core.resources import sessions_dir

    now = datetime.datetime.now().astimezone()
    first = sessions_dir() / f"{file.stem}-{now:%Y%m%d-%H%M%S}"
    folder, number = first, 1
    while folder.exists():
        number += 1
        folder = first.with_name(f"{first.name}-{number}")
    return folder
