"""A bar on the terminal for loops that take minutes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.progress import track

T = TypeVar("T")


def tracked(items: Sequence[T], label: str) -> Iterable[T]:
    """Yield the items with a bar on stderr, if that is a terminal; it goes when it is done."""
    console = Console(stderr=True)
    return track(items, label, console=console, transient=True, disable=not console.is_terminal)
