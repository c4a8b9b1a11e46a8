import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.metadata import METADATA_KEY, WeightsMetadata
from live_emotion.models.presets import PRESETS, AlbertSizes
from live_emotion.training import text as text_module
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
        source = "half" if i % 3 == 0 else "whole"
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
    return TrainOptions(
        data=data, preset="tiny", device="cpu", epochs=14, output=data / "run", threads=1
    )


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
