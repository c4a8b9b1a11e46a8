"""Whether the flow does less than it would at this moment: no Qt in here."""

from __future__ import annotations

from typing import Final

from live_emotion.core.estimate import Health
from live_emotion.dashboard.language import tr

# For so long after something was left out the machine counts as too busy.
HOLD_S: Final = 3.0
_SEARCHES: Final = ("face_searches", "people")


class LoadWatch:
    """Tells from the counters of one session how they grow, health by health."""

    def __init__(self) -> None:
        self._last: Health | None = None
        self._forget()

    def words(self, health: Health | None) -> str:
        """Return what is being left out at the moment, ``""`` when the flow keeps up.

        Parameters
        ----------
        health
            The newest; one that was seen before changes nothing.
        """
        if health is None:
            return ""
        last = self._last
        if last is not None and health.t < last.t:  # another session
            self._forget()
            last = None
        if last is not None:
            if _grew(last, health, "ticks"):
                self._skipped_at = health.t
            if _grew(last, health, "transcript_audio"):
                self._unheard_at = health.t
            if any(_grew(last, health, name) for name in _SEARCHES):
                self._rested_at = health.t
        self._last = health
        if health.t - self._skipped_at < HOLD_S:
            return tr("busy, scores are left out now")
        if health.t - self._unheard_at < HOLD_S:
            return tr("busy, words are left out now")
        if health.t - self._rested_at < HOLD_S:
            return tr("busy, fewer face searches now")
        return ""

    def _forget(self) -> None:
        self._skipped_at = self._unheard_at = self._rested_at = float("-inf")


def _grew(before: Health, after: Health, name: str) -> bool:
    return after.dropped.get(name, 0) > before.dropped.get(name, 0)
