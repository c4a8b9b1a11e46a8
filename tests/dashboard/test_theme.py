"""The curves can be told apart: by contrast, under simulated colour blindness, by line style."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from live_emotion.core.emotions import EMOTION_STYLES, EMOTIONS
from live_emotion.dashboard.theme import DARK, LIGHT, Theme, emotion_pen, style_sheet, theme_named

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: str) -> NDArray[np.float64]:
    c = QColor(colour)
    v = np.array([c.redF(), c.greenF(), c.blueF()])
    return np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    low, high = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) for c in (a, b))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ottosson (2020), scaled so that white is at 100."""
    lms = np.cbrt(
        np.array(
            [
                [0.4122214708, 0.5363325363, 0.0514459929],
                [0.2119034982, 0.6806995451, 0.1073969566],
                [0.0883024619, 0.2817188376, 0.6299787005],
            ]
        )
        @ np.clip(rgb, 0, 1)
    )
    return (
        np.array(
            [
                [0.2104542553, 0.7936177850, -0.0040720468],
                [1.9779984951, -2.4285922050, 0.4505937099],
                [0.0259040371, 0.7827717662, -0.8086757660],
            ]
        )
        @ lms
        * 100
    )


def curve_colours(theme: Theme) -> list[str]:
    return [theme.emotion(i).name() for i in range(len(EMOTIONS))]


@pytest.mark.parametrize("theme", THEMES)
def test_curves_stand_out_from_their_ground(theme: Theme) -> None:
    for colour in curve_colours(theme):
        assert contrast(colour, theme.panel) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_text_is_readable(theme: Theme) -> None:
    for ground in (theme.panel, theme.window):
        assert contrast(theme.text, ground) >= 7.0
        assert contrast(theme.muted, ground) >= 4.5
    assert contrast(theme.warning_text, theme.warning) >= 7.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("eyes", VISION)
def test_every_pair_of_curves_differs_in_colour(theme: Theme, eyes: str) -> None:
    seen = [oklab(VISION[eyes] @ linear(colour)) for colour in curve_colours(theme)]
    least = 18.0 if eyes == "full" else 11.0
    for a, b in itertools.combinations(seen, 2):
        assert np.linalg.norm(a - b) >= least


def test_every_curve_has_its_own_line() -> None:
    assert len({style.line for style in EMOTION_STYLES.values()}) == 6
    patterns = {tuple(emotion_pen(LIGHT, i).dashPattern()) for i in range(6)}
    assert len(patterns) == 6


def test_names(qtbot: QtBot) -> None:
    assert theme_named("light") is LIGHT
    assert theme_named("dark") is DARK
    assert theme_named("system") in (LIGHT, DARK)
    assert DARK.window in style_sheet(DARK)
