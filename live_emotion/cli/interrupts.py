"""Ctrl-C and the end of the terminal: a run ends in good order, its log whole."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def ctrl_c_sets(stop: threading.Event) -> Iterator[None]:
    """Let the first Ctrl-C end the run in good order; the second does it at once."""

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    with _handled({"SIGINT": on_interrupt}):
        yield


@contextlib.contextmanager
def ended_by_hangup() -> Iterator[None]:
    """Treat the end of the terminal or of the system's session like a Ctrl-C."""

    def on_hangup(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGINT)

    with _handled({"SIGTERM": on_hangup, "SIGHUP": on_hangup}):
        yield


@contextlib.contextmanager
def _handled(handlers: dict[str, object]) -> Iterator[None]:
    # Only the main thread may set handlers, and not every system has every signal.
    usable = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name, None) for name in handlers] if usable else []
    before = {}
    for number, handler in zip(numbers, handlers.values(), strict=False):
        if number is not None:
            before[number] = signal.signal(number, handler)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
