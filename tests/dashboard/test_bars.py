"""Bars: the range over them can be seen in both themes; changes grow from a zero line."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from live_emotion.core.emotions import EMOTIONS
from live_emotion.dashboard.bars import Bar
from live_emotion.dashboard.score_bars import ScoreBars
from live_emotion.dashboard.theme import DARK, LIGHT, Theme
from live_emotion.dashboard.view_model import describe_scores, score_rows
from tests.dashboard.scripted_replay import estimate, ramp

WIDTH, HEIGHT = 202, 24


def painted(bar: Bar) -> np.ndarray:
    """Return the luminance of the bar's pixels, ``(h, w)`` 0..255."""
    image = bar.grab().toImage()
    return np.array(
        [
            [QColor(image.pixel(x, y)).lightness() for x in range(image.width())]
            for y in range(image.height())
        ]
    )


def a_bar(qtbot: QtBot, theme: Theme = LIGHT, emotion: int = 0) -> Bar:
    bar = Bar()
    qtbot.addWidget(bar)
    bar.resize(WIDTH, HEIGHT)
    bar.set_look(theme, theme.emotion(emotion))
    return bar


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("emotion", range(6), ids=EMOTIONS)
def test_the_range_stands_out_on_bar_and_groove(qtbot: QtBot, theme: Theme, emotion: int) -> None:
    bar = a_bar(qtbot, theme, emotion)
    bar.show_value(0.5)
    plain = painted(bar)
    bar.show_value(0.5, 0.3, 0.7)
    ranged = painted(bar)
    changed = np.flatnonzero((np.abs(ranged - plain) > 40).any(axis=0))
    # From 0.3 to 0.7 of 200 pixels, and half a line's width on either side.
    assert 56 <= changed.min() <= 62
    assert 140 <= changed.max() <= 146
    for column in (80, 120):  # on the bar, and beside it
        strip = ranged[:, column]
        assert strip.max() - strip.min() > 90


def test_no_range_is_drawn_without_one_or_without_a_value(qtbot: QtBot) -> None:
    bar = a_bar(qtbot)
    bar.show_value(0.5)
    plain = painted(bar)
    bar.show_value(0.5, math.nan, math.nan)
    np.testing.assert_array_equal(painted(bar), plain)
    bar.show_value(math.nan, 0.2, 0.4)
    missing = painted(bar)
    bar.show_value(math.nan)
    np.testing.assert_array_equal(painted(bar), missing)


def test_a_change_grows_from_the_middle_to_either_side(qtbot: QtBot) -> None:
    bar = a_bar(qtbot)
    bar.show_change(True)
    empty = LIGHT.emotion(0).lightness()
    for value, first, last in ((0.5, 101, 151), (-0.5, 51, 101)):
        bar.show_value(value)
        row = painted(bar)[HEIGHT // 2]
        coloured = np.flatnonzero(np.abs(row - empty) < 8)
        assert abs(coloured.min() - first) <= 3
        assert abs(coloured.max() - last) <= 3


def test_rows_carry_the_range_to_the_bars(qtbot: QtBot) -> None:
    scores = ramp(3)
    now = dataclasses.replace(estimate(3, scores), interval=np.stack((scores / 2, scores + 0.01)))
    bars = ScoreBars()
    qtbot.addWidget(bars)
    bars.set_theme(DARK)
    bars.show_rows(score_rows(now), describe_scores(now))
    np.testing.assert_allclose(bars.ranges(), np.stack((scores / 2, scores + 0.01)).T, atol=1e-6)
    bars.show_rows(score_rows(estimate(3, scores)), "")
    assert np.isnan(bars.ranges()).all()
