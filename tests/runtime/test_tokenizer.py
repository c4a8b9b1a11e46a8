import io
from pathlib import Path

import pytest
import sentencepiece

from live_emotion.core.errors import UserError
from live_emotion.core.resources import assets_dir
from live_emotion.runtime.tokenizer import TextTokenizer

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


def test_wrong_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no text vocabulary"):
        TextTokenizer(tmp_path / "none.model")
    (tmp_path / "bad.model").write_bytes(b"not a vocabulary")
    with pytest.raises(UserError, match="damaged"):
        TextTokenizer(tmp_path / "bad.model")
    with pytest.raises(UserError, match="special pieces"):
        TextTokenizer(_vocabulary(tmp_path / "other.model", ["<s>"]))


def test_the_shipped_vocabulary() -> None:
    path = assets_dir() / "weights" / "live-text.model"
    if not path.is_file():
        pytest.skip("no shipped vocabulary")
    shipped = TextTokenizer(path)
    assert shipped.size == 30_000
    ids = shipped.encode("kids are talking by the door")
    assert [shipped.pieces()[i] for i in ids[1:-1]] == [
        "▁kids", "▁are", "▁talking", "▁by", "▁the", "▁door",
    ]  # fmt: skip
