from __future__ import annotations

import pytest

from live_emotion.core.valence import Valence, joined


def test_readings_weigh_by_how_sure_they_are() -> None:
    made = joined([Valence(0.6, 0.1), Valence(0.0, 0.2)])
    assert made is not None
    assert made.value == pytest.approx(0.6 * 0.8)
    # Shares 0.8 and 0.2; they lie 0.12 and 0.48 from the mean.
    apart = 0.8 * 0.12**2 + 0.2 * 0.48**2
    assert made.deviation == pytest.approx(((0.8 * 0.1 + 0.2 * 0.2) ** 2 + apart) ** 0.5)


def test_one_reading_stays_and_none_is_none() -> None:
    made = joined([Valence(-0.3, 0.2)])
    assert made is not None
    assert (made.value, made.deviation) == pytest.approx((-0.3, 0.2))
    assert joined([]) is None


def test_agreement_makes_nothing_surer_than_it_is() -> None:
    made = joined([Valence(0.5, 0.2), Valence(0.5, 0.2)])
    assert made is not None and made.deviation == pytest.approx(0.2)
    apart = joined([Valence(0.9, 0.2), Valence(0.1, 0.2)])
    assert apart is not None and apart.deviation > 0.4
