"""What the user asks of a running flow, from any thread."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

Deed = Literal["follow", "begin baseline", "clear baseline"]


@dataclass(frozen=True, slots=True)
class Order:
    """One wish; `face_id` says whom to follow, None for the main face."""

    deed: Deed
    face_id: int | None = None


@runtime_checkable
class Followable(Protocol):
    """Something that follows people and keeps their baselines: a live session or a replay."""

    def follow(self, face_id: int | None) -> None:
        """Follow a person, or the main face again for None."""

    def begin_baseline(self) -> None:
        """Begin the ten seconds from which the followed person's neutral baseline is drawn."""

    def clear_baseline(self) -> None:
        """Forget the followed person's neutral baseline, or break off its ten seconds."""


class Orders:
    """Takes orders on any thread; the flow carries them out at the next tick."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Order] = queue.SimpleQueue()

    def follow(self, face_id: int | None) -> None:
        """Follow a person, or the main face again for None."""
        self._queue.put(Order("follow", face_id))

    def begin_baseline(self) -> None:
        """Begin the followed person's ten seconds of a neutral face."""
        self._queue.put(Order("begin baseline"))

    def clear_baseline(self) -> None:
        """Forget the followed person's baseline, or break off its ten seconds."""
        self._queue.put(Order("clear baseline"))

    def take(self) -> Iterator[Order]:
        """Hand out what was ordered since the last call."""
        while not self._queue.empty():
            yield self._queue.get()
