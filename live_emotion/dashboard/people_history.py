"""The scores of each person, and the changes from a baseline: bounded, apart from each other."""

from __future__ import annotations

import dataclasses
import threading
from typing import Final

import numpy as np

from live_emotion.core.estimate import Estimate
from live_emotion.dashboard.history import ScoreHistory

MOST_PEOPLE: Final = 12
_TICKS: Final = 1_500


class PeopleHistory:
    """Histories of ten minutes, one for each of the people seen lately, and one of the changes.

    One thread adds, another reads.

    Attributes
    ----------
    changes
        History whose scores are the changes from the followed person's baseline, -1..1.
    """

    def __init__(self, ticks: int = _TICKS) -> None:
        self._ticks = ticks
        self._lock = threading.Lock()
        self._people: dict[int, ScoreHistory] = {}
        self.changes = ScoreHistory(ticks)

    def add(self, estimate: Estimate) -> None:
        """Take in an estimate."""
        self.changes.add(dataclasses.replace(estimate, scores=estimate.change))
        for person in estimate.people:
            with self._lock:
                # The person seen longest ago goes first when there are too many.
                history = self._people.pop(person.face.id, None) or ScoreHistory(self._ticks)
                self._people[person.face.id] = history
                while len(self._people) > MOST_PEOPLE:
                    del self._people[next(iter(self._people))]
            scores = estimate.scores if person.followed else person.scores
            history.add(dataclasses.replace(estimate, scores=np.asarray(scores)))

    def of(self, person: int) -> ScoreHistory | None:
        """Return a person's history, None if there is none."""
        with self._lock:
            return self._people.get(person)
