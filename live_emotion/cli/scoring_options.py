"""The options that say how a camera, a microphone or a file is scored."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import click

from live_emotion.cli.architecture import architecture_options
from live_emotion.cli.engine_param import engine_option

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# As they stand in the help, from top to bottom.
_OPTIONS: Final[tuple[Decorator, ...]] = (
    click.option("--preset", default="live", show_default=True, help="Sizes of the networks."),
    architecture_options,
    engine_option,
    click.option(
        "--whisper-model",
        metavar="M",
        help="Speech model: a name or a folder.  [default: tiny.en, comes with the program]",
    ),
    click.option(
        "--language",
        metavar="CODE",
        help="Language that is spoken, such as de; tiny.en knows English only.  "
        "[default: en, or what a model of several languages tells]",
    ),
    click.option(
        "--window-ticks",
        type=click.IntRange(3, 12),
        default=12,
        show_default=True,
        metavar="N",
        help="Ticks of 0.4 s that each score looks back on.",
    ),
    click.option("--text", metavar="NAME", help="Other weights for the words, such as albert."),
    click.option("--no-transcript", is_flag=True, help="Leave the words out."),
)


def scoring_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--preset``, ``--engine``, ``--whisper-model`` and the like to a command.

    It gets `preset` (which says the architecture, too), `engine`, `whisper_model`, `language`,
    `window_ticks`, `text` and `transcript`, as `LiveOptions` and `ReplayOptions` name them.
    """

    @functools.wraps(function)
    def wrapped(*args: Any, no_transcript: bool, **options: Any) -> Any:
        return function(*args, transcript=not no_transcript, **options)

    made: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        made = option(made)
    return made
