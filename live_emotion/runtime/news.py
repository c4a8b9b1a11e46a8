"""Lines for whoever waits: engines are built at the first start, and that takes a while."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator

Listener = Callable[[str], None]

_log = logging.getLogger(__name__)
_listeners: list[Listener] = []


@contextlib.contextmanager
def news_to(listener: Listener) -> Iterator[None]:
    """Within the ``with``, tell a listener what is being done; it may be called on any thread."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(line: str) -> None:
    """Tell all listeners, and the log."""
    _log.info("%s", line)
    for listener in tuple(_listeners):
        listener(line)
