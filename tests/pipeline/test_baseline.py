"""The neutral baseline: ten seconds, doubted where they were not neutral, and what changes."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from live_emotion.core.estimate import DeviceEvent
from live_emotion.core.media import FloatArray
from live_emotion.pipeline.baseline import HOLD_TICKS, LEAST_TICKS, Baselines
from tests.pipeline.test_people import hears_noise, quiet, stage

__all__ = ["hears_noise"]

NEUTRAL = np.array([0.1, 0.2, 0.05, 0.1, 0.0, 0.15], np.float32)


def baselines() -> Baselines:
    return Baselines(lambda: np.full(6, 0.6, np.float32))


def held(keeper: Baselines, rows: list[FloatArray | None], person: int = 1) -> DeviceEvent | None:
    begun = keeper.begin(person, 0.0)
    assert begun.state == "begun"
    assert "10 s" in begun.message
    told = [keeper.add(person, row, 0.4 * k) for k, row in enumerate(rows)]
    assert told[:-1] == [None] * (len(rows) - 1)
    return told[-1]


def test_ten_seconds_give_the_mean_and_changes_are_from_it() -> None:
    keeper = baselines()
    assert np.isnan(keeper.change(1, NEUTRAL)).all()
    wobble = [NEUTRAL + np.float32(0.02 * (-1) ** k) for k in range(HOLD_TICKS - 1)]
    kept = held(keeper, [*wobble, NEUTRAL])
    assert kept is not None
    assert kept.state == "kept"
    np.testing.assert_allclose(keeper.change(1, NEUTRAL + 0.3), 0.3, atol=2e-3)
    np.testing.assert_allclose(keeper.change(1, NEUTRAL * 0), -NEUTRAL, atol=2e-3)
    assert np.isnan(keeper.change(2, NEUTRAL)).all()
    assert np.isnan(keeper.change(1, np.full(6, np.nan, np.float32))).all()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([NEUTRAL + np.eye(6, dtype=np.float32)[0] * 0.7] * HOLD_TICKS, "happy"),
        ([NEUTRAL + np.eye(6, dtype=np.float32)[1] * (0.35 * (k % 2)) for k in range(25)], "sad"),
    ],
    ids=["over its threshold", "up and down"],
)
def test_a_face_that_was_not_held_neutral_is_doubted(rows: list[FloatArray], why: str) -> None:
    keeper = baselines()
    told = held(keeper, list(rows))
    assert told is not None
    assert told.state == "doubtful"
    assert why in told.message
    assert np.isfinite(keeper.change(1, NEUTRAL)).all()


def test_too_few_ticks_with_a_face_give_none() -> None:
    keeper = baselines()
    seen: list[FloatArray | None] = [NEUTRAL] * (LEAST_TICKS - 1)
    told = held(keeper, [*seen, *[None] * (HOLD_TICKS - len(seen))])
    assert told is not None
    assert told.state == "failed"
    assert np.isnan(keeper.change(1, NEUTRAL)).all()


def test_another_person_breaks_it_off() -> None:
    keeper = baselines()
    keeper.begin(1, 0.0)
    told = keeper.add(2, NEUTRAL, 0.4)
    assert told is not None
    assert told.state == "failed"
    assert keeper.add(1, NEUTRAL, 0.8) is None


def test_who_is_away_for_too_long_is_told_before_the_ten_seconds_are_over() -> None:
    keeper = baselines()
    keeper.begin(1, 0.0)
    told = [keeper.add(1, NEUTRAL if k < 5 else None, 0.4 * (k + 1)) for k in range(HOLD_TICKS)]
    ended = [event for event in told if event is not None]
    assert [event.state for event in ended] == ["failed"]
    # Ten of the twenty-five ticks may be missing, not one more.
    assert ended[0].t == pytest.approx(0.4 * (5 + HOLD_TICKS - LEAST_TICKS + 1))
    assert "try again" in ended[0].message
    assert held(keeper, [NEUTRAL] * HOLD_TICKS) is not None


def test_that_another_person_has_no_baseline_is_told_once() -> None:
    keeper = baselines()
    held(keeper, [NEUTRAL] * HOLD_TICKS)
    told = [keeper.add(person, NEUTRAL, 11.0) for person in (1, 2, 2, 1, 1)]
    assert [event and event.state for event in told] == [None, "none", None, None, None]
    assert told[1] is not None and "person 2 has no neutral baseline" in told[1].message


def test_a_face_that_is_hidden_for_two_seconds_keeps_its_baseline() -> None:
    def there(person: int, t: float) -> bool:
        return not (4.0 <= t < 6.0 or 14.0 <= t < 16.5)

    on = stage([quiet], there=there)
    on.encoders.fusion = SimpleNamespace(thresholds=np.full(6, 0.6))  # type: ignore[attr-defined]
    on.play(1.3)
    on.orders.begin_baseline()
    on.play(13.3)
    assert [d.state for d in on.seen.devices] == ["begun", "kept"]
    after = on.play(18.1)
    assert {e.face.id for e in on.seen.estimates if e.face is not None} == {1}
    assert any(e.face is None for e in after)
    assert np.isfinite(after[-1].change).all()
    assert [d.state for d in on.seen.devices] == ["begun", "kept"]


def test_clearing_breaks_off_first_and_forgets_then() -> None:
    keeper = baselines()
    held(keeper, [NEUTRAL] * HOLD_TICKS)
    keeper.begin(1, 20.0)
    states = [event and event.state for event in (keeper.clear(1, 21.0), keeper.clear(1, 22.0))]
    assert states == ["failed", "cleared"]
    assert keeper.clear(1, 23.0) is None
    assert np.isnan(keeper.change(1, NEUTRAL)).all()
    assert keeper.begin(None, 24.0).state == "failed"


def test_through_the_flow_raw_scores_stay_and_the_change_comes_beside_them() -> None:
    on = stage([quiet, quiet])
    on.encoders.fusion = SimpleNamespace(thresholds=np.full(6, 0.6))  # type: ignore[attr-defined]
    on.play(1.3)
    on.orders.begin_baseline()
    on.play(11.3)
    after = on.play(13.3)[2:]
    assert [d.state for d in on.seen.devices] == ["begun", "kept"]
    assert on.seen.devices[1].t - on.seen.devices[0].t == pytest.approx(10.0)
    for e in after:
        np.testing.assert_allclose(e.scores, 0.1, atol=1e-6)
        np.testing.assert_allclose(e.change, 0.0, atol=1e-6)
    assert after[0].face is not None
    on.orders.follow(3 - after[0].face.id)
    assert np.isnan(on.play(14.9)[-1].change).all()
    on.orders.follow(None)
    assert np.isfinite(on.play(15.7)[-1].change).all()
    on.orders.clear_baseline()
    assert np.isnan(on.play(16.9)[-1].change).all()
