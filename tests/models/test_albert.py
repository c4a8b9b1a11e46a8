import numpy as np
import pytest
import torch

from live_emotion.models.albert import Albert
from live_emotion.models.branches import build_branch
from live_emotion.models.presets import Preset, preset_named
from live_emotion.models.sizes import AlbertSizes

SMALL = AlbertSizes(embedding=16, hidden=32, feed_forward=64, layers=3, heads=4, vocabulary=50)


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


def _small_preset() -> Preset:
    live = preset_named("live")
    return Preset("small", live.vision, live.audio, SMALL, live.sequence)


def test_base_size_has_the_published_number_of_parameters() -> None:
    sizes = preset_named("paper").text
    assert _count(Albert(sizes, pooler=True)) == 11_683_584
    assert _count(Albert(sizes)) == 11_683_584 - 768 * 769


def test_passes_add_no_parameters() -> None:
    deeper = AlbertSizes(embedding=16, hidden=32, feed_forward=64, layers=9, heads=4, vocabulary=50)
    assert _count(Albert(deeper)) == _count(Albert(SMALL))
    torch.manual_seed(0)
    shallow = Albert(SMALL)
    deep = Albert(deeper)
    deep.load_state_dict(shallow.state_dict())
    ids = torch.arange(5, 12)[None]
    mask = torch.ones_like(ids)
    assert not torch.allclose(shallow(ids, mask), deep(ids, mask), atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64])
def test_padding_changes_nothing(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    branch = build_branch("text", _small_preset()).eval()
    ids = torch.tensor([[2, 7, 9, 11, 3]])
    padded = torch.tensor([[2, 7, 9, 11, 3, 40, 41, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 0, 0, 0]]).to(dtype)
    with torch.inference_mode():
        alone = branch(ids, torch.ones_like(ids).to(dtype))
        beside = branch(padded, mask)
    assert alone.shape == (1, 6)
    torch.testing.assert_close(alone, beside, atol=1e-5, rtol=1e-5)


def test_order_and_every_word_count() -> None:
    torch.manual_seed(0)
    branch = build_branch("text", _small_preset()).eval()
    with torch.inference_mode():
        # Fresh weights are small; larger ones make the differences plain.
        for parameter in branch.parameters():
            parameter.mul_(4.0)
        scores = [
            branch(torch.tensor([ids]), torch.ones(1, 4, dtype=torch.bool))
            for ids in ([2, 7, 9, 3], [2, 9, 7, 3], [2, 7, 10, 3])
        ]
    assert (scores[0] - scores[1]).abs().max() > 1e-4
    assert (scores[0] - scores[2]).abs().max() > 1e-4


def test_agrees_with_a_plain_transformer_layer() -> None:
    """One pass equals torch's own post-norm layer with the same weights."""
    torch.manual_seed(0)
    own = Albert(SMALL).layer.eval()
    other = torch.nn.TransformerEncoderLayer(
        32,
        4,
        64,
        dropout=0.0,
        batch_first=True,
        layer_norm_eps=1e-12,
        activation=lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
    )
    with torch.no_grad():
        parts = (own.query, own.key, own.value)
        other.self_attn.in_proj_weight.copy_(torch.cat([p.weight for p in parts]))
        other.self_attn.in_proj_bias.copy_(torch.cat([p.bias for p in parts]))
        for mine, theirs in (
            (own.output, other.self_attn.out_proj),
            (own.attention_norm, other.norm1),
            (own.expand, other.linear1),
            (own.contract, other.linear2),
            (own.norm, other.norm2),
        ):
            theirs.weight.copy_(mine.weight)
            theirs.bias.copy_(mine.bias)
    x = torch.randn(2, 5, 32)
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
    expected = other(x, src_key_padding_mask=~mask)
    actual = own(x, mask[:, None, None, :])
    np.testing.assert_allclose(actual[mask].detach(), expected[mask].detach(), atol=2e-5)
