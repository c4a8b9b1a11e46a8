from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from live_emotion.core.ticks import TICK_S
from live_emotion.dashboard.curves import Curves
from live_emotion.dashboard.end_labels import spread
from live_emotion.dashboard.history import ScoreHistory
from live_emotion.dashboard.language import set_language
from live_emotion.dashboard.smoothing import smooth
from live_emotion.dashboard.theme import DARK, LIGHT
from live_emotion.dashboard.time_axis import TimeAxis
from tests.dashboard.scripted_replay import estimate, ramp


@pytest.fixture
def curves(qtbot: QtBot) -> Curves:
    widget = Curves()
    qtbot.addWidget(widget)
    widget.resize(600, 300)
    widget.set_theme(LIGHT)
    widget.show()
    return widget


def filled(ticks: int, missing: range = range(0)) -> ScoreHistory:
    history = ScoreHistory()
    for tick in range(ticks):
        history.add(estimate(tick, None if tick in missing else ramp(tick)))
    return history


def strokes(curves: Curves, index: int) -> list[float]:
    """Return the seconds that each stroke of what Qt is given to draw takes up.

    pyqtgraph puts strokes of no length where NaN stands.
    """
    path = curves._curves[index].getPath()
    ends = [path.elementAt(i) for i in range(path.elementCount())]
    return [
        b.x - a.x for a, b in itertools.pairwise(ends) if b.isLineTo() and (a.x, a.y) != (b.x, b.y)
    ]


def test_a_gap_is_really_left_open(curves: Curves) -> None:
    curves.refresh(filled(30, missing=range(10, 15)))
    for index in range(6):
        t, values = curves.drawn(index)
        assert len(t) == 30
        assert np.isnan(values[10:15]).all()
        assert np.isfinite(values[:10]).all()
        np.testing.assert_allclose(values[20], ramp(20)[index])
        assert strokes(curves, index) == pytest.approx([TICK_S] * (9 + 14))


def test_ticks_that_never_came_are_a_gap_too(curves: Curves) -> None:
    history = ScoreHistory()
    for tick in (0, 1, 2, 8, 9):
        history.add(estimate(tick, ramp(tick)))
    curves.refresh(history)
    assert strokes(curves, 0) == pytest.approx([TICK_S] * (2 + 1))


def test_a_lone_value_gets_a_dot(curves: Curves) -> None:
    history = ScoreHistory()
    for tick in range(9):
        history.add(estimate(tick, ramp(tick) if tick == 4 else None))
    curves.refresh(history)
    assert len(curves._dots.points()) == 6


def test_nothing_at_all_draws_without_complaint(curves: Curves, qtbot: QtBot) -> None:
    curves.refresh(ScoreHistory())
    curves.refresh(filled(5, missing=range(5)))
    curves.grab()
    assert len(curves._dots.points()) == 0


def test_only_what_is_in_view_is_drawn(curves: Curves) -> None:
    curves.refresh(filled(2000))
    t, _ = curves.drawn(0)
    assert 145 <= len(t) <= 155
    assert t[-1] == pytest.approx(800.0)


def test_a_drag_ends_following_and_the_button_brings_it_back(curves: Curves, qtbot: QtBot) -> None:
    history = filled(2000)
    curves.refresh(history)
    view = curves._plot.getPlotItem().getViewBox()
    with qtbot.waitSignal(curves.follow_changed) as told:
        view.setXRange(100.0, 160.0, padding=0)
        view.sigRangeChangedManually.emit([True, False])
    assert told.args == [False]
    curves.refresh(history)
    t, _ = curves.drawn(0)
    assert 99.0 <= t[0] <= 100.0 <= 160.0 <= t[-1] <= 161.0
    curves.set_follow(True)
    curves.refresh(history)
    assert curves.drawn(0)[0][-1] == pytest.approx(800.0)


def test_names_stand_at_the_ends_while_there_are_values(curves: Curves) -> None:
    curves.refresh(filled(10))
    assert curves._labels.visible() == [True] * 6
    curves.refresh(filled(12, missing=range(11, 12)))
    assert curves._labels.visible() == [False] * 6


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.floats(0.01, 0.5))
def test_names_are_moved_apart_and_stay_inside(values: list[float], gap: float) -> None:
    given_values = np.array(values)
    moved = spread(given_values, gap)
    assert (moved >= -1e-9).all()
    assert (moved <= 1 + 1e-9).all()
    least = min(gap, 1 / max(1, len(values) - 1))
    assert (np.diff(np.sort(moved)) >= least - 1e-9).all()
    order = np.argsort(given_values, kind="stable")
    assert (np.diff(moved[order]) >= -1e-9).all()


def test_names_far_apart_stay_where_they_are() -> None:
    values = np.array([0.9, 0.1, 0.5])
    np.testing.assert_allclose(spread(values, 0.1), values)


def test_theme_changes_the_pens(curves: Curves) -> None:
    before = curves._curves[0].opts["pen"].color().name()
    curves.set_theme(DARK)
    assert curves._curves[0].opts["pen"].color().name() == DARK.emotion(0).name() != before


def test_time_axis() -> None:
    axis = TimeAxis(orientation="bottom")
    assert axis.tickSpacing(0.0, 60.0, 600.0) == [(10.0, 0.0)]
    assert axis.tickStrings([0.0, 65.0, 3600.0], 1.0, 5.0) == ["0:00", "1:05", "1:00:00"]
    assert axis.tickStrings([0.5], 1.0, 0.5) == ["0:00.5"]


def test_names_that_crowd_are_moved_to_both_sides() -> None:
    np.testing.assert_allclose(spread(np.array([0.5, 0.5, 0.5]), 0.1), [0.4, 0.5, 0.6])


def test_a_step_is_followed_with_the_time_constant() -> None:
    t = TICK_S * np.arange(1, 101)
    values = np.zeros((100, 6))
    values[40:] = 1.0
    smoothed = smooth(t, values, 2.0)
    at = 40 + round(2.0 / TICK_S) - 1
    assert smoothed[at, 0] == pytest.approx(1 - np.exp(-1), abs=1e-9)
    assert (smoothed[:40] == 0.0).all()
    assert (smooth(t, values, 0.0) == values).all()


def test_smoothing_keeps_gaps_and_begins_anew_behind_them() -> None:
    t = TICK_S * np.arange(1, 11)
    values = np.ones((10, 6))
    values[4:6] = np.nan
    values[6:] = 0.25
    smoothed = smooth(t, values, 5.0)
    assert np.isnan(smoothed[4:6]).all()
    assert (smoothed[6:] == 0.25).all()
    assert smooth(t[:0], values[:0], 5.0).shape == (0, 6)


def test_curves_are_smoothed_as_shown_and_the_history_stays_raw(qtbot: QtBot) -> None:
    curves = Curves()
    qtbot.addWidget(curves)
    history = ScoreHistory()
    for tick in range(400):
        history.add(estimate(tick, np.full(6, float(tick % 2), np.float32)))
    curves.refresh(history)
    assert set(curves.drawn(0)[1]) == {0.0, 1.0}
    curves.set_smoothing(4.0)
    curves.refresh(history)
    t, shown = curves.drawn(0)
    assert len(t) > 100
    # Even the first one in view has its run-up.
    assert np.abs(shown - 0.5).max() < 0.06
    assert set(history.since().scores[:, 0]) == {0.0, 1.0}
    curves.set_smoothing(0.0)
    curves.refresh(history)
    assert set(curves.drawn(0)[1]) == {0.0, 1.0}


def test_the_names_at_the_ends_have_room_in_any_size_and_language(qtbot: QtBot) -> None:
    set_language("de")
    try:
        widget = Curves()
        qtbot.addWidget(widget)
        widget.resize(700, 300)
        widget.set_theme(replace(LIGHT, text_percent=150))
        widget.show()
        widget.refresh(filled(20))
        QApplication.processEvents()
        view = widget._plot.getPlotItem().getViewBox().sceneBoundingRect()
        for item in widget._labels._items:
            assert item.isVisible()
            assert item.mapRectToScene(item.boundingRect()).right() <= view.right() + 1.0
    finally:
        set_language("en")
