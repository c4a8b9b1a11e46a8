"""Things that take a moment and must not take it on Qt's thread: devices, files."""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from live_emotion.core.errors import UserError

_LOG = logging.getLogger(__name__)
_KEPT: Final = 20


class Errands:
    """Runs calls one after the other on a thread of its own; what fails is told in words.

    Parameters
    ----------
    name
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._calls: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._told: deque[str] = deque(maxlen=_KEPT)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, call: Callable[[], None]) -> None:
        """Run `call` soon, after those asked for before."""
        self._calls.put(call)

    def tell(self, sentence: str) -> None:
        """Put a sentence where the window looks for them."""
        self._told.append(sentence)

    def take(self) -> list[str]:
        """Return the sentences since the last call."""
        taken = []
        while self._told:
            taken.append(self._told.popleft())
        return taken

    def end(self, timeout: float | None = None) -> None:
        """Finish what was asked for and end the thread; wait for it at most `timeout` seconds."""
        self._calls.put(None)
        self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            call = self._calls.get()
            if call is None:
                return
            try:
                call()
            except UserError as error:
                _LOG.info("an errand failed", exc_info=True)
                self.tell(str(error))
            except Exception as error:
                _LOG.exception("an errand failed")
                said = str(error) or type(error).__name__
                self.tell(f"Something went wrong: {said}. Details are in the program's log.")
