"""`live-emotion bench`: how fast the program is on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Function = Callable[..., Any]


def _common(function: Function) -> Function:
    for option in reversed(
        (
            click.option(
                "--preset", default="live", show_default=True, help="Sizes of the networks."
            ),
            click.option(
                "--engine",
                default="auto",
                show_default=True,
                metavar="NAME",
                help="What runs the networks: auto, torch, openvino, openvino:bfloat16 ...",
            ),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        )
    ):
        function = option(function)
    return function


def _repeat(default: int) -> Callable[[Function], Function]:
    return click.option(
        "--repeat",
        type=click.IntRange(min=1),
        default=default,
        show_default=True,
        metavar="N",
        help="Runs of each that count.",
    )


_minutes = click.option(
    "--minutes",
    type=click.FloatRange(min=0.1),
    default=10.0,
    show_default=True,
    metavar="M",
    help="Length of the live measurement.",
)
_fer = click.option(
    "--fer",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The network of the fer package (.tflite).  [default: that of an installed package]",
)


@click.group(
    "bench",
    short_help="Measure how fast the program is on this machine.",
    invoke_without_command=True,
)
@_common
@_minutes
@_fer
@click.pass_context
def command(
    ctx: click.Context, preset: str, engine: str, as_json: bool, minutes: float, fer: Path | None
) -> None:
    """Measure how fast the program is on this machine.

    What is compared takes turns in one process. Ratios say how many times less. A fallback that
    nobody asked for ends a measurement with exit code 2.

    Without a command everything is measured, the window at the preset's and at the paper's sizes;
    that takes some minutes more than the live measurement.
    """
    if ctx.invoked_subcommand is not None:
        return
    from live_emotion.bench.everything import bench_everything

    reports = bench_everything(
        preset, engine, minutes, fer, told=lambda name: click.echo(f"{name} ...", err=True)
    )
    _finish({"bench": "everything", "preset": preset, "parts": reports}, as_json=as_json)


@command.command("encoders")
@_common
@_repeat(30)
def encoders(preset: str, engine: str, as_json: bool, repeat: int) -> None:
    """Time one call of every encoder on every engine at hand."""
    from live_emotion.bench.encoders import bench_encoders

    _finish(bench_encoders(preset, engine, repeat), as_json=as_json)


@command.command("window")
@_common
@_repeat(30)
def window(preset: str, engine: str, as_json: bool, repeat: int) -> None:
    """Time a tick against recomputing the window of 12 ticks.

    A tick is one face, one mel piece and both sequence encoders.
    """
    from live_emotion.bench.window import bench_window

    _finish(bench_window(preset, engine, repeat), as_json=as_json)


@command.command("replay")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@_common
@_repeat(3)
@click.option("--no-transcript", is_flag=True, help="Leave the words out.")
def replay(
    file: Path | None, preset: str, engine: str, as_json: bool, repeat: int, no_transcript: bool
) -> None:
    """Replay FILE as fast as it goes, and say where the time went.

    Without FILE a minute of the demo clip is played: 720p, 30 frames a second.
    """
    from live_emotion.bench.replay import bench_replay

    report = bench_replay(preset, engine, repeat, file, transcript=not no_transcript)
    _finish(report, as_json=as_json)


@command.command("peers")
@_common
@_repeat(30)
@_fer
def peers(preset: str, engine: str, as_json: bool, repeat: int, fer: Path | None) -> None:
    """Time what other packages take: fer's network for a face, whisper for a second of speech."""
    from live_emotion.bench.peers import bench_peers

    _finish(bench_peers(preset, engine, repeat, fer), as_json=as_json)


@command.command("live")
@_common
@_minutes
@click.option("--repeat", type=click.IntRange(min=1), default=1, hidden=True)
def live(preset: str, engine: str, as_json: bool, minutes: float, repeat: int) -> None:
    """Run the desktop program with a camera and a microphone, and measure it from outside.

    Needs Xvfb and PulseAudio. Latency runs from the time painted into the camera's picture to
    the pixels of the window.
    """
    from live_emotion.bench.live import bench_live

    _finish(bench_live(preset, engine, minutes), as_json=as_json)


@command.command("compare")
@_common
@_repeat(10)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    metavar="DIR",
    help="Folder of training data: also train each a little and tell its accuracy.",
)
@click.option(
    "--steps",
    type=click.IntRange(min=1),
    default=200,
    show_default=True,
    metavar="N",
    help="Batches that each network learns from.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Where to train.",
)
def compare(
    preset: str,
    engine: str,
    as_json: bool,
    repeat: int,
    data: Path | None,
    steps: int,
    device: str,
) -> None:
    """Compare all architectures: size, work, time, memory, accuracy.

    They get the same window and take turns on the same engine. With --data each also learns for
    the same number of steps; 200 of them take about a quarter of an hour on a CPU, most of it
    V2EM's.
    """
    from live_emotion.bench.compare import bench_compare

    report = bench_compare(
        preset,
        engine,
        repeat,
        data=data,
        steps=steps,
        device=device,
        told=lambda text: click.echo(f"{text} ...", err=True),
    )
    _finish(report, as_json=as_json)


def _finish(report: dict[str, Any], *, as_json: bool) -> None:
    from live_emotion.bench.machine import describe_machine

    report["machine"] = describe_machine()
    if as_json:
        click.echo(json.dumps(report, indent=2, allow_nan=False))
        return
    from rich.console import Console

    from live_emotion.cli.bench_table import print_bench

    if report["bench"] == "compare":
        from live_emotion.cli.compare_table import print_compare as print_bench

    print_bench(report, Console(highlight=False))
