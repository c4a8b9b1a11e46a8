"""The dataclasses that travel: lazy pictures, block ends, missing scores."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from live_emotion.core.emotions import BRANCHES, EMOTION_STYLES, EMOTIONS
from live_emotion.core.estimate import BranchEstimate, Estimate, no_scores
from live_emotion.core.media import AudioBlock, VideoFrame


def test_a_picture_is_made_once_and_only_when_asked_for() -> None:
    calls = []

    def load() -> np.ndarray:
        calls.append(1)
        return np.zeros((4, 6, 3), dtype=np.uint8)

    frame = VideoFrame(0.5, 0, 6, 4, load)
    assert calls == []
    assert frame.image is frame.image
    assert calls == [1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        frame.t = 1.0  # type: ignore[misc]


def test_a_block_ends_after_its_last_sample() -> None:
    assert AudioBlock(2.0, np.zeros(8_000, dtype=np.float32)).t_end == 2.5


def test_missing_scores_are_not_numbers_and_lead_nowhere() -> None:
    missing = BranchEstimate(no_scores(), 0.0, "no face")
    assert not missing.present
    assert np.isnan(missing.scores).all()
    branches = dict.fromkeys(BRANCHES, missing)
    estimate = Estimate(4.8, 11, (0.0, 4.8), no_scores(), branches, None, 1.0)
    assert estimate.leading is None
    scores = np.float32([0.1, 0.2, 0.9, 0.3, 0.0, 0.1])
    assert EMOTIONS[dataclasses.replace(estimate, scores=scores).leading or 0] == "angry"


def test_every_emotion_can_be_told_apart() -> None:
    assert set(EMOTION_STYLES) == set(EMOTIONS)
    for attribute in ("light", "dark", "line"):
        values = [getattr(style, attribute) for style in EMOTION_STYLES.values()]
        assert len(set(values)) == len(EMOTIONS)
