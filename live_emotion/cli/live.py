"""`live-emotion live`: camera and microphone in, expressions and transcript out."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from live_emotion.cli.interrupts import ctrl_c_sets, ended_by_hangup
from live_emotion.cli.scoring_options import scoring_options
from live_emotion.core.errors import UserError

if TYPE_CHECKING:
    from live_emotion.pipeline.live_options import LiveOptions
    from live_emotion.pipeline.options import Counts
    from live_emotion.session.media_files import Storage


@click.command("live", short_help="Score camera and microphone as they come.")
@click.option(
    "--window/--no-window",
    "--dashboard",
    "window",
    help="Open the dashboard with these devices and networks; or stay in the terminal, as it does "
    "anyway.",
)
@click.option(
    "--camera",
    default="0",
    show_default=True,
    metavar="N|NAME|URL|none",
    help="Camera: a number or a name (see `live-emotion devices`), or an http or rtsp address.",
)
@click.option(
    "--microphone",
    default="default",
    show_default=True,
    metavar="NAME|default|none",
    help="Microphone, by its name or a part of it.",
)
@click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a session log into this folder; must not hold one yet.  [default: nothing is kept]",
)
@click.option("--store-video", is_flag=True, help="Keep the camera's video with the recording.")
@click.option("--store-sound", is_flag=True, help="Keep the microphone's sound with the recording.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.0, min_open=True),
    metavar="N",
    help="End after this many seconds.  [default: Ctrl-C ends it]",
)
@scoring_options
@click.option("--json", "as_json", is_flag=True, help="Print the counts as one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    window: bool,
    camera: str,
    microphone: str,
    record: Path | None,
    store_video: bool,
    store_sound: bool,
    seconds: float | None,
    as_json: bool,
    **scoring: Any,
) -> None:
    """Score face, voice and words as camera and microphone give them.

    Either device may be missing, and may come and go: it is taken as soon as it is there. Picture
    and sound are not kept unless you ask for it, and nothing leaves this machine.
    """
    if window:
        _open_dashboard(ctx)
        return
    from live_emotion.capture.choices import camera_choice, microphone_choice
    from live_emotion.pipeline.live_options import LiveOptions
    from live_emotion.session.media_files import Storage

    storage = Storage(store_video, store_sound)
    if storage and record is None:
        raise UserError("Video and sound are stored with a recording only: give --record DIR, too.")
    options = LiveOptions(
        camera=camera_choice(camera),
        microphone=microphone_choice(microphone),
        **scoring,
        seconds=seconds,
    )
    counts = _run(options, record, storage, quiet=as_json)
    if as_json:
        click.echo(json.dumps(_figures(counts, record), indent=2))
        return
    dropped = ", ".join(f"{count} {name}" for name, count in counts.dropped.items() if count)
    click.echo(
        f"{counts.media_s:.1f} s, {counts.estimates} estimates, {counts.frames_read} frames; "
        f"dropped: {dropped or 'nothing'}"
    )
    if record is not None:
        click.echo(f"Session: {record}")


# What the dashboard has settings for, by the names of the options and of the settings.
_SETTINGS: Final = {
    "camera": "camera",
    "microphone": "microphone",
    "preset": "preset",
    "engine": "engine",
    "whisper_model": "whisper_model",
    "language": "speech_language",
    "window_ticks": "window_ticks",
    "store_video": "store_video",
    "store_sound": "store_sound",
}


def _open_dashboard(ctx: click.Context) -> None:
    """Open the desktop app with what was given; the rest is as in its settings."""
    given = {
        name: value
        for name, value in ctx.params.items()
        if ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    given.pop("window")
    for name in ("camera", "microphone"):
        _check_device(name, given.get(name))
    chosen = {_SETTINGS[name]: given.pop(name) for name in list(given) if name in _SETTINGS}
    if given.pop("no_transcript", False):
        chosen["transcript"] = False
    if given:
        options = ", ".join(f"--{name.removeprefix('as_').replace('_', '-')}" for name in given)
        raise UserError(f"The dashboard does not know {options}: leave that out, or --window.")
    from live_emotion.cli.app import open_app

    open_app(chosen)


def _check_device(name: str, value: str | None) -> None:
    from live_emotion.capture.choices import camera_choice, microphone_choice

    if value is not None:
        (camera_choice if name == "camera" else microphone_choice)(value)


def _run(options: LiveOptions, folder: Path | None, storage: Storage, *, quiet: bool) -> Counts:
    """Run until the end or Ctrl-C; the folder is made only once everything else is open."""
    from live_emotion.cli.live_lines import LinesObserver
    from live_emotion.cli.quiet_libraries import quiet_libraries
    from live_emotion.pipeline.live import Live
    from live_emotion.session.log_files import check_free

    if folder is not None:
        check_free(folder)
    stop = threading.Event()
    with Live.open(options) as live, ended_by_hangup(), ctrl_c_sets(stop), quiet_libraries():
        if not quiet:
            for note in live.notes:
                click.echo(note)
        watching = [] if quiet else [LinesObserver()]
        if folder is None:
            return live.run(watching, stop)
        from live_emotion.cli.recording import record_live

        return record_live(live, folder, storage, watching, stop)


def _figures(counts: Counts, folder: Path | None) -> dict[str, object]:
    return {
        "session": str(folder) if folder is not None else None,
        "frames_read": counts.frames_read,
        "ticks": counts.ticks,
        "estimates": counts.estimates,
        "dropped": counts.dropped,
        "media_s": round(counts.media_s, 3),
        "wall_s": round(counts.wall_s, 3),
    }
