"""The gate that pauses a replay: the pipeline's thread waits at it."""

from __future__ import annotations

import threading

_POLL_S = 0.1


class Gate:
    """Open at first; `close` makes whoever calls `wait` stand still until `open`.

    The observer of the window waits here on the pipeline's thread, which holds the whole flow
    up: nothing is decoded, scored or logged meanwhile, so nothing is lost either. A set `stop`
    always lets the thread through, whoever sets it.

    Parameters
    ----------
    stop
        Ends every wait once set.
    """

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._opened = threading.Event()
        self._opened.set()

    @property
    def closed(self) -> bool:
        """Whether the flow is held."""
        return not self._opened.is_set()

    def close(self) -> None:
        """Hold the flow at its next frame or tick."""
        self._opened.clear()

    def open(self) -> None:
        """Let the flow go on."""
        self._opened.set()

    def wait(self) -> None:
        """Return at once if open, else when the gate opens or `stop` is set."""
        while not self._opened.is_set() and not self._stop.is_set():
            self._opened.wait(_POLL_S)
