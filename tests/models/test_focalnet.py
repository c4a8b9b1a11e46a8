from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from live_emotion.models.focal_modulation import DepthwiseConv, FocalModulation
from live_emotion.models.focalnet import DropPath, FocalBlock, FocalNet
from live_emotion.models.presets import PRESETS
from live_emotion.models.sizes import FocalNetSizes

SMALL = FocalNetSizes(widths=(8, 16), depths=(1, 2))


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def test_paper_sizes_have_the_published_parameters() -> None:
    with torch.device("meta"):
        net = FocalNet(PRESETS["paper"].audio, outputs=1000)
    assert parameters(net.trunk) == 49_119_144
    assert parameters(net) == 49_888_144


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_piece_becomes_a_vector_of_64(preset: str) -> None:
    with torch.device("meta"):
        net = FocalNet(PRESETS[preset].audio)
        assert net(torch.empty(3, 1, 128, 32)).shape == (3, 64)


def test_live_sizes_run_and_stay_small() -> None:
    net = FocalNet(PRESETS["live"].audio).eval()
    assert parameters(net) < 5_000_000
    with torch.no_grad():
        assert torch.isfinite(net(torch.randn(2, 1, 128, 32))).all()


def test_a_stem_keeps_the_sizes_of_the_maps() -> None:
    sizes = FocalNetSizes(widths=(8, 16), depths=(1, 1), patch=8, stem=4, layer_scale=0.1)
    trunk = FocalNet(sizes).trunk.eval()
    with torch.no_grad():
        assert trunk.stem(torch.randn(2, 1, 128, 32)).shape == (2, 4, 32, 8)
        assert trunk(torch.randn(2, 1, 128, 32)).shape == (2, 32)
    with pytest.raises(ValueError, match="power of two"):
        FocalNet(FocalNetSizes(widths=(8,), depths=(1,), patch=6, stem=4))


def test_blocks_begin_near_the_identity_with_a_small_layer_scale() -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 4, 4, 8)
    plain, scaled = (
        FocalBlock(8, FocalNetSizes(widths=(8,), depths=(1,), layer_scale=first), 0.0)
        for first in (0.0, 1e-3)
    )
    with torch.no_grad():
        assert float((scaled(x) - x).abs().max()) < 0.02 < float((plain(x) - x).abs().max())


def test_modulation_follows_the_equations() -> None:
    """Against loops over positions, written from eq. 4 to 7."""
    torch.manual_seed(0)
    module = FocalModulation(width=3, levels=2, window=3).double()
    x = torch.randn(1, 4, 5, 3, dtype=torch.float64)
    joined = nn.functional.linear(x, module.project_in.weight, module.project_in.bias)
    query, context, gates = joined[0].split((3, 3, 3), dim=-1)
    gelu = nn.functional.gelu
    total = torch.zeros(4, 5, 3, dtype=torch.float64)
    for level, kernel in enumerate((3, 5)):
        weight = module.context[level].weight
        reach, seen = kernel // 2, torch.zeros_like(context)
        for i in range(4):
            for j in range(5):
                for di in range(-reach, reach + 1):
                    for dj in range(-reach, reach + 1):
                        if 0 <= i + di < 4 and 0 <= j + dj < 5:
                            tap = weight[:, 0, di + reach, dj + reach]
                            seen[i, j] += tap * context[i + di, j + dj]
        context = gelu(seen)
        total += context * gates[..., level : level + 1]
    total += gelu(context.mean((0, 1))) * gates[..., 2:]
    expected = module.project_out(query * module.mix(total))
    torch.testing.assert_close(module(x)[0], expected)


def test_statistics_live_inside() -> None:
    torch.manual_seed(0)
    net = FocalNet(SMALL).eval()
    mel = torch.randn(2, 1, 128, 32)
    with torch.no_grad():
        plain = net(mel)
        mean, deviation = torch.linspace(-9, -5, 128), torch.linspace(1, 4, 128)
        net.set_statistics(mean, deviation)
        shifted = net(mel * deviation[:, None] + mean[:, None])
    torch.testing.assert_close(plain, shifted, rtol=1e-4, atol=1e-4)
    assert {"mean", "deviation"} <= set(net.state_dict())


def test_pieces_do_not_touch_each_other() -> None:
    torch.manual_seed(0)
    net = FocalNet(SMALL).eval()
    mel = torch.randn(4, 1, 128, 32)
    with torch.no_grad():
        torch.testing.assert_close(net(mel)[2:3], net(mel[2:3]), rtol=1e-5, atol=1e-5)


def test_convolution_as_matrices_is_the_convolution() -> None:
    torch.manual_seed(0)
    conv = DepthwiseConv(6, 5).double()
    for height, width in ((4, 1), (8, 2), (16, 4)):
        x = torch.randn(3, 6, height, width, dtype=torch.float64)
        torch.testing.assert_close(conv.train()(x), conv.eval()(x))


def test_every_parameter_is_trained() -> None:
    torch.manual_seed(0)
    net = FocalNet(SMALL)
    net(torch.randn(2, 1, 128, 32)).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name


def test_drop_path_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    drop = DropPath(0.25).train()
    out = drop(torch.ones(4000, 2, 2))
    rows = out.flatten(1)
    assert set(np.round(rows.unique().tolist(), 4)) == {0.0, 1.3333}
    assert (rows.amin(1) == rows.amax(1)).all()
    assert float(out.mean()) == pytest.approx(1.0, abs=0.05)
    assert torch.equal(drop.eval()(torch.ones(3)), torch.ones(3))


def test_drop_rates_rise_to_the_last_block() -> None:
    net = FocalNet(SMALL)
    net.set_drop_path(0.2)
    rates = [m.rate for m in net.modules() if isinstance(m, DropPath)]
    assert rates == pytest.approx([0.0, 0.1, 0.2])


# torch.export and the OpenVINO front end warn of their own deprecated calls.
@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_openvino_gives_the_same_vectors() -> None:
    openvino = pytest.importorskip("openvino")
    torch.manual_seed(0)
    net = FocalNet(SMALL).eval()
    mel = torch.randn(3, 1, 128, 32)
    shapes = ({0: torch.export.Dim("pieces", min=1, max=64)},)
    model = openvino.convert_model(torch.export.export(net, (mel,), dynamic_shapes=shapes))
    hint = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = openvino.Core().compile_model(model, "CPU", hint)
    for count in (1, 3):
        found = compiled(mel[:count].numpy())[0]
        with torch.no_grad():
            np.testing.assert_allclose(found, net(mel[:count]).numpy(), atol=1e-4)
