import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import BertConfig, BertModel

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.branches import TextBranch
from live_emotion.models.metadata import METADATA_KEY, WeightsMetadata
from live_emotion.models.presets import PRESETS
from live_emotion.models.sizes import AlbertSizes
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.weights import find_branch, find_branches
from live_emotion.training import text as text_module
from live_emotion.training import text_bert
from live_emotion.training.options import TrainOptions
from live_emotion.training.text import train_text
from live_emotion.training.text_evaluate import evaluate_text
from live_emotion.training.text_loop import LoopOptions
from live_emotion.training.text_vocabulary import train_vocabulary

CUES = ("glad", "gloomy", "furious", "scared", "gross", "wow")
FILLER = ("the", "door", "was", "open", "and", "rain", "came", "so", "we", "left", "early", "today")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    lines = ["\t".join(["text", *EMOTIONS, "source", "split"])]
    for i in range(700):
        words = list(rng.choice(FILLER, rng.integers(3, 8)))
        kind = int(rng.integers(0, 7))
        if kind < 6:
            words.insert(int(rng.integers(0, len(words))), CUES[kind])
        labels = [str(int(kind == k)) for k in range(6)]
        # What a source does not label may not hide in its rows without any label.
        source = "half" if i % 3 == 0 and kind != 5 else "whole"
        if source == "half":
            labels[5] = ""
        split = "dev" if i % 7 == 0 else "train"
        lines.append("\t".join([" ".join(words), *labels, source, split]))
    (tmp_path / "text.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def options(data: Path, monkeypatch: pytest.MonkeyPatch) -> TrainOptions:
    sizes = AlbertSizes(
        embedding=16, hidden=32, feed_forward=64, layers=2, heads=4, vocabulary=70, positions=128
    )
    monkeypatch.setitem(PRESETS, "tiny", replace(PRESETS["live"], name="tiny", text=sizes))
    small = LoopOptions(learning_rate=3e-3, head_factor=2.0, budget=200)
    monkeypatch.setattr(text_module, "SETTINGS", small)
    monkeypatch.setattr(text_module, "NEGATIONS", 12)
    return TrainOptions(
        data=data, preset="tiny", device="cpu", epochs=14, output=data / "run", threads=1
    )


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    """A small BERT that no training made, with a vocabulary of the words above."""
    folder = tmp_path / "bert"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *CUES, *FILLER]
    made = Tokenizer(models.WordPiece({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(folder / "tokenizer.json"))
    config = BertConfig(
        vocab_size=len(words), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=128,
    )  # fmt: skip
    torch.manual_seed(0)
    state = BertModel(config, add_pooling_layer=False).state_dict()
    save_file({k: v.contiguous() for k, v in state.items()}, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config.to_dict()))
    return folder


def test_trains_calibrates_exports_and_repeats(options: TrainOptions) -> None:
    path = train_text(options)
    assert path == options.output / "weights" / "tiny-text.safetensors"
    with safe_open(path, "pt") as file:
        metadata = WeightsMetadata.from_header(file.metadata(), path.name)
    assert metadata.trained
    assert set(metadata.thresholds) == set(EMOTIONS)
    dev = metadata.figures["dev"]
    assert dev["n"] == 100
    assert dev["macro_f1"] > 0.9
    assert dev["six_way_accuracy"] > 0.9
    assert set(dev["per_source"]) == {"half", "whole"}

    # The exported files alone give the figures in the metadata again; here, transcripts too.
    state = load_file(path)
    assert all(t.dtype == torch.float16 for t in state.values())
    again = evaluate_text(replace(options, weights=path.parent))
    assert again["macro_f1"] == pytest.approx(dev["macro_f1"], abs=2e-3)
    assert again["per_source"]["half"] == pytest.approx(dev["per_source"]["half"], abs=2e-3)
    assert again["transcript"]["n"] == 100

    # A finished run that is resumed writes the same bytes; dev rows have no say in them.
    first = path.read_bytes()
    table = options.data / "text.tsv"
    flipped = [
        line
        if not line.endswith("dev")
        else "\t".join([line.split("\t")[0], *"100000", "x", "dev"])
        for line in table.read_text(encoding="utf-8").split("\n")
    ]
    table.write_text("\n".join(flipped), encoding="utf-8")
    assert train_text(replace(options, resume=True)) == path
    header = json.loads(_header(path)[METADATA_KEY])
    old = json.loads(_header_of(first)[METADATA_KEY])
    assert header["figures"] != old["figures"]
    assert {k: v for k, v in header.items() if k != "figures"} == {
        k: v for k, v in old.items() if k != "figures"
    }
    for name, tensor in load_file(path).items():
        assert torch.equal(tensor, state[name]), name


def test_a_bert_is_fine_tuned_exported_and_stands_beside(
    options: TrainOptions, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = LoopOptions(learning_rate=3e-3, head_factor=2.0, budget=200)
    monkeypatch.setattr(text_bert, "SETTINGS", settings)
    chosen = replace(options, network="bert", init=str(bert))
    path = train_text(chosen)
    assert path.name == "tiny-text.safetensors"
    assert path.with_name("tiny-text.tokenizer.json").is_file()
    with safe_open(path, "pt") as file:
        metadata = WeightsMetadata.from_header(file.metadata(), path.name)
    assert metadata.architecture["text"]["network"] == "bert"
    dev = metadata.figures["dev"]
    assert dev["macro_f1"] > 0.9
    assert dev["neutral_false_alarm"] < 0.3
    again = evaluate_text(replace(options, weights=path.parent))
    assert again["macro_f1"] == pytest.approx(dev["macro_f1"], abs=2e-3)

    # The same network teaches, and is not trained again; ALBERT stands beside it.
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the teacher was trained again")

    monkeypatch.setattr(text_bert, "fit", refuse)
    pupil = replace(options, teacher=str(bert), variant="albert", epochs=2, resume=True)
    beside = train_text(pupil)
    assert beside == path.with_name("tiny-text-albert.safetensors")
    assert beside.with_name("tiny-text-albert.model").is_file()
    assert find_branch("tiny", "text", path.parent).path == path
    assert evaluate_text(replace(pupil, weights=path.parent))["n"] == 100
    networks = Networks(PRESETS["tiny"], find_branches("tiny", path.parent))
    assert isinstance(networks.branch("text"), TextBranch)


def test_a_bert_needs_first_weights(options: TrainOptions, bert: Path) -> None:
    with pytest.raises(UserError, match="needs first weights"):
        train_text(replace(options, network="bert"))
    with pytest.raises(UserError, match="takes no --teacher"):
        train_text(replace(options, network="bert", init=str(bert), teacher=str(bert)))


def test_nothing_to_measure(options: TrainOptions) -> None:
    with pytest.raises(UserError, match="no text weights"):
        evaluate_text(options)


def test_nothing_to_train_on(options: TrainOptions) -> None:
    table = options.data / "text.tsv"
    table.write_text(table.read_text(encoding="utf-8").replace("\ttrain", "\tdev"))
    with pytest.raises(UserError, match="marked train"):
        train_text(options)


def test_too_little_text_for_a_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too few to learn a vocabulary"):
        train_vocabulary([], tmp_path / "none.model")
    assert not list(tmp_path.iterdir())


def _header(path: Path) -> dict[str, str]:
    return _header_of(path.read_bytes())


def _header_of(data: bytes) -> dict[str, str]:
    size = int.from_bytes(data[:8], "little")
    header: dict[str, str] = json.loads(data[8 : 8 + size])["__metadata__"]
    return header
