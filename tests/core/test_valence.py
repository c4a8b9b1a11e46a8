from __future__ import annotations

import pytest

from live_emotion.core.valence import Valence, joined


def test_readings_weigh_by_how_sure_they_are() -> None:
    made = joined([Valence(0.6, 0.1), Valence(0.0, 0.2)])
    assert made is not None
    assert made.value == pytest.approx(0.6 * 0.8)
    # Weights 100 and 25; they lie 0.12 and 0.48 from the mean.
    apart = 0.8 * 0.12**2 + 0.2 * 0.48**2
    assert made.deviation == pytest.approx((1 / 125 + apart) ** 0.5)


def test_one_reading_stays_and_none_is_none() -> None:
    assert joined([Valence(-0.3, 0.2)]) == Valence(-0.3, 0.2)
    assert joined([]) is None


def test_agreement_is_surer_than_either() -> None:
    made = joined([Valence(0.5, 0.2), Valence(0.5, 0.2)])
    assert made is not None and made.deviation < 0.2
