"""Valence under the curves: shown where it is told, with its uncertainty and its gaps."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PyQt6.QtCore import QPoint
from PyQt6.QtGui import QPainter, QPixmap
from pytestqt.qtbot import QtBot

from live_emotion.core.valence import Valence
from live_emotion.dashboard.body import Body
from live_emotion.dashboard.newest import NewestState
from live_emotion.dashboard.theme import DARK, theme_named
from live_emotion.dashboard.valence_curve import ValenceCurve, ValenceHistory
from tests.session.samples import estimate


def told(tick: int, valence: Valence | None) -> object:
    return dataclasses.replace(estimate(tick), valence=valence)


def fed(*values: float | None) -> ValenceHistory:
    history = ValenceHistory(20)
    for tick, value in enumerate(values):
        history.add(told(tick, None if value is None else Valence(value, 0.1)))  # type: ignore
    return history


@pytest.fixture
def curve(qtbot: QtBot) -> ValenceCurve:
    made = ValenceCurve()
    qtbot.addWidget(made)
    made.set_theme(DARK)
    return made


def test_it_is_drawn_with_its_deviation(curve: ValenceCurve) -> None:
    curve.refresh(fed(-0.5, 0.0, 0.95), (0.0, 10.0))
    t, values = curve.drawn()
    assert values.tolist() == [-0.5, 0.0, 0.95]
    assert t.tolist() == pytest.approx([0.4, 0.8, 1.2])
    low, high = curve.band()
    # A deviation does not leave the axis.
    assert low.tolist() == pytest.approx([-0.6, -0.1, 0.85])
    assert high.tolist() == pytest.approx([-0.4, 0.1, 1.0])
    assert not curve.isHidden()


def test_gaps_stay_gaps(curve: ValenceCurve) -> None:
    curve.refresh(fed(0.2, None, 0.3), (0.0, 10.0))
    assert np.isnan(curve.drawn()[1]).tolist() == [False, True, False]
    assert np.isnan(curve.band()[0]).tolist() == [False, True, False]


def test_without_any_it_is_not_there(curve: ValenceCurve) -> None:
    curve.refresh(fed(None, None), (0.0, 10.0))
    assert curve.isHidden()
    curve.refresh(fed(0.1), (0.0, 10.0))
    assert not curve.isHidden()
    curve.reset()
    assert curve.isHidden()


def test_only_what_is_in_view_is_drawn(curve: ValenceCurve) -> None:
    curve.refresh(fed(*[0.1] * 20), (0.0, 2.0))
    assert curve.drawn()[0].max() < 3.2


def test_history_is_bounded_and_in_order() -> None:
    history = fed(*[0.0] * 30)
    assert len(history.rows()) == 20
    history.add(told(25, Valence(0.7, 0.2)))  # type: ignore[arg-type]
    rows = history.rows()
    assert (np.diff(rows[:, 0]) > 0).all()
    assert rows[rows[:, 1] == 0.7][:, 0].tolist() == pytest.approx([10.4])


def test_its_time_lies_under_that_of_the_curves_in_any_theme_and_scale(qtbot: QtBot) -> None:
    body = Body()
    qtbot.addWidget(body)
    body.resize(1280, 700)
    body.show()
    newest = NewestState()
    for tick in range(10):
        made = estimate(tick)
        newest.on_estimate(dataclasses.replace(made, valence=Valence(0.2, 0.1)))
    for percent in (100, 160):
        body.set_theme(theme_named("dark", percent))
        for change in (np.full(6, np.nan, np.float32), np.full(6, 0.1, np.float32)):
            made = dataclasses.replace(estimate(11), valence=Valence(0.2, 0.1))
            newest.on_estimate(dataclasses.replace(made, change=change))
            body.refresh(newest)
            qtbot.wait(50)
            edges = [
                part.mapTo(body, QPoint()).x()
                + part._plot.getPlotItem().getViewBox().sceneBoundingRect().left()
                for part in (body.curves, body.valence)
            ]
            assert edges[0] == pytest.approx(edges[1], abs=1.0)


def test_both_ends_of_its_scale_are_written(curve: ValenceCurve) -> None:
    curve.resize(400, curve.height())
    curve.refresh(fed(0.5, 0.6), (0.0, 5.0))
    curve.grab()
    axis = curve._plot.getPlotItem().getAxis("left")
    canvas = QPixmap(8, 8)
    painter = QPainter(canvas)
    written = [text for _, _, text in axis.generateDrawSpecs(painter)[2]]
    painter.end()
    assert sorted(written) == sorted(["\u22121", "0", "+1"])
