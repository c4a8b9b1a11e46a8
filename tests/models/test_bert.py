import pytest
import torch
from transformers import BertConfig, BertModel

from live_emotion.models.bert import Bert, mean_of_words
from live_emotion.models.branches import TextBranch
from live_emotion.models.presets import Preset, preset_named
from live_emotion.models.sizes import AlbertSizes, BertSizes, describe_text, described_text
from live_emotion.training.text_published import bert_state

SMALL = BertSizes(
    hidden=32, feed_forward=64, layers=3, heads=4, vocabulary=40, positions=24
)  # fmt: skip


def test_agrees_with_the_published_network() -> None:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=40, hidden_size=32, num_hidden_layers=3, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=24, hidden_act="gelu",
    )  # fmt: skip
    theirs = BertModel(config, add_pooling_layer=False).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    own = Bert(SMALL).eval()
    own.load_state_dict(bert_state(theirs.state_dict(), SMALL.layers))
    ids = torch.randint(5, 40, (2, 9))
    mask = torch.ones(2, 9, dtype=torch.int64)
    mask[1, 6:] = 0
    with torch.inference_mode():
        expected = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
        actual = own(ids, mask)
    torch.testing.assert_close(actual[mask.bool()], expected[mask.bool()], atol=2e-5, rtol=1e-5)


def _branch() -> TextBranch:
    live = preset_named("live")
    torch.manual_seed(0)
    return TextBranch(Preset("small", live.vision, live.audio, SMALL, live.sequence)).eval()


@pytest.mark.parametrize("dtype", [torch.bool, torch.int64])
def test_padding_changes_nothing(dtype: torch.dtype) -> None:
    branch = _branch()
    ids = torch.tensor([[2, 7, 9, 11, 3]])
    padded = torch.tensor([[2, 7, 9, 11, 3, 38, 39, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 0, 0, 0]]).to(dtype)
    with torch.inference_mode():
        alone = branch(ids, torch.ones_like(ids).to(dtype))
        beside = branch(padded, mask)
    assert alone.shape == (1, 6)
    torch.testing.assert_close(alone, beside, atol=1e-5, rtol=1e-5)


def test_the_sentence_is_the_mean_of_its_words() -> None:
    hidden = torch.arange(12.0).reshape(1, 3, 4)
    mask = torch.tensor([[True, True, False]])
    torch.testing.assert_close(mean_of_words(hidden, mask), hidden[:, :2].mean(1))


def test_sizes_as_weights_describe_them() -> None:
    albert = preset_named("live").text
    for sizes in (SMALL, albert):
        assert described_text(describe_text(sizes)) == sizes
    # The first weights did not name their network.
    assert isinstance(albert, AlbertSizes)
    unnamed = {k: v for k, v in describe_text(albert).items() if k != "network"}
    assert described_text(unnamed) == albert
    for wrong in ({"network": "lstm"}, {"network": "bert", "hidden": 3}, {"depth": 3}):
        with pytest.raises(ValueError, match="no text network"):
            described_text(wrong)
