"""Damage met while playing a file, told as a bounded number of device events."""

from __future__ import annotations

import logging
from typing import Final

from live_emotion.core.estimate import DeviceEvent

_LOG = logging.getLogger(__name__)

MAX_EVENTS: Final = 20
# Damage that goes on is one event, not one a packet.
_QUIET_S: Final = 1.0


class DamageReport:
    """Collects what is damaged in one file; `take` hands over the events to yield.

    Parameters
    ----------
    name
        Name of the file, the events' `device`.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._pending: list[DeviceEvent] = []
        self._told: dict[str, float] = {}
        self._events = 0
        self.count = 0

    def add(self, t: float, message: str, *, kind: str = "") -> None:
        """Note damage at media second `t`; repeats of a kind within a second are only counted."""
        self.count += 1
        last = self._told.get(kind)
        self._told[kind] = t
        if last is not None and abs(t - last) < _QUIET_S:
            return
        if self._events >= MAX_EVENTS:
            return
        self._events += 1
        if self._events == MAX_EVENTS:
            message += " (further damage is not listed)"
        _LOG.warning("%s, %.2f s: %s", self._name, t, message)
        self._pending.append(DeviceEvent(max(t, 0.0), self._name, "damaged", message))

    def take(self) -> list[DeviceEvent]:
        """Return the events noted since the last call."""
        pending, self._pending = self._pending, []
        return pending
