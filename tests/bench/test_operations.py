"""Operations and bytes of the encoders against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from live_emotion.bench.operations import best_ms, count_encoder


def test_the_vision_network_has_the_operations_that_the_paper_gives_it() -> None:
    faces: dict[str, Any] = {"faces": np.zeros((1, 3, 48, 48), np.float32)}
    counted = count_encoder("paper", "vision_face", faces)
    # Widths 24-48-96-192, blocks 1-2-1-1: 27.7 million multiply-adds, 0.73 million parameters.
    assert counted["mmac"] == pytest.approx(27.7, abs=0.3)
    assert counted["weights_mb"] == pytest.approx(0.745 * 4, abs=0.06)
    twice = count_encoder("paper", "vision_face", {"faces": np.zeros((2, 3, 48, 48), np.float32)})
    assert twice["mmac"] == pytest.approx(2 * counted["mmac"], rel=1e-3)
    assert twice["weights_mb"] == counted["weights_mb"]


def test_the_face_finder_grows_with_the_picture() -> None:
    small, large = (
        count_encoder("live", "face_finder", {"picture": np.zeros((1, 3, h, w), np.float32)})
        for h, w in ((64, 64), (128, 128))
    )
    assert small["mmac"] > 1.0
    assert large["mmac"] == pytest.approx(4 * small["mmac"], rel=0.01)


def test_the_least_time_is_the_slower_of_arithmetic_and_memory() -> None:
    best = {"gflops_float32": 100.0, "read_gb_s": 10.0}
    assert best_ms({"mmac": 50.0, "weights_mb": 1.0}, best) == pytest.approx(1.0)
    assert best_ms({"mmac": 5.0, "weights_mb": 20.0}, best) == pytest.approx(2.0)
