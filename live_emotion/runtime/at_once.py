"""Open engines that lie ready in the cache at the same time, each on a thread of its own.

Half of such a start is reading files and hashing them, which holds no lock of Python's. OpenVINO
itself compiles one at a time, see `live_emotion.runtime.openvino_library.READING`.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Collection, MutableMapping
from typing import Final

from live_emotion.runtime.choosing import Chooser
from live_emotion.runtime.cpu import cpu_cores
from live_emotion.runtime.engine import EncoderName, Engine
from live_emotion.runtime.kits import kits_here
from live_emotion.runtime.openvino_library import core
from live_emotion.runtime.remembered import Choice

_MOST_THREADS: Final = 4


def at_once(
    chooser: Callable[[EncoderName], Chooser],
    encoders: Collection[EncoderName],
    choices: MutableMapping[EncoderName, Choice],
    also: Callable[[], object] = lambda: None,
) -> dict[EncoderName, Engine]:
    """Return the engines of those encoders that lie ready.

    Parameters
    ----------
    chooser
        Returns what chooses an encoder's engine.
    encoders
        Names.
    choices
        Gets the remembered choice of each engine that was opened.
    also
        Called at the same time.
    """
    core()  # made once, before several threads ask for it
    kits_here()

    def opened(name: EncoderName) -> tuple[Engine, Choice] | None:
        return chooser(name).recalled()

    engines: dict[EncoderName, Engine] = {}
    threads = max(1, min(cpu_cores(), _MOST_THREADS))
    with concurrent.futures.ThreadPoolExecutor(threads, "open-engine") as pool:
        beside = pool.submit(also)  # first, since words take longest
        waiting = {name: pool.submit(opened, name) for name in encoders}
    ends = [beside.exception(), *(one.exception() for one in waiting.values())]
    errors = [error for error in ends if error is not None]
    for name, one in waiting.items():
        if one.exception() is None and (found := one.result()) is not None:
            engines[name], choices[name] = found
    if errors:
        for engine in engines.values():
            engine.close()
        raise errors[0]
    return engines
