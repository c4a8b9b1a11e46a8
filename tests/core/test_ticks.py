"""The tick grid: every time falls in one tick, and windows end on the grid."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live_emotion.core.ticks import (
    SAMPLE_RATE,
    TICK_S,
    TICK_SAMPLES,
    WINDOW_S,
    WINDOW_TICKS,
    tick_at,
    tick_span,
    tick_start,
    window_span,
)

TICKS = st.integers(0, 10_000_000)


def test_the_grid_is_whole_samples() -> None:
    assert round(TICK_S * SAMPLE_RATE) == TICK_SAMPLES
    assert pytest.approx(4.8) == WINDOW_S


@given(TICKS)
def test_a_tick_holds_its_start_and_not_its_end(tick: int) -> None:
    start, end = tick_span(tick)
    assert tick_at(start) == tick
    assert tick_at(end) == tick + 1
    assert tick_at((start + end) / 2) == tick
    assert tick_at(end - 1e-4) == tick
    assert end - start == pytest.approx(TICK_S, abs=1e-6)


@given(st.integers(0, 10_000_000_000))
def test_samples_and_ticks_agree(sample: int) -> None:
    assert tick_at(sample / SAMPLE_RATE) == sample // TICK_SAMPLES


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_ticks_grow_with_time(a: float, b: float) -> None:
    assert tick_at(min(a, b)) <= tick_at(max(a, b))


@given(TICKS)
def test_starts_are_what_a_person_would_write(tick: int) -> None:
    assert tick_start(tick) == float(f"{tick * 4 // 10}.{tick * 4 % 10}")


@given(TICKS, st.integers(0, 100))
def test_windows_hold_twelve_ticks_or_all_there_are(first: int, more: int) -> None:
    tick = first + more
    start, end = window_span(tick, first)
    assert end == tick_start(tick + 1)
    assert tick_at(end) - tick_at(start) == min(WINDOW_TICKS, more + 1)
    assert tick_at(start) >= first
