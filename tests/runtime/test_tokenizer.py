import io
from pathlib import Path

import pytest
import sentencepiece

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir
from live_emotion.runtime.tokenizer import TextTokenizer, WordPieces, open_tokenizer

SENTENCES = [
    f"{who} {verb} {what} {when}"
    for who in ("I", "You", "They", "my sister", "the old dog")
    for verb in ("love", "hate", "fear", "wonder about", "can't stand")
    for what in ("this", "the rain", "talking by the door", "cold coffee")
    for when in ("today", "every day", "at night")
]


def _vocabulary(path: Path, symbols: list[str]) -> Path:
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES),
        model_writer=model,
        vocab_size=45,
        normalization_rule_name="nmt_nfkc_cf",
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=symbols,
        minloglevel=2,
    )
    path.write_bytes(model.getvalue())
    return path


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> TextTokenizer:
    path = tmp_path_factory.mktemp("words") / "small.model"
    return TextTokenizer(_vocabulary(path, ["[CLS]", "[SEP]", "[MASK]"]))


def test_conventions(tokenizer: TextTokenizer) -> None:
    assert tokenizer.pieces()[:5] == ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]
    assert tokenizer.size == len(tokenizer.pieces()) == 45
    assert (tokenizer.pad_id, tokenizer.first_id, tokenizer.last_id) == (0, 2, 3)


def test_frames_and_lower_cases(tokenizer: TextTokenizer) -> None:
    ids = tokenizer.encode("They HATE the rain")
    assert ids == tokenizer.encode("they hate the rain")
    assert ids[0] == 2
    assert ids[-1] == 3
    assert "".join(tokenizer.pieces()[i] for i in ids[1:-1]) == "▁they▁hate▁the▁rain"
    assert tokenizer.encode_all(["", "they hate the rain"]) == [[2, 3], ids]


def test_long_text_keeps_its_end(tokenizer: TextTokenizer) -> None:
    whole = tokenizer.encode("they hate the rain " * 40, max_length=10_000)
    cut = tokenizer.encode("they hate the rain " * 40, max_length=20)
    assert len(cut) == 20
    assert cut == [2, *whole[-19:]]
    assert len(tokenizer.encode("they hate the rain " * 40)) == 128


def test_special_pieces_cannot_be_written_by_a_text(tokenizer: TextTokenizer) -> None:
    assert not {0, 2, 3, 4} & set(tokenizer.encode("[SEP] <pad> [CLS] [MASK]")[1:-1])


@pytest.fixture(scope="module")
def word_pieces(tmp_path_factory: pytest.TempPathFactory) -> WordPieces:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "they", "hate", "rain", "##y", "[", "]"]
    made = Tokenizer(models.WordPiece({n: i for i, n in enumerate(names)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(names[:5])
    made.enable_padding(length=40)
    made.enable_truncation(10)
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    path = tmp_path_factory.mktemp("words") / "small.tokenizer.json"
    made.save(str(path))
    opened = open_tokenizer(path)
    assert isinstance(opened, WordPieces)
    return opened


def test_word_pieces(word_pieces: WordPieces) -> None:
    assert (word_pieces.pad_id, word_pieces.size) == (0, 11)
    assert word_pieces.encode("They hate rainy") == [2, 5, 6, 7, 8, 3]
    assert word_pieces.encode_all(["", "rain"]) == [[2, 3], [2, 7, 3]]
    # Neither the file's own padding nor its cut at the end holds here.
    whole = word_pieces.encode("they hate rain " * 100, max_length=1000)
    assert len(whole) == 302
    assert word_pieces.encode("they hate rain " * 100, max_length=12) == [2, *whole[-11:]]
    assert not {0, 2, 3, 4} & set(word_pieces.encode("[SEP] [PAD] [CLS] [MASK]")[1:-1])


def test_wrong_word_pieces(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    path = tmp_path / "bad.tokenizer.json"
    with pytest.raises(UserError, match="no text vocabulary"):
        open_tokenizer(path)
    for damaged in (b"{", b"\xff\xfe"):
        path.write_bytes(damaged)
        with pytest.raises(UserError, match="damaged"):
            open_tokenizer(path)
    Tokenizer(models.WordPiece({"a": 0}, unk_token="a")).save(str(path))
    with pytest.raises(UserError, match="special pieces"):
        open_tokenizer(path)


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no text vocabulary"):
        TextTokenizer(tmp_path / "none.model")
    (tmp_path / "bad.model").write_bytes(b"not a vocabulary")
    with pytest.raises(UserError, match="damaged"):
        TextTokenizer(tmp_path / "bad.model")
    with pytest.raises(UserError, match="special pieces"):
        TextTokenizer(_vocabulary(tmp_path / "other.model", ["<s>"]))


def test_the_shipped_vocabulary() -> None:
    names = ("live-text.model", "live-text-albert.model")
    path = next((p for n in names if (p := assets_dir() / "weights" / n).is_file()), None)
    if path is None:
        pytest.skip("no shipped SentencePiece vocabulary")
    shipped = TextTokenizer(path)
    assert shipped.size == 30_000
    ids = shipped.encode("kids are talking by the door")
    assert [shipped.pieces()[i] for i in ids[1:-1]] == [
        "▁kids", "▁are", "▁talking", "▁by", "▁the", "▁door",
    ]  # fmt: skip
