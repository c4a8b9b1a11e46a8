from __future__ import annotations

import torch

from live_emotion.models.attention import MASKED
from live_emotion.models.sequence import SequenceEncoder
from live_emotion.models.sizes import SequenceSizes

SIZES = SequenceSizes(feed_forward=128, layers=2)


def made(seed: int = 0) -> SequenceEncoder:
    torch.manual_seed(seed)
    return SequenceEncoder(SIZES).eval()


@torch.no_grad()
def test_masked_ticks_do_not_matter() -> None:
    encoder = made()
    vectors = torch.randn(2, 12, 64)
    present = torch.rand(2, 12) < 0.5
    present[:, 0] = True
    other = torch.where(present[..., None], vectors, torch.full_like(vectors, float("nan")))
    torch.testing.assert_close(encoder(vectors, present), encoder(other, present))
    kept = vectors[0, present[0]][None]
    alone = encoder(kept, torch.ones(1, kept.shape[1], dtype=torch.bool))
    torch.testing.assert_close(alone, encoder(vectors, present)[:1], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_order_of_ticks_does_not_matter_but_content_does() -> None:
    encoder = made()
    vectors = torch.randn(1, 12, 64)
    present = torch.ones(1, 12, dtype=torch.bool)
    shuffled = vectors[:, torch.randperm(12)]
    torch.testing.assert_close(
        encoder(vectors, present), encoder(shuffled, present), atol=1e-5, rtol=1e-5
    )
    assert not torch.allclose(encoder(vectors, present), encoder(vectors * 2, present), atol=1e-3)


@torch.no_grad()
def test_a_window_with_no_tick_gives_finite_logits() -> None:
    encoder = made()
    logits = encoder(torch.full((3, 5, 64), float("nan")), torch.zeros(3, 5, dtype=torch.bool))
    assert logits.shape == (3, 6)
    assert bool(torch.isfinite(logits).all())


@torch.no_grad()
def test_equals_torchs_own_transformer_layers() -> None:
    """The plain products are the published layer, mask included."""
    encoder = made(3)
    reference = torch.nn.TransformerEncoder(
        torch.nn.TransformerEncoderLayer(64, SIZES.heads, SIZES.feed_forward, batch_first=True),
        SIZES.layers,
        enable_nested_tensor=False,
    ).eval()
    for ours, theirs in zip(encoder.layers, reference.layers, strict=True):
        theirs.self_attn.in_proj_weight.copy_(ours.attention.project_in.weight)
        theirs.self_attn.in_proj_bias.copy_(ours.attention.project_in.bias)
        theirs.self_attn.out_proj.load_state_dict(ours.attention.project_out.state_dict())
        theirs.linear1.load_state_dict(ours.feed_forward[0].state_dict())
        theirs.linear2.load_state_dict(ours.feed_forward[3].state_dict())
        theirs.norm1.load_state_dict(ours.norm_attention.state_dict())
        theirs.norm2.load_state_dict(ours.norm_feed_forward.state_dict())
    vectors, present = torch.randn(2, 7, 64), torch.rand(2, 7) < 0.6
    tokens = torch.cat((encoder.first.expand(2, -1, -1), vectors), 1)
    hidden = torch.cat((torch.zeros(2, 1, dtype=torch.bool), ~present), 1)
    expected = encoder.head(reference(tokens, src_key_padding_mask=hidden)[:, 0])
    torch.testing.assert_close(encoder(vectors, present), expected, atol=1e-5, rtol=1e-5)


def test_default_sizes_are_the_papers() -> None:
    encoder = SequenceEncoder(SequenceSizes())
    assert len(encoder.layers) == 4
    assert encoder.layers[0].feed_forward[0].out_features == 2048
    assert encoder.layers[0].attention.heads == 4


@torch.no_grad()
def test_the_last_layer_makes_the_first_token_as_if_it_made_all() -> None:
    encoder = made()
    x, bias = torch.randn(2, 13, 64), torch.zeros(2, 1, 1, 13)
    bias[1, ..., 5:] = MASKED
    last = encoder.layers[-1]
    everything, first = last(x, bias), last(x, bias, 1)
    assert first.shape == (2, 1, 64)
    torch.testing.assert_close(first, everything[:, :1])
