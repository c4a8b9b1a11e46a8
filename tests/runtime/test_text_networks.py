"""Words weights of either network, alone or beside others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.models.bert import Bert
from live_emotion.models.presets import Preset
from live_emotion.runtime import inspect
from live_emotion.runtime.check import checked_sizes, draw_inputs
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.weights import find_branch, find_branches, variants
from live_emotion.training.export import export_weights
from tests.runtime.small_preset import SMALL, SMALL_BERT, metadata, write_bert


@pytest.fixture
def folder(
    small: Preset, small_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The small weights, to be changed, in use."""
    copied = Path(shutil.copytree(small_weights, tmp_path / "weights"))
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(copied))
    return copied


def test_a_bert_runs_alike_in_both_engines(folder: Path, rng: np.random.Generator) -> None:
    write_bert(folder)
    recipe = load_recipe("text")
    with (
        EncoderSet.open("small", "openvino", threads=1) as fast,
        EncoderSet.open("small", "torch", threads=1) as slow,
    ):
        for sizes in checked_sizes(recipe):
            inputs = draw_inputs(recipe, sizes, {"vocabulary": SMALL_BERT.vocabulary}, rng)
            a, b = (e.engines["text"].run(inputs)["logits"] for e in (fast, slow))
            np.testing.assert_allclose(a, b, atol=2e-5 * max(1.0, float(np.abs(b).max())))
        first, second = fast.text("I hate the rain"), slow.text("I hate the rain")
        assert first is not None
        assert second is not None
        np.testing.assert_allclose(first, second, atol=1e-4)
        # The network alone, on the ids alone, without bucket or engine.
        words = open_vocabulary(SMALL, fast.branches["text"])
        branch = Networks(SMALL, fast.branches).branch("text")
        assert words is not None
        ids = torch.tensor([words.encode("I hate the rain")])
        with torch.no_grad():
            wanted = branch(ids, torch.ones_like(ids, dtype=torch.bool))[0]
        np.testing.assert_allclose(first, wanted.numpy(), atol=1e-4)
        assert not any("words" in note for note in fast.notes)


def test_the_weights_say_which_network_it_is(folder: Path) -> None:
    plain = Networks(SMALL, find_branches("small"))
    write_bert(folder)
    networks = Networks(SMALL, find_branches("small"))
    assert isinstance(networks.branch("text").get_submodule("encoder"), Bert)
    assert networks.preset.text == SMALL_BERT
    assert networks.network_id("text") != plain.network_id("text")
    assert networks.network_id("audio") == plain.network_id("audio")


def test_weights_that_stand_beside_are_chosen_by_name(folder: Path) -> None:
    write_bert(folder, "tiny-bert")
    assert variants("small", "text") == ["tiny-bert"]
    chosen = find_branches("small", text="tiny-bert")
    assert chosen["text"].path == folder / "small-text-tiny-bert.safetensors"
    assert chosen["audio"].path == folder / "small-audio.safetensors"
    with EncoderSet.open("small", "torch", threads=1, text="tiny-bert") as encoders:
        assert encoders.text("words") is not None
    with EncoderSet.open("small", "torch", threads=1) as encoders:
        assert encoders.text("words") is None  # these have no vocabulary
    with pytest.raises(UserError, match=r"no words weights “other”.*there are: tiny-bert"):
        EncoderSet.open("small", "torch", text="other")
    parts = {f.part: f.state for f in inspect.inspect_weights(folder) if f.preset == "small"}
    assert parts["text (tiny-bert)"] == parts["vocabulary (tiny-bert)"] == "trained"
    assert parts["vocabulary"] == "missing"


def test_a_vocabulary_must_be_whole_and_fit(folder: Path) -> None:
    path = write_bert(folder)
    info = find_branch("small", "text")
    vocabulary = path.with_name("small-text.tokenizer.json")
    whole = vocabulary.read_bytes()
    vocabulary.write_bytes(whole + b" ")
    with pytest.raises(UserError, match="Damaged"):
        open_vocabulary(SMALL, info)
    vocabulary.write_bytes(whole)
    assert open_vocabulary(SMALL, info) is not None
    smaller = metadata(
        "text", architecture={"text": {"network": "bert", **vars_of(SMALL_BERT, vocabulary=9)}}
    )
    export_weights({}, smaller, folder)
    assert open_vocabulary(SMALL, find_branch("small", "text")) is None


def test_a_network_from_the_future_is_refused(folder: Path) -> None:
    about = metadata("text", architecture={"text": {"network": "oracle"}})
    export_weights({}, about, folder)
    with pytest.raises(UserError, match="does not know"):
        EncoderSet.open("small", "torch")


def vars_of(sizes: object, **changed: int) -> dict[str, int]:
    from dataclasses import asdict

    return asdict(replace(sizes, **changed))  # type: ignore[type-var, arg-type]
