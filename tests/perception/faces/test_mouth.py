"""Mouth movement: what the mouth does, not what the head, the light or the noise does."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from live_emotion.core.percepts import Face
from live_emotion.perception.faces.mouth import MouthView, mouth_motion
from tests.pipeline.talking import People

MOVES = 0.03


def motion(people: People, t0: float, t1: float, *, light: float = 1.0) -> float:
    before, after = people.picture(t0), people.picture(t1)
    people.load(t0)()
    found = people.find(before)[0]
    face = Face(t0, 1, found.box, found.confidence, found.landmarks)
    return mouth_motion(before, np.clip(after * light, 0, 255).astype(np.uint8), face)


def test_a_mouth_that_opens_moves() -> None:
    opening = People([lambda t: 10 * t])
    assert motion(opening, 0.0, 0.1) > 2 * MOVES
    assert motion(opening, 0.0, 0.02) < motion(opening, 0.0, 0.05) < motion(opening, 0.0, 0.1)


def test_a_still_face_does_not() -> None:
    assert motion(People([lambda t: 0.3]), 0.0, 0.1) == pytest.approx(0.0, abs=0.005)


@pytest.mark.parametrize("sway", [4.0, 12.0])
def test_a_head_that_turns_away_does_not_count(sway: float) -> None:
    still = People([lambda t: 0.3], sway=sway)
    assert motion(still, 0.0, 0.1) < MOVES / 2
    speaking = People([lambda t: 10 * t], sway=sway)
    assert motion(speaking, 0.0, 0.1) > 1.5 * MOVES


def test_light_that_changes_does_not_count() -> None:
    assert motion(People([lambda t: 0.3]), 0.0, 0.1, light=1.1) < MOVES


def test_a_face_at_the_edge_and_pictures_of_any_size_do_no_harm() -> None:
    rng = np.random.default_rng(0)
    for box in ((-30.0, -30.0, 60.0, 60.0), (600.0, 200.0, 300.0, 300.0), (5.0, 5.0, 4.0, 4.0)):
        image = rng.integers(0, 255, (240, 640, 3), dtype=np.uint8)
        face = Face(0.0, 1, box, 0.9, np.full((5, 2), np.nan, np.float32))
        assert np.isfinite(mouth_motion(image, image, face))


def test_pictures_one_after_the_other_are_each_cut_once_with_the_same_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = People([lambda t: 0.5 + 0.5 * np.sin(20 * t)], sway=4.0)
    pictures = [people.picture(0.1 * k) for k in range(6)]
    people.load(0.0)()
    found = people.find(pictures[0])[0]
    face = Face(0.0, 1, found.box, found.confidence, found.landmarks)
    alone = [mouth_motion(a, b, face) for a, b in pairwise(pictures)]
    cut, count = MouthView._cut, []

    def counted(view: MouthView, image: np.ndarray) -> np.ndarray:
        count.append(image)
        return cut(view, image)

    monkeypatch.setattr(MouthView, "_cut", counted)
    view = MouthView(face)
    assert [view.motion(a, b) for a, b in pairwise(pictures)] == alone
    assert len(count) == len(pictures)
    # A picture was left out: what was cut last is not what is compared now.
    assert view.motion(pictures[0], pictures[1]) == alone[0]
