"""`live-emotion engines`: build, list, check and remove what runs the networks."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

import click

from live_emotion.core.errors import UserError

if TYPE_CHECKING:
    from live_emotion.runtime.engine import EncoderName, EngineName, Precision
    from live_emotion.runtime.stock import StockEntry

Function = Callable[..., Any]
_ENCODERS: Final = (
    *("vision_face", "vision_sequence", "audio_piece", "audio_sequence", "text", "face_finder"),
    "words_valence",
)


def _which(function: Function) -> Function:
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
        click.option(
            "--precision",
            "precisions",
            multiple=True,
            type=click.Choice(["float32", "bfloat16", "float16", "int8"]),
            help="Only this precision; may be given again.  [default: all the recipe allows]",
        ),
        click.option(
            "--encoder",
            "encoders",
            multiple=True,
            type=click.Choice(_ENCODERS),
            help="Only this encoder; may be given again.  [default: all]",
        ),
        click.option("--preset", default="live", show_default=True, help="Sizes of the networks."),
    ):
        function = option(function)
    return function


_NOTHING: Final = (
    "Nothing fits all that was asked for: leave out --encoder, --engine or --precision, or "
    "choose another preset."
)

_ENGINE = click.option(
    "--engine",
    type=click.Choice(["auto", "openvino", "cuda", "tensorrt", "rtx"]),
    default="auto",
    show_default=True,
    help="What kind of engines; auto builds all that can run here and keeps the fastest.",
)
_THREADS = click.option(
    "--threads", type=click.IntRange(min=1), help="CPU threads.  [default: the program's]"
)
_TEXT = click.option("--text", metavar="NAME", help="Other weights for the words, such as albert.")


@click.group("engines", short_help="Build, list, check and remove what runs the networks.")
def command() -> None:
    """Build, list, check and remove the engines that run the networks.

    An engine is a network made ready for this machine. It is held against PyTorch in float32,
    and one that is off by more than its recipe allows is never used.
    """


@command.command("build")
@_ENGINE
@_which
@_THREADS
@_TEXT
@click.pass_context
def build(
    ctx: click.Context,
    /,
    as_json: bool,
    engine: str,
    encoders: tuple[EncoderName, ...],
    **options: Any,
) -> None:
    """Build, check and time the engines of a preset, and keep them.

    With --engine auto the fastest engine of each encoder is found, and remembered. The exit code
    is 1 if every engine that was asked for is refused.
    """
    if engine == "auto":
        _choose(as_json, encoders or _ENCODERS, **options)
        return
    from live_emotion.runtime.stock import StockKeeper

    keeper = StockKeeper(**_keeper(engine, **options))
    entries = _show(keeper.build(encoders or _ENCODERS), as_json=as_json, title="Built")
    if all(entry.state == "refused" for entry in entries):
        ctx.exit(1)


@command.command("check")
@_ENGINE
@_which
@_THREADS
@_TEXT
@click.pass_context
def check(
    ctx: click.Context,
    /,
    as_json: bool,
    engine: str,
    encoders: tuple[EncoderName, ...],
    **options: Any,
) -> None:
    """Check the engines of a preset again, on random and on real input, and time them.

    Without --engine: what OpenVINO can run here. An engine that is off by more than its recipe
    allows is not used from then on, and the exit code is 1 if that was float32.
    """
    from live_emotion.runtime.stock import StockKeeper

    keeper = StockKeeper(**_keeper("openvino" if engine == "auto" else engine, **options))
    entries = _show(keeper.check(encoders or _ENCODERS), as_json=as_json, title="Checked")
    if any(e.state == "refused" and e.precision == "float32" for e in entries):
        ctx.exit(1)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_engines(as_json: bool) -> None:
    """List the engines that are there: what they are, how fast, how exact, how large, how old."""
    from live_emotion.runtime.cache import engines_cache
    from live_emotion.runtime.stock import stock

    title = f"Engines in {engines_cache()}"
    entries = _show(iter(stock()), as_json=as_json, title=title, expected=False)
    if not entries and not as_json:
        click.echo("None are built yet: the first start does, or `live-emotion engines build`.")


@command.command("clean")
@click.option("--all", "everything", is_flag=True, help="Remove every engine, and the choices.")
def clean(everything: bool) -> None:
    """Remove engines that newer ones took the place of; with --all every one.

    What is missing is built again when it is needed. Engines that a program has open stay.
    """
    from live_emotion.runtime import cache_care

    if everything:
        count, size = cache_care.clean()
    else:
        count, size = cache_care.clean([path.name for path in cache_care.replaced()])
    click.echo(f"{count} engines removed, {size / 1e6:.0f} MB.")
    if everything and (left := len(cache_care.used_now())):
        click.echo(f"{left} stay, for a program has them open.")


def _keeper(engine: str, precisions: tuple[str, ...], **options: Any) -> dict[str, Any]:
    if options["threads"] is None:
        del options["threads"]
    chosen = cast("tuple[Precision, ...]", precisions)
    return {"engine": cast("EngineName", engine), "precisions": chosen, **options}


def _choose(
    as_json: bool,
    encoders: Sequence[EncoderName],
    preset: str,
    precisions: tuple[str, ...],
    **options: Any,
) -> None:
    from live_emotion.runtime.choice_report import chosen_engines

    found = chosen_engines(preset, precisions, encoders=encoders, **options)
    if not found:
        raise UserError(_NOTHING)
    if as_json:
        click.echo(json.dumps({"choices": [dataclasses.asdict(c) for c in found]}, indent=2))
        return
    for choice in found:
        times = {m.candidate: m.ms for m in choice.tried}
        best = None if choice.chosen is None else times[choice.chosen]
        click.echo(f"{choice.encoder}: {choice.chosen or 'none'}{_ms(best)}")
        for tried in choice.tried:
            if tried.candidate != choice.chosen:
                what = f"refused, {tried.refusal}" if tried.refusal else _ms(tried.ms).strip(", ")
                click.echo(f"    {tried.candidate}: {what}")


def _ms(ms: float | None) -> str:
    return "" if ms is None else f", {ms:.2f} ms"


def _show(
    entries: Iterable[StockEntry], *, as_json: bool, title: str, expected: bool = True
) -> list[StockEntry]:
    found = list(entries)
    if not found and expected:
        raise UserError(_NOTHING)
    if as_json:
        click.echo(json.dumps({"engines": [dataclasses.asdict(e) for e in found]}, indent=2))
    elif found:
        from live_emotion.cli.engines_table import engines_lines

        click.echo(f"{title}:")
        for line in engines_lines(found):
            click.echo(line)
    return found
