"""The session clock and the fit of a device's drift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.clock import DriftFit, SessionClock


@given(st.lists(st.floats(0.0, 1e4), min_size=2, max_size=30), st.floats(-1e6, 1e6))
def test_the_clock_counts_from_its_making(steps: list[float], origin: float) -> None:
    readings = [origin, *np.add.accumulate([origin, *steps])[1:].tolist()]
    it = iter(readings)
    clock = SessionClock(lambda: next(it))
    shown = [clock.now() for _ in steps]
    assert shown == [reading - origin for reading in readings[1:]]
    assert shown == sorted(shown)


def test_the_real_clock_goes_forward() -> None:
    clock = SessionClock()
    first = clock.now()
    assert 0.0 <= first <= clock.now() < 10.0


@given(
    ppm=st.floats(-500, 500),
    offset=st.floats(-1e3, 1e5),
    start=st.floats(0, 1e5),
    n=st.integers(2, 200),
)
def test_an_exact_line_is_found(ppm: float, offset: float, start: float, n: int) -> None:
    fit = DriftFit()
    rate = 1 + ppm * 1e-6
    device = start + np.arange(n) * 0.5
    for x in device:
        fit.add(float(x), offset + rate * float(x))
    assert fit.drift_ppm == pytest.approx(ppm, abs=0.5)
    for x in (device[0], device[-1], device[-1] + 10):
        assert fit.to_session(float(x)) == pytest.approx(offset + rate * x, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1e3), st.floats(0, 1e3)), min_size=3, max_size=50))
def test_the_fit_is_least_squares(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs).T
    fit = DriftFit()
    for a, b in pairs:
        fit.add(a, b)
    assert fit.to_session(x.mean()) == pytest.approx(y.mean(), abs=1e-6)
    if np.ptp(x) > 1.0:
        slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
        assert fit.rate == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_noise_of_callbacks_averages_out() -> None:
    rng = np.random.default_rng(2)
    fit = DriftFit()
    for x in np.arange(0, 600, 0.02):
        fit.add(float(x), 3.0 + 1.00005 * float(x) + float(rng.exponential(0.004)))
    assert fit.drift_ppm == pytest.approx(50.0, abs=1.0)


def test_without_two_readings_time_passes_at_its_own_rate() -> None:
    fit = DriftFit()
    assert (fit.rate, fit.drift_ppm, fit.to_session(7.0)) == (1.0, 0.0, 7.0)
    fit.add(5.0, 105.0)
    assert fit.rate == 1.0
    assert fit.to_session(7.0) == 107.0
    fit.add(5.0, 107.0)
    assert fit.to_session(5.0) == 106.0
