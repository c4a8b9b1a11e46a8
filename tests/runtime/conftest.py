from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from live_emotion.models.presets import PRESETS, Preset
from tests.runtime.small_preset import SMALL, write_weights


@pytest.fixture(scope="session")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_weights(folder)
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, small_weights: Path) -> Iterator[Preset]:
    """The preset `small` with weights of its own."""
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(small_weights))
    yield SMALL


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
