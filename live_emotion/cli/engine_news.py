"""Says on stderr that engines are being built: the first start takes a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import click

_FIRST = "Making the networks ready for this machine, once; the next start is quick:"


@contextlib.contextmanager
def engine_news() -> Iterator[None]:
    """Within the ``with``, print a line for each engine that is built."""
    from live_emotion.runtime.news import news_to

    told = False

    def show(line: str) -> None:
        nonlocal told
        with contextlib.suppress(OSError, ValueError):  # nobody reads, or there is no stderr
            if not told:
                told = True
                click.echo(_FIRST, err=True)
            click.echo(f"  {line}", err=True)

    with news_to(show):
        yield
