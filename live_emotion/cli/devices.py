"""`live-emotion devices`: the cameras and microphones that are there now, by name."""

from __future__ import annotations

import dataclasses
import json

import click


@click.command("devices", short_help="List cameras and microphones.")
@click.option("--json", "as_json", is_flag=True, help="Print the lists as one JSON object.")
def command(as_json: bool) -> None:
    """List the cameras and microphones that are there now, as `live-emotion live` takes them."""
    from live_emotion.capture.devices import cameras, microphones
    from live_emotion.cli.quiet_libraries import quiet_libraries

    with quiet_libraries():
        seen, heard = cameras(), microphones()
    if as_json:
        whole = {
            "cameras": [dataclasses.asdict(camera) for camera in seen],
            "microphones": [dataclasses.asdict(microphone) for microphone in heard],
        }
        click.echo(json.dumps(whole, indent=2))
        return
    click.echo("Cameras:" if seen else "Cameras: none (an http or rtsp address works, too)")
    for camera in seen:
        allowed = "" if camera.allowed else " (no right to open it)"
        click.echo(f"  {camera.index}  {camera.name}{allowed}")
    click.echo("Microphones:" if heard else "Microphones: none")
    for microphone in heard:
        marks = [
            word
            for word, holds in (
                ("default", microphone.default),
                ("loudspeaker", microphone.monitor),
            )
            if holds
        ]
        about = f" ({', '.join(marks)})" if marks else ""
        described = microphone.description
        named = f" [{microphone.name}]" if microphone.name != described else ""
        click.echo(f"  {described}{named}{about}")
