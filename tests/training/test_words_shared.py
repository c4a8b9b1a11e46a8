"""Words and their valence from one network: the same scores, one run, and apart where needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.models.presets import PRESETS
from live_emotion.runtime import valence_opening
from live_emotion.runtime.build import EngineRefusedError
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.remembered import forget
from live_emotion.runtime.text_input import MAX_TOKENS, open_vocabulary, padded
from live_emotion.runtime.torch_engine import TorchEngine
from live_emotion.runtime.weights import find_branch
from live_emotion.training.options import TrainOptions
from live_emotion.training.valence import train_valence
from tests.runtime.small_preset import SMALL, SMALL_BERT, write_bert, write_weights
from tests.training.field_data import write_rated

PRESET = replace(SMALL, text=SMALL_BERT)
TEXTS = ("glad sun sea 3", "bad cat dog 41", "sea")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = write_rated(tmp_path_factory.mktemp("rated"), rows=120)
    folder = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "small", PRESET)
        write_weights(folder)
        write_bert(folder)
        options = TrainOptions(
            data, preset="small", weights=folder, epochs=1, device="cpu", threads=1
        )
        train_valence(options)
    return folder


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that the tests of this file fill together."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, weights: Path, cache: Path) -> None:
    monkeypatch.setitem(PRESETS, "small", PRESET)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(weights))
    monkeypatch.setenv("LIVE_EMOTION_CACHE", str(cache))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the encoders that are opened one by one."""
    names: list[str] = []
    real = Opener.open

    def noted(opener: Opener, encoder: Any) -> Any:
        names.append(encoder)
        return real(opener, encoder)

    monkeypatch.setattr(Opener, "open", noted)
    return names


def words_alone() -> list[np.ndarray]:
    """What the words' network says by itself."""
    import torch

    info = find_branch("small", "text")
    network = Networks(PRESET, {"text": info}).branch("text").eval()
    tokenizer = open_vocabulary(PRESET, info)
    assert tokenizer is not None
    found = []
    for text in TEXTS:
        given = padded(tokenizer.encode(text, MAX_TOKENS))
        with torch.no_grad():
            logits = network(torch.from_numpy(given["ids"]), torch.from_numpy(given["mask"]))
        found.append(logits[0].numpy())
    return found


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_the_scores_are_those_of_the_words_network(opened: list[str], engine: str) -> None:
    with EncoderSet.open("small", engine, threads=1, only=("text",)) as encoders:
        assert encoders.valence_reads_words and opened == []
        info = encoders.engines["text"].info
        assert (info.name, info.precision, info.encoder) == (engine, "float32", "text")
        said = [encoders.text(text) for text in TEXTS]
        assert np.allclose(said, words_alone(), atol=2e-5)


def test_a_text_is_read_once_for_both(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    real = TorchEngine.run

    def counted(engine: TorchEngine, inputs: Any) -> Any:
        runs.append(1)
        return real(engine, inputs)

    monkeypatch.setattr(TorchEngine, "run", counted)
    with EncoderSet.open("small", "torch", threads=1, only=("text",)) as encoders:
        assert encoders.valence is not None
        first = encoders.text(TEXTS[0])
        encoders.valence.of_words(TEXTS[0])
        assert len(runs) == 1
        second = encoders.text(TEXTS[1])
        assert len(runs) == 2
        assert first is not None and second is not None and not np.allclose(first, second)


def test_a_choice_that_is_not_made_yet_is_made_first(opened: list[str]) -> None:
    forget()
    with EncoderSet.open("small", "auto", threads=1, only=("text",)) as encoders:
        first = encoders.engines["text"].info
        said = encoders.text(TEXTS[0])
    assert opened == ["text"]
    opened.clear()
    with EncoderSet.open("small", "auto", threads=1, only=("text",)) as encoders:
        assert encoders.engines["text"].info == first
        assert np.allclose(encoders.text(TEXTS[0]), said, atol=2e-5)
        shared = encoders.valence_reads_words
    # Shared where float32 in OpenVINO was chosen; else the chosen engine reads the words.
    assert shared == ((first.name, first.precision) == ("openvino", "float32"))


def test_a_valence_network_that_is_refused_leaves_the_words_alone(
    monkeypatch: pytest.MonkeyPatch, opened: list[str]
) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise EngineRefusedError("off by 1")

    with EncoderSet.open("small", "auto", threads=1, only=("text",)) as encoders:
        chosen = encoders.engines["text"].info
    opened.clear()
    monkeypatch.setattr(valence_opening, "open_openvino", refused)
    monkeypatch.setattr(valence_opening, "open_cached", refused)
    with EncoderSet.open("small", "auto", threads=1, only=("text",)) as encoders:
        assert encoders.engines["text"].info == chosen
        assert encoders.valence is not None
        assert encoders.valence.engine.info.name == "torch"
        assert encoders.valence_reads_words == (chosen.name == "torch")
        assert np.allclose(encoders.text(TEXTS[2]), words_alone()[2], atol=0.05)
