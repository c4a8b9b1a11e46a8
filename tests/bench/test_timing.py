"""The timing core, on a clock of the test's own."""

from __future__ import annotations

import numpy as np
import pytest

from live_emotion.bench.timing import Timings, race


class Clock:
    """A clock that stands still unless something takes time."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def spend(self, seconds: float) -> None:
        self.now += seconds


def test_contestants_take_turns_and_only_their_own_time_counts() -> None:
    clock, order = Clock(), []

    def run(name: str, seconds: float) -> None:
        order.append(name)
        clock.spend(seconds)

    def contestant(name: str, seconds: float) -> None:
        # From cold it takes twice as long.
        cold = not order or order[-1] != name
        run(name, 2 * seconds if cold else seconds)

    timings = race(
        {"a": lambda: contestant("a", 0.001), "b": lambda: contestant("b", 0.004)},
        repeat=4,
        warm_up=2,
        clock=clock,
        sleep=lambda seconds: clock.spend(50.0),
    )
    # Every round has both, and who begins changes.
    rounds = ["".join(order[k : k + 4]) for k in range(0, len(order), 4)]
    assert rounds == ["aabb", "bbaa", "aabb", "bbaa", "aabb", "bbaa"]
    assert len(timings.seconds["a"]) == len(timings.seconds["b"]) == 4
    assert timings.median_ms("a") == pytest.approx(1.0)
    assert timings.median_ms("b") == pytest.approx(4.0)
    assert timings.cold_ms("a") == pytest.approx(1.5)  # in two of four rounds it ran last before
    ratio = timings.times_less("a", "b")
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((4.0, 4.0, 4.0))
    assert timings.times_less("b", "a").value == pytest.approx(0.25)
    assert timings.row("b") == {"median_ms": 4.0, "p95_ms": 4.0, "runs": 4}


def test_the_interval_covers_the_true_ratio_and_narrows_with_rounds() -> None:
    rng = np.random.default_rng(1)

    def drawn(rounds: int) -> Timings:
        return Timings(
            {
                "a": 1.0 + 0.2 * rng.random(rounds),
                "b": 3.0 * (1.0 + 0.2 * rng.random(rounds)),
            }
        )

    few, many = drawn(8).times_less("a", "b"), drawn(800).times_less("a", "b")
    assert few.low < 3.0 < few.high
    assert many.low <= many.value <= many.high
    assert many.high - many.low < (few.high - few.low) / 3


def test_an_outlier_does_not_move_the_median_but_shows_in_the_tail() -> None:
    timings = Timings({"a": np.array([1.0] * 18 + [9.0, 9.0])})
    assert timings.median_ms("a") == pytest.approx(1000.0)
    assert timings.p95_ms("a") == pytest.approx(9000.0)


@pytest.mark.parametrize(("names", "repeat"), [((), 3), (("a",), 0)])
def test_a_race_needs_a_contestant_and_a_round(names: tuple[str, ...], repeat: int) -> None:
    with pytest.raises(ValueError, match="contestant"):
        race({name: lambda: None for name in names}, repeat=repeat)
