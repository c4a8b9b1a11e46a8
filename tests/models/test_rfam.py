from __future__ import annotations

import numpy as np
import pytest
import torch

from live_emotion.models.attention import simam
from live_emotion.models.presets import PRESETS
from live_emotion.models.rfam import Rfam
from live_emotion.models.sizes import RfamSizes


def body_parameters(encoder: Rfam) -> int:
    return sum(p.numel() for name, p in encoder.named_parameters() if not name.startswith("head"))


def test_paper_sizes_have_the_papers_parameters() -> None:
    assert body_parameters(Rfam(PRESETS["paper"].vision)) == 732_840
    assert body_parameters(Rfam(RfamSizes((32, 64, 128), (4, 2, 2)))) == 733_536


def test_maps_halve_at_each_stage() -> None:
    encoder = Rfam(PRESETS["paper"].vision).eval()
    sizes = []
    for block in encoder.blocks:
        block.register_forward_hook(lambda _m, _i, out: sizes.append(out.shape[-1]))
    assert encoder(torch.rand(1, 3, 48, 48)).shape == (1, 64)
    assert sizes[::2] == [24, 12, 12, 6, 3]


def test_simam_by_hand() -> None:
    v = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    expected = np.empty_like(v)
    for i in range(2):
        for c in range(3):
            d = (v[i, c] - v[i, c].mean()) ** 2
            y = d / (4 * (d.sum() / 19 + 1e-4)) + 0.5
            expected[i, c] = v[i, c] / (1 + np.exp(-y))
    np.testing.assert_allclose(simam(torch.from_numpy(v)).numpy(), expected, atol=1e-12)


def test_simam_gate_is_neither_shut_nor_saturated() -> None:
    x = torch.rand(8, 4, 12, 12, generator=torch.Generator().manual_seed(0))
    gate = simam(x) / x
    assert 0.6 < gate.min() < 0.65
    assert gate.mean() < 0.8


def test_simam_refuses_single_positions() -> None:
    with pytest.raises(ValueError, match="one position"):
        simam(torch.ones(1, 2, 1, 1))


def test_each_face_is_scored_by_itself() -> None:
    torch.manual_seed(0)
    encoder = Rfam(RfamSizes((8, 16), (1, 1))).eval()
    faces = torch.rand(3, 3, 48, 48)
    with torch.no_grad():
        torch.testing.assert_close(encoder(faces)[1:2], encoder(faces[1:2]), atol=1e-5, rtol=1e-5)
