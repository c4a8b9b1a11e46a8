"""The options that choose an architecture, for every command that takes a preset."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final

import click

# As `live_emotion.models` has them; commands import it only when they run.
NAMES: Final = ("rfam", "v2em", "fe2e", "lf-lstm", "lf-trans", "mult", "afg")
VISION: Final = ("rfam", "repvgg", "vgg")
AUDIO: Final = ("focal", "nest", "vgg")


def architecture_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--architecture``, ``--vision`` and ``--audio`` to a command with ``--preset``.

    The command gets the name of a preset that says it all, see
    `live_emotion.models.architectures.Choice.name`.
    """

    @click.option(
        "--architecture",
        type=click.Choice(NAMES),
        default=NAMES[0],
        show_default=True,
        help="Whose networks: this program's, or others' to compare with.",
    )
    @click.option(
        "--vision",
        type=click.Choice(VISION),
        help="Another encoder of faces.  [default: the architecture's]",
    )
    @click.option(
        "--audio",
        type=click.Choice(AUDIO),
        help="Another encoder of sound.  [default: the architecture's]",
    )
    @functools.wraps(function)
    def wrapped(
        *args: Any, architecture: str, vision: str | None, audio: str | None, **options: Any
    ) -> Any:
        if (architecture, vision, audio) != (NAMES[0], None, None):
            from live_emotion.models.architectures import choose

            made = choose(architecture, options["preset"], vision, audio)
            options["preset"] = made.name
        return function(*args, **options)

    return wrapped
