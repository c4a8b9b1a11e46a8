import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from transformers import AlbertConfig, AlbertModel, BertConfig, BertModel

from live_emotion.core.errors import UserError
from live_emotion.models.albert import Albert
from live_emotion.models.bert import Bert
from live_emotion.models.sizes import AlbertSizes
from live_emotion.training import text_bert
from live_emotion.training.common import Precision
from live_emotion.training.options import TrainOptions
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_init import fold_bert, start_from
from live_emotion.training.text_loop import LoopOptions
from live_emotion.training.text_noise import TextNoise
from live_emotion.training.text_pieces import piece_vectors
from live_emotion.training.text_published import bert_sizes, init_folder, load_albert, load_bert

WORDPIECES = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "they", "##y", "hate", "rain", "##s"]
PIECES = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", "▁they", "▁rain", "▁rains", "s", "▁ß"]


def _tokenizer(folder: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {word: i for i, word in enumerate(WORDPIECES)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(WORDPIECES), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=24, hidden_act="gelu",
    )  # fmt: skip
    model = BertModel(config, add_pooling_layer=False)
    with torch.no_grad():
        # Words differ far more than places do, as in a trained network.
        model.embeddings.word_embeddings.weight.mul_(20)
    save_file({k: v.contiguous() for k, v in model.state_dict().items()},
              tmp_path / "model.safetensors")  # fmt: skip
    (tmp_path / "config.json").write_text(json.dumps(config.to_dict()))
    _tokenizer(tmp_path)
    return tmp_path


def test_pieces_get_the_mean_of_their_word_pieces(tmp_path: Path) -> None:
    vectors = torch.arange(10.0)[:, None]
    found = piece_vectors(_tokenizer(tmp_path), vectors, PIECES)[:, 0].tolist()
    # "▁rains" = rain ##s; "s" goes on a word; an unknown letter takes the mean of all.
    assert found == [0, 1, 2, 3, 4, 5, 8, 8.5, 9, 4.5]


def test_fold_keeps_what_bert_feeds_its_first_layer(bert: Path) -> None:
    sizes = AlbertSizes(
        embedding=16, hidden=32, feed_forward=64, layers=2, heads=4, vocabulary=10, positions=24
    )
    own = Albert(sizes).eval()
    assert fold_bert(own, bert, PIECES, layers=[1]) > 0.99
    published = Bert(bert_sizes(bert)).eval()
    load_bert(published, bert)
    ids = torch.tensor([[2, 5, 8, 3]])
    visible = torch.ones(1, 1, 1, 4, dtype=torch.bool)
    with torch.inference_mode():
        theirs = published.embeddings(ids)
        mine = own.mapping(own.embeddings(torch.tensor([[2, 5, 6, 3]])))
        # Ten words span few directions, so only the rescaling to one length is lost.
        assert torch.cosine_similarity(mine, theirs, dim=-1).min() > 0.9
        layer = published.layers[1](theirs, visible)
        same = own.layer(theirs, visible)
    torch.testing.assert_close(same, layer, atol=5e-3, rtol=0)


def test_published_albert_gives_its_own_hidden_states(tmp_path: Path) -> None:
    torch.manual_seed(0)
    config = AlbertConfig(
        vocab_size=40, embedding_size=16, hidden_size=32, num_hidden_layers=3,
        num_attention_heads=4, intermediate_size=64, max_position_embeddings=24,
        hidden_act="gelu_new",
    )  # fmt: skip
    theirs = AlbertModel(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    state = {f"albert.{k}": v.contiguous() for k, v in theirs.state_dict().items()}
    save_file(state, tmp_path / "model.safetensors")
    sizes = AlbertSizes(
        embedding=16, hidden=32, feed_forward=64, layers=3, heads=4, vocabulary=40, positions=24
    )
    own = Albert(sizes).eval()
    load_albert(own, tmp_path)
    ids = torch.randint(5, 40, (2, 9))
    mask = torch.ones(2, 9, dtype=torch.int64)
    mask[1, 6:] = 0
    with torch.inference_mode():
        expected = theirs(input_ids=ids, attention_mask=mask).last_hidden_state
        actual = own(ids, mask)
    torch.testing.assert_close(actual[mask.bool()], expected[mask.bool()], atol=1e-4, rtol=1e-4)


def test_wrong_folders_are_told_in_a_sentence(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = AlbertSizes(16, 32, 64, 2, 4, vocabulary=10, positions=24)
    model = Albert(sizes)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert init_folder(str(empty)) == empty
    with pytest.raises(UserError, match="no BERT or ALBERT"):
        start_from(model, empty, PIECES)
    (empty / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(UserError, match="no BERT or ALBERT"):
        start_from(model, empty, PIECES)
    with pytest.raises(UserError, match=r"no model\.safetensors"):
        bert_sizes(empty)
    for name in ("model.safetensors", "tokenizer.json"):
        (empty / name).write_bytes((bert / name).read_bytes())
    with pytest.raises(UserError, match="no BERT that is known"):
        bert_sizes(empty)
    with pytest.raises(UserError, match="no whole BERT"):
        load_bert(Bert(replace(bert_sizes(bert), hidden=16)), bert)
    start_from(model, bert, PIECES)

    def refuse(*_: object, **__: object) -> str:
        raise OSError("no network")

    monkeypatch.setattr("huggingface_hub.snapshot_download", refuse)
    with pytest.raises(UserError, match="no folder and could not be fetched"):
        init_folder("someone/some-albert")


def test_a_teacher_is_fitted_once_and_its_scores_are_kept(
    bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = LoopOptions(
        epochs=5, learning_rate=5e-3, budget=120, noise=TextNoise(strip=0, damage=0)
    )
    monkeypatch.setattr(text_bert, "SETTINGS", settings)
    rng = np.random.default_rng(0)
    targets = np.zeros((120, 6), np.float32)
    targets[:, 2] = rng.integers(0, 2, 120)
    texts = tuple("they hate rain" if t else "they rain rain" for t in targets[:, 2])
    rows = TextRows(texts, targets, np.full(120, "made"), np.full(120, "train"))
    options = TrainOptions(data=tmp_path, output=tmp_path / "run", threads=1)
    precision = Precision(torch.device("cpu"), mixed=False)
    fold = rows.take(np.arange(10))
    logits = text_bert.teach(bert, rows, fold, options, precision)
    assert logits.shape == (120, 6)
    np.testing.assert_array_equal(logits[:, 2] > 0, targets[:, 2] == 1)
    assert (logits[:, [0, 1, 3, 4, 5]] < 0).all()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the teacher was trained again")

    monkeypatch.setattr(text_bert, "fit", refuse)
    resumed = TrainOptions(data=tmp_path, output=tmp_path / "run", resume=True)
    np.testing.assert_array_equal(text_bert.teach(bert, rows, fold, resumed, precision), logits)
    # Other rows: the kept teacher scores them anew, in half precision.
    fewer = text_bert.teach(bert, rows.take(np.arange(50)), fold, resumed, precision)
    np.testing.assert_allclose(fewer, logits[:50], atol=0.1)
