"""What the window says of people, voices and baselines: no Qt in here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from live_emotion.core.estimate import DeviceEvent, Estimate, PersonEstimate
from live_emotion.dashboard.language import numeral, tr
from live_emotion.dashboard.names import emotion_name
from live_emotion.dashboard.told import retold

HOLD_S: Final = 10.0
# For how many seconds of the session an event is shown.
TOLD_S: Final = 8.0
SILENCE_DB: Final = -60.0
# What a replay says when it begins to score elsewhere.
JUMPED: Final = "jumped"
_TOLD: Final = ("people", "baseline")


def people_of(estimate: Estimate | None) -> tuple[PersonEstimate, ...]:
    """Return everyone in sight, by number."""
    return estimate.people if estimate is not None else ()


def next_person(estimate: Estimate | None) -> int | None:
    """Return who comes after the followed person, by number; None if there is nobody else."""
    people = people_of(estimate)
    ids = [person.face.id for person in people]
    followed = next((person.face.id for person in people if person.followed), None)
    if followed is None or len(ids) < 2:
        return ids[0] if ids and followed is None else None
    return ids[(ids.index(followed) + 1) % len(ids)]


def chosen_person(estimate: Estimate | None, events: Sequence[DeviceEvent]) -> int | None:
    """Return who is followed if the user chose so, None while it is the main face."""
    about = (e for e in reversed(events) if e.device == "people" or e.state == JUMPED)
    newest = next(about, None)
    # After a jump in a replay people are numbered anew, and nobody is chosen.
    if newest is None or newest.state != "followed":
        return None
    return next((p.face.id for p in people_of(estimate) if p.followed), None)


def speaker_sentence(estimate: Estimate | None) -> str:
    """Return whose scores voice and words go into, or that it is unsure; "" without speech."""
    if estimate is None or estimate.speaker_sure is None or estimate.speaker is None:
        return ""
    if estimate.speaker_sure:
        return tr("voice and words: person {}").format(estimate.speaker)
    return tr("speaker unsure: voice and words go to person {}").format(estimate.speaker)


def person_words(person: PersonEstimate) -> str:
    """Return a person's number, leading expression and whether they speak."""
    head = tr("person {}").format(person.face.id)
    if any(math.isnan(score) for score in person.scores):
        return f"{head}: {tr('no scores now')}"
    leading = int(person.scores.argmax())
    return f"{head}: {emotion_name(leading)} {numeral(person.scores[leading], '.2f')}"


def shows_change(estimate: Estimate | None) -> bool:
    """Whether the followed person has a baseline."""
    return estimate is not None and not bool(math.isnan(float(estimate.change[0])))


def told_now(events: Sequence[DeviceEvent], position: float | None) -> str:
    """Return the newest sentence about people or baselines, "" if it is old."""
    newest = next((event for event in reversed(events) if event.device in _TOLD), None)
    if newest is None or position is None or not 0.0 <= position - newest.t <= TOLD_S:
        return ""
    return retold(newest.message)


def hold_sentence(
    events: Sequence[DeviceEvent], position: float | None, *, seen: bool = True
) -> str:
    """Return "hold a neutral face: 7 s" while a baseline is being taken, else "".

    `seen` is whether the face is seen at the moment.
    """
    about = (e for e in reversed(events) if e.device == "baseline" or e.state == JUMPED)
    newest = next(about, None)
    if newest is None or newest.state != "begun" or position is None:
        return ""
    left = HOLD_S - (position - newest.t)
    if not -1.0 < left <= HOLD_S:
        return ""
    words = tr("hold a neutral face: {} s") if seen else tr("no face is seen now: {} s")
    return words.format(max(0, math.ceil(left)))


def level_share(level_db: float | None) -> float:
    """Return how far a level reaches on a meter from -60 dBFS to full scale, 0..1; NaN if none."""
    if level_db is None or math.isnan(level_db):
        return math.nan
    return min(1.0, max(0.0, 1.0 - level_db / SILENCE_DB))


def level_text(level_db: float | None) -> str:
    """Return a level such as "-31 dB"."""
    if level_db is None or math.isnan(level_db):
        return tr("no sound")
    return tr("silence") if level_db <= SILENCE_DB else f"{level_db:.0f} dB".replace("-", "\u2212")
