from __future__ import annotations

from pathlib import Path

import pytest

from live_emotion.models.presets import PRESETS
from tests.runtime.small_preset import SMALL
from tests.training.evaluation_data import write_small_weights


@pytest.fixture(scope="session")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_small_weights(tmp_path_factory.mktemp("small-weights"))


@pytest.fixture
def small_trained(small_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the small preset's weights."""
    monkeypatch.setitem(PRESETS, "small", SMALL)
    return small_folder
