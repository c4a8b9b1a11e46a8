"""`live-emotion open`: a recorded session, shown again without running a network."""

from __future__ import annotations

from pathlib import Path

import click

from live_emotion.cli.interrupts import ended_by_hangup


@click.command("open", short_help="Show a recorded session again.")
@click.argument("session", type=click.Path(path_type=Path), metavar="SESSION_FOLDER")
@click.option("--no-window", is_flag=True, help="Print its summary even if there is a display.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
def command(session: Path, no_window: bool, as_json: bool) -> None:
    """Show a recorded session: curves, contributions, transcript and markers, at once.

    Its media file is played along if the log names one that is still there. Nothing is scored
    again, and nothing is written. A damaged log is shown as far as it can be read.
    """
    from live_emotion.cli.windows import window_available

    show_session(session, window=not no_window and window_available(), as_json=as_json)


def show_session(folder: Path, *, window: bool, as_json: bool) -> None:
    """Show a session in a window; without one, or as JSON, print its summary.

    Raises
    ------
    UserError
        If the folder holds no session.
    """
    if as_json or not window:
        from live_emotion.cli.report import report

        report(folder, as_json=as_json)
        return
    from live_emotion.dashboard.app import run
    from live_emotion.pipeline.recorded import RecordedSession

    with ended_by_hangup():
        run(lambda: RecordedSession.open(folder), [], folder.name, paused=True)
