"""A person's neutral face as the zero from which changes are told.

For ten seconds the person holds a neutral face; the mean of the scores over the ticks in which the
face was seen becomes the baseline. What is told then is the difference from it, -1..1; the raw
scores go on as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.estimate import DeviceEvent, no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.ticks import TICK_S

DEVICE: Final = "baseline"
HOLD_S: Final = 10.0
HOLD_TICKS: Final = round(HOLD_S / TICK_S)
LEAST_TICKS: Final = 15
MOST_SPREAD: Final = 0.15
# A score over its threshold in more ticks than this share of them was no neutral face.
MOST_OVER: Final = 0.2
_MOST_PEOPLE: Final = 16


class Baselines:
    """Keeps the baselines of the people of a session, and draws new ones.

    Parameters
    ----------
    thresholds
        Returns ``(6,)``, the score from which each emotion counts as shown.
    """

    def __init__(self, thresholds: Callable[[], FloatArray]) -> None:
        self._thresholds = thresholds
        self._kept: dict[int, FloatArray] = {}
        self._person: int | None = None
        self._before: int | None = None
        self._ticks_left = 0
        self._rows: list[FloatArray] = []

    def begin(self, person: int | None, t: float) -> DeviceEvent:
        """Begin the ten seconds of a person; return what is to be told."""
        if person is None:
            return DeviceEvent(t, DEVICE, "failed", "no face is seen: there is no baseline to take")
        self._person, self._ticks_left, self._rows = person, HOLD_TICKS, []
        return DeviceEvent(
            t, DEVICE, "begun", f"person {person}: hold a neutral face for {HOLD_S:.0f} s"
        )

    def clear(self, person: int | None, t: float) -> DeviceEvent | None:
        """Break off the ten seconds, or forget a person's baseline; return what is to be told."""
        if self._person is not None:
            broken_off, self._person = self._person, None
            return DeviceEvent(
                t, DEVICE, "failed", f"person {broken_off}: the baseline was broken off"
            )
        if person is not None and self._kept.pop(person, None) is not None:
            return DeviceEvent(t, DEVICE, "cleared", f"person {person}: scores are raw again")
        return None

    def add(self, person: int | None, scores: FloatArray | None, t: float) -> DeviceEvent | None:
        """Take in a tick; return what is to be told.

        Parameters
        ----------
        person
            Who is followed.
        scores
            ``(6,)`` of that person; None where the face was not seen.
        t
            End of the tick in seconds.
        """
        before, self._before = self._before, person
        if self._person is None:
            if before in self._kept and person is not None and person not in self._kept:
                told = f"person {person} has no neutral baseline: scores are raw"
                return DeviceEvent(t, DEVICE, "none", told)
            return None
        if person != self._person:
            held, self._person = self._person, None
            return DeviceEvent(
                t,
                DEVICE,
                "failed",
                f"person {held} left or is followed no more: no baseline was taken, start again",
            )
        if scores is not None and np.isfinite(scores).all():
            self._rows.append(scores)
        self._ticks_left -= 1
        # Whoever has been away for too long need not wait for the end.
        hopeless = len(self._rows) + self._ticks_left < LEAST_TICKS
        return self._end(t) if hopeless or self._ticks_left == 0 else None

    def change(self, person: int | None, scores: FloatArray) -> FloatArray:
        """Return ``(6,)`` the change of a person's scores from their baseline; NaN without one."""
        kept = self._kept.get(person) if person is not None else None
        return no_scores() if kept is None else scores - kept

    def _end(self, t: float) -> DeviceEvent:
        person, self._person = self._person, None
        assert person is not None
        if len(self._rows) < LEAST_TICKS:
            seconds = len(self._rows) * TICK_S
            return DeviceEvent(
                t,
                DEVICE,
                "failed",
                f"person {person}: the face was seen for {seconds:.0f} s only, which is too "
                "little for a baseline: try again",
            )
        rows = np.stack(self._rows)
        # The oldest baseline goes when there are too many.
        self._kept.pop(person, None)
        while len(self._kept) >= _MOST_PEOPLE:
            del self._kept[next(iter(self._kept))]
        self._kept[person] = rows.mean(axis=0).astype(np.float32)
        doubt = self._doubt(rows)
        if doubt:
            return DeviceEvent(
                t,
                DEVICE,
                "doubtful",
                f"person {person}: the face was not held neutral ({doubt}): take it again, or "
                "clear it",
            )
        return DeviceEvent(t, DEVICE, "kept", f"person {person}: the neutral baseline is taken")

    def _doubt(self, rows: FloatArray) -> str:
        """Return why rows ``(n, 6)`` are not of a neutral face, "" if they are."""
        over = (rows > self._thresholds()).mean(axis=0)
        if over.max() > MOST_OVER:
            return f"it looked {EMOTIONS[int(over.argmax())]}"
        spread = rows.std(axis=0)
        if spread.max() > MOST_SPREAD:
            return f"{EMOTIONS[int(spread.argmax())]} went up and down"
        return ""
