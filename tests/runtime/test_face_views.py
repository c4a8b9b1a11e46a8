"""Engines read the same views of a face as the network in PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from live_emotion.core.face_views import ALL, ALONE, MIRRORED
from live_emotion.models import face_views as tensors
from live_emotion.runtime.face_views import views_of


@pytest.mark.parametrize("count", [ALONE, MIRRORED, ALL])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_views_are_those_of_the_tensors(count: int, n: int) -> None:
    faces = np.random.default_rng(n).integers(0, 256, (n, 48, 48, 3)).astype(np.uint8)
    views = views_of(faces, count)
    assert views.shape == (count * n, 3, 48, 48)
    assert views.dtype == np.float32
    whole = torch.from_numpy(faces.transpose(0, 3, 1, 2).astype(np.float32) / 255)
    if n:
        expected = tensors.views_of(whole, count).numpy()
        np.testing.assert_allclose(views, expected, atol=1e-5)
