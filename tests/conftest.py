from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before anything imports torch: its threads that wait at full speed take the cores from one
# another, and from everything else. Networks this small are fastest on a single thread.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from live_emotion.runtime.openvino_library import openvino

# As in the program, see `live_emotion.cli.main`; read when the libraries are first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OPENCV_FOR_THREADS_NUM", "1")

# Before any test imports it: brought in this way, OpenVINO reports its use to nobody.
openvino()

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def engine_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache of engines that all tests and the programs they start fill together.

    Several runs share it, and the processes of one, where LIVE_EMOTION_TEST_ENGINES names it.
    """
    named = os.environ.get("LIVE_EMOTION_TEST_ENGINES")
    return Path(named) if named else tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session", autouse=True)
def shared_engines(engine_cache: Path) -> Iterator[None]:
    """Build each engine once: it takes seconds. Tests of the cache itself have their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVE_EMOTION_CACHE", str(engine_cache))
        yield


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Start every test with one thread of torch, whatever another has asked for."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The training and test data, where they are at hand."""
    folder = Path(os.environ.get("LIVE_EMOTION_DATA", REPO.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("no data folder: set LIVE_EMOTION_DATA to one")
    return folder
