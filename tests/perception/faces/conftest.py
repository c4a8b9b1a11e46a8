from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray

from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.perception.faces.weights import centerface_path

Image = NDArray[np.uint8]


@pytest.fixture(scope="session")
def forward() -> Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]:
    """CenterFace on one thread."""
    core = ov.Core()
    model = core.read_model(centerface_path())
    model.reshape([1, 3, ov.Dimension(-1), ov.Dimension(-1)])
    settings = {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled: Any = core.compile_model(model, "CPU", settings)

    def run(x: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        result = compiled(x)
        return [np.array(result[i]) for i in range(4)]

    return run


@pytest.fixture(scope="session")
def finder(forward: Callable[[NDArray[np.float32]], list[NDArray[np.float32]]]) -> FaceFinder:
    return FaceFinder(forward)


def frames(path: Path, step: int = 1) -> Iterator[tuple[float, Image]]:
    """Every `step`-th picture of a film with its time."""
    with av.open(str(path)) as film:
        for index, frame in enumerate(film.decode(video=0)):
            if index % step == 0:
                yield float(frame.time), frame.to_ndarray(format="rgb24")


@pytest.fixture(scope="session")
def clips(data_dir: Path) -> list[Path]:
    found = sorted((data_dir / "av").glob("*.mp4"))
    assert found
    return found


@pytest.fixture(scope="session")
def portrait(clips: list[Path]) -> Image:
    """A 720p picture of one face."""
    ravdess = next(path for path in clips if "ravdess" in path.name)
    return next(frames(ravdess))[1]
