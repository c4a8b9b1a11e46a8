"""Short trainings of any architecture, on made-up data."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.errors import UserError
from live_emotion.models.afg import AttentionGuidedFusion
from live_emotion.models.architectures import FeatureSizes, choose
from live_emotion.models.lf_lstm import LfLstm
from live_emotion.models.presets import PRESETS, PUBLISHED, preset_named
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.weights import find_branch
from live_emotion.training import budget
from live_emotion.training.common import Precision
from live_emotion.training.fusion_triples import NEUTRAL
from live_emotion.training.joint import judge, learn, train_joint
from live_emotion.training.joint_items import accuracy, draw_windows, feature_pools
from live_emotion.training.options import TrainOptions
from live_emotion.training.window_items import (
    evenly,
    load_sentences,
    load_stills,
    load_voices,
    matched,
)
from tests.models.test_field import SMALL_V2EM
from tests.runtime.small_preset import SMALL, write_bert, write_weights
from tests.training.field_data import write_field

CPU = Precision(torch.device("cpu"), mixed=False)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_field(tmp_path_factory.mktemp("field"))


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    folder = tmp_path / "weights"
    folder.mkdir()
    write_weights(folder)
    write_bert(folder)
    return folder


def test_every_label_is_drawn_alike(data: Path) -> None:
    stills = load_stills(data, 21, unseen=False, seed=0)
    voices = load_voices(data, 14, 2, unseen=True, seed=0)
    texts = load_sentences(data, 14, unseen=False, seed=0)
    assert np.bincount(stills.labels).tolist() == [3] * 7
    assert np.bincount(voices.labels).tolist() == [2] * 7
    assert voices.mel.shape == (14, 2, 128, 32) and voices.samples.shape == (14, 2, 6400)
    # The made-up texts begin with their label.
    named = [text.split()[0] for text in texts.texts]
    assert [named[k] for k in texts.labels.argsort(kind="stable")][:2] == ["happy", "happy"]
    assert (texts.labels == NEUTRAL).sum() == 2


def test_matched_rows_show_the_same() -> None:
    one, other = np.array([0, 1, 1, 3]), np.array([3, 1, 5])
    rows = matched([one, other], 50, np.random.default_rng(0))
    assert (one[rows[0]] == other[rows[1]]).all()
    assert set(one[rows[0]]) == {1, 3}
    with pytest.raises(UserError, match="No label"):
        matched([np.array([0]), np.array([2])], 3, np.random.default_rng(0))
    assert len(evenly(np.array([0, 0, 0, 4]), 4, 0)) == 3


@pytest.mark.parametrize("branch", ["vision", "audio"])
def test_a_few_steps_lower_the_loss(data: Path, branch: str) -> None:
    if branch == "vision":
        windows = budget.face_windows(load_stills(data, 28, unseen=False, seed=0))
    else:
        windows = budget.voice_windows(load_voices(data, 28, 2, unseen=False, seed=0))
    pupil = budget.new_pupil(SMALL, branch, windows, 0)  # type: ignore[arg-type]
    losses: list[float] = []
    budget.teach(
        pupil,
        windows,
        steps=40,
        seed=0,
        precision=CPU,
        told=lambda _step, loss: losses.append(loss),
    )
    assert np.mean(losses[-5:]) < 0.8 * np.mean(losses[:5])
    seven, six = budget.ask(pupil, windows)
    assert seven.shape == (28, 7) and six.shape == (28, 6)


def test_other_encoders_are_trained_and_found_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PUBLISHED, "v2em", SMALL_V2EM)
    out = tmp_path / "weights"
    for train, branch in ((budget.train_vision, "vision"), (budget.train_audio, "audio")):
        path = train(TrainOptions(data, preset="v2em", steps=2, weights=out, device="cpu"))
        assert path.name == f"small-v2em-{branch}.safetensors"
    monkeypatch.setitem(PRESETS, "small-v2em", SMALL_V2EM)
    info = find_branch("small-v2em", "vision", out)
    assert info.trained and info.metadata is not None and "2 steps" in info.metadata.data


@pytest.mark.parametrize("name", ["lf-trans", "afg"])
def test_a_joint_network_is_trained_and_runs(
    data: Path, weights: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choice = choose(name, "small")
    options = TrainOptions(data, preset=choice.name, steps=4, weights=weights, device="cpu")
    # What runs the encoders that it learns from is no matter here; choosing one takes long.
    opening = functools.partial(EncoderSet.open, engine="torch")
    with monkeypatch.context() as patch:
        patch.setattr(EncoderSet, "open", opening)
        path = train_joint(options)
    assert path == weights / f"small-{name}.safetensors"
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(weights))
    with EncoderSet.open(choice.name, "torch", threads=1) as encoders:
        assert encoders.joint is not None and encoders.joint.info.trained
        assert not any("untrained" in note for note in encoders.joint.notes)


def test_a_joint_network_learns(data: Path) -> None:
    stills = load_stills(data, 28, unseen=False, seed=0)
    pools = feature_pools(stills, load_voices(data, 28, 2, unseen=False, seed=0))
    torch.manual_seed(0)
    network = LfLstm(FeatureSizes(), hidden=24)
    learn(network, pools, steps=60, seed=0, precision=CPU)
    given, labels = draw_windows(pools, 100, np.random.default_rng(1), dropped=0.0)
    assert accuracy(judge(network, given, 2), labels) > 0.6


def test_joint_decoding_learns_with_and_without_valence(data: Path) -> None:
    from live_emotion.runtime.valence import ValenceInfo

    stills = load_stills(data, 28, unseen=False, seed=0)
    pools = feature_pools(stills, load_voices(data, 28, 2, unseen=False, seed=0))
    pools = [type(p)(p.values[..., :64], p.present, p.labels) for p in pools]
    means = np.array([0.6, -0.5, -0.6, -0.5, -0.6, 0.2])
    rated = ValenceInfo(Path(), "", None, means, 0.1, 0.3, 1.0)  # type: ignore[arg-type]
    torch.manual_seed(0)
    network = AttentionGuidedFusion(dropout=0.0)
    learn(network, pools, steps=60, seed=0, precision=CPU, rated=rated)
    given, labels = draw_windows(pools, 60, np.random.default_rng(1), dropped=0.0)
    with torch.inference_mode():
        valence = network(*given)[1][:, 0].numpy()
    assert valence[labels == 0].mean() > valence[labels == 2].mean() + 0.2
    plain = AttentionGuidedFusion(dropout=0.0)
    before = plain.uncertainty[1].item()
    learn(plain, pools, steps=3, seed=0, precision=CPU)
    assert plain.uncertainty[1].item() == pytest.approx(before, abs=1e-6)


def test_dropped_streams_leave_one() -> None:
    from live_emotion.training.joint_items import Pool

    pool = Pool(np.ones((7, 1, 3), np.float32), np.ones((7, 1), np.bool_), np.arange(7))
    given, _ = draw_windows([pool, pool], 200, np.random.default_rng(0), dropped=0.9)
    assert (given[1].any(1) | given[3].any(1)).all()
    assert not given[1].any(1).all()
    assert given[0].shape == (200, 12, 3)


def test_a_mixture_takes_weights_where_they_are() -> None:
    assert preset_named(choose("rfam", "live", vision="vgg").preset).owner("vision") == "fe2e"
