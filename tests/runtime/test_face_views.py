from __future__ import annotations

import numpy as np
import pytest
import torch

from live_emotion.models import face_views as tensors
from live_emotion.runtime.face_views import views_of


@pytest.mark.parametrize("count", [1, 2])
def test_arrays_and_tensors_are_the_same(count: int) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (3, 48, 48, 3)).astype(np.uint8)
    expected = tensors.views_of(torch.from_numpy(faces).permute(0, 3, 1, 2) / 255, count)
    np.testing.assert_allclose(views_of(faces, count), expected.numpy(), atol=1e-6)
