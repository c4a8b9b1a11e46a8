"""Whose scores are shown: the person the user chose, else the main face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from live_emotion.core.estimate import DeviceEvent, PersonEstimate
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face, FaceCrop
from live_emotion.core.ticks import TICK_S

LOST_AFTER_S: Final = 2.0
# Someone missed for a tick or two is still in sight.
KEPT_TICKS: Final = 3


class Crew:
    """Keeps who is in sight and who is followed.

    Attributes
    ----------
    wanted
        The person the user chose, None for the main face.
    followed
        Whose scores the present tick's are; None until a face was seen.
    """

    def __init__(self) -> None:
        self.wanted: int | None = None
        self.followed: int | None = None
        self._seen_at = 0.0
        self._faces: dict[int, tuple[int, Face]] = {}

    def follow(self, face_id: int | None, t: float) -> DeviceEvent | None:
        """Follow a person, or the main face again for None; return what is to be told."""
        if face_id == self.wanted:
            return None
        self.wanted = face_id
        self._seen_at = t
        if face_id is None:
            return DeviceEvent(t, "people", "main", "the main face is followed")
        return DeviceEvent(t, "people", "followed", f"person {face_id} is followed")

    def see(
        self, tick: int, t: float, crops: Sequence[FaceCrop], main: int | None
    ) -> DeviceEvent | None:
        """Take in who was seen in a tick; return what is to be told.

        Parameters
        ----------
        tick, t
            The tick, and its end in seconds.
        crops
            One for each person, at most four.
        main
            Number of the main face, None without one.
        """
        self._faces |= {crop.face.id: (tick, crop.face) for crop in crops}
        self._faces = {i: seen for i, seen in self._faces.items() if seen[0] > tick - KEPT_TICKS}
        told = None
        if self.wanted is not None:
            if any(crop.face.id == self.wanted for crop in crops):
                self._seen_at = t
            elif t - self._seen_at > LOST_AFTER_S - TICK_S / 2:
                told = DeviceEvent(
                    t,
                    "people",
                    "lost",
                    f"person {self.wanted} has been out of sight for {LOST_AFTER_S:.0f} s: "
                    "the main face is followed again",
                )
                self.wanted = None
        wanted = main if self.wanted is None else self.wanted
        if wanted is not None:
            self.followed = wanted
        return told

    def in_sight(self) -> list[int]:
        """Return the numbers of everyone seen in the last three ticks."""
        return sorted(self._faces)

    def people(
        self, scores: Mapping[int, FloatArray], speaking: Mapping[int, float | None]
    ) -> tuple[PersonEstimate, ...]:
        """Return everyone in sight with their scores ``(6,)`` and who probably speaks."""
        return tuple(
            PersonEstimate(self._faces[i][1], scores[i], i == self.followed, speaking.get(i))
            for i in self.in_sight()
            if i in scores
        )


def owner_of_voice(people: Sequence[PersonEstimate], speaker: int | None) -> int | None:
    """Return whose scores voice and words went into: the speaker's, else the followed one's."""
    seen = {person.face.id: person.followed for person in people}
    if speaker in seen:
        return speaker
    return next((face_id for face_id, followed in seen.items() if followed), None)
