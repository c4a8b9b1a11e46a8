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


@pytest.fixture(scope="session")
def shared_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests fill together: building takes seconds."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def small(
    monkeypatch: pytest.MonkeyPatch, small_weights: Path, shared_cache: Path
) -> Iterator[Preset]:
    """The preset `small` with weights of its own, and the shared cache."""
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(small_weights))
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(shared_cache))
    yield SMALL


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
