from __future__ import annotations

import os
from pathlib import Path

import pytest

from live_emotion.runtime.openvino_library import openvino

# As in the program, see `live_emotion.cli.main`; read when the libraries are first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

# Before any test imports it: brought in this way, OpenVINO reports its use to nobody.
openvino()

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The training and test data, where they are at hand."""
    folder = Path(os.environ.get("LIVE_EMOTION_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no data folder: set LIVE_EMOTION_DATA to one")
    return folder
