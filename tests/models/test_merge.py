from __future__ import annotations

import pytest
import torch
from torch import nn

from live_emotion.models.merge import fuse_bn, merge, merge_block
from live_emotion.models.rfam import ConvBN, Rfam, RfamBlock
from live_emotion.models.sizes import RfamSizes

SIZES = RfamSizes(widths=(8, 12, 16, 24), depths=(1, 2, 1, 1))


def randomise(module: nn.Module, seed: int = 0) -> None:
    """Give every normalisation statistics and weights far from their start."""
    random = torch.Generator().manual_seed(seed)
    for norm in module.modules():
        if isinstance(norm, nn.BatchNorm2d):
            for tensor, low, high in (
                (norm.running_mean, -1.0, 1.0),
                (norm.running_var, 0.05, 3.0),
                (norm.weight.data, -1.5, 1.5),
                (norm.bias.data, -1.0, 1.0),
            ):
                assert tensor is not None
                tensor.copy_(torch.rand(tensor.shape, generator=random) * (high - low) + low)


@pytest.mark.parametrize("form", [merge, fuse_bn])
@pytest.mark.parametrize(("dtype", "allowed"), [(torch.float32, 1e-5), (torch.float64, 1e-12)])
def test_equals_the_trained_form_with_any_statistics(form, dtype, allowed) -> None:
    torch.manual_seed(1)
    encoder = Rfam(SIZES)
    randomise(encoder)
    encoder = encoder.to(dtype).eval()
    faces = torch.rand(4, 3, 48, 48, dtype=dtype)
    with torch.no_grad():
        expected = encoder(faces)
        difference = (form(encoder)(faces) - expected).abs().max() / expected.abs().max().clamp(1)
    assert expected.std() > 1e-3
    assert difference < allowed


def test_equals_after_training_has_moved_statistics_and_weights() -> None:
    torch.manual_seed(2)
    encoder = Rfam(SIZES).train()
    optimizer = torch.optim.SGD(encoder.parameters(), lr=0.05)
    for _ in range(5):
        loss = (encoder(torch.rand(8, 3, 48, 48)) - 1).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    encoder.eval()
    faces = torch.rand(4, 3, 48, 48)
    with torch.no_grad():
        torch.testing.assert_close(merge(encoder)(faces), encoder(faces), atol=1e-5, rtol=0)
        torch.testing.assert_close(fuse_bn(encoder)(faces), encoder(faces), atol=1e-5, rtol=0)


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(6, 6, 1), (6, 10, 2), (6, 6, 2)])
def test_a_block_that_meets_negative_input_needs_prelu(inputs, outputs, stride) -> None:
    torch.manual_seed(3)
    block = RfamBlock(inputs, outputs, stride).eval()
    randomise(block)
    block = block.double()
    x = torch.randn(2, inputs, 12, 12, dtype=torch.float64)
    with torch.no_grad():
        with_prelu = merge_block(block, nonnegative=False)(x)
        torch.testing.assert_close(with_prelu, block(x), atol=1e-12, rtol=0)
        assert not torch.allclose(merge_block(block)(x), block(x), atol=1e-3)
        torch.testing.assert_close(
            merge_block(block)(x.relu()), block(x.relu()), atol=1e-12, rtol=0
        )


def test_no_normalisation_and_no_shortcut_is_left() -> None:
    encoder = Rfam(SIZES).eval()
    merged = merge(encoder)
    kinds = {type(m) for m in merged.modules()}
    assert not kinds & {nn.BatchNorm2d, ConvBN, RfamBlock}
    assert nn.BatchNorm2d not in {type(m) for m in fuse_bn(encoder).modules()}
    assert any(isinstance(m, RfamBlock) for m in fuse_bn(encoder).modules())
    # The trained network itself stays as it was.
    assert any(isinstance(m, nn.BatchNorm2d) for m in encoder.modules())
