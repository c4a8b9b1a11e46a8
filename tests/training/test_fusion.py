from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.emotions import BRANCHES, EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.models.fusion import SUBSETS, LateFusion, fuse, subset_key, subset_mask
from live_emotion.runtime.fusion import find_fusion
from live_emotion.runtime.weights import find_branches
from live_emotion.training.fusion import export_fusion, train_fusion
from live_emotion.training.fusion_fit import BLANK, FittedFusion, fit_fusion, measure_fusion
from live_emotion.training.fusion_triples import (
    NEUTRAL,
    BranchScores,
    labels_with_neutral,
    matched_triples,
    one_hot,
)
from live_emotion.training.metrics import NO_LABEL
from live_emotion.training.options import TrainOptions


def scores(n: int, skill: float, seed: int, *, people: int | None = None) -> BranchScores:
    """Logits that hold the label with the given skill, in noise of deviation 1."""
    random = np.random.default_rng(seed)
    labels = random.integers(NEUTRAL + 1, size=n)
    logits = skill * one_hot(labels) + random.normal(size=(n, len(EMOTIONS))) - 2
    groups = np.arange(n) if people is None else random.integers(people, size=n)
    return BranchScores(logits, labels, groups)


def three(seed: int = 0) -> list[BranchScores]:
    return [
        scores(1500, 3.0, seed),
        scores(900, 1.5, seed + 1, people=20),
        scores(1500, 0.3, seed + 2),
    ]


@pytest.fixture(scope="module")
def fitted() -> FittedFusion:
    return fit_fusion(three(), seed=0, triples=3000)


def test_numpy_and_torch_sums_agree_for_every_subset() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(size=(5, 3, 6))
    module = LateFusion().double()
    module.raw.data.copy_(torch.tensor([1.0, -2.0, -50.0]))
    weight = module.weight.detach().numpy()
    assert weight.sum() == pytest.approx(1.0)
    assert weight[2] == pytest.approx(0.02)
    for subset in SUBSETS:
        present = np.broadcast_to(subset_mask(subset), (5, 3))
        holed = np.where(present[..., None], logits, np.nan)
        expected = sum(weight[b] * logits[:, b] for b in range(3) if present[0, b]) / sum(
            weight[b] for b in range(3) if present[0, b]
        )
        np.testing.assert_allclose(fuse(holed, present, weight), expected)
        there = torch.from_numpy(present.copy())
        ours = module(torch.from_numpy(holed), there).detach().numpy()
        np.testing.assert_allclose(ours, expected)


def test_nothing_there_is_missing_not_zero() -> None:
    fused = fuse(np.full((2, 3, 6), np.nan), np.zeros((2, 3), dtype=bool), np.ones(3))
    assert np.isnan(fused).all()


def test_subset_names() -> None:
    assert len(SUBSETS) == 7
    assert subset_key(("text", "vision")) == "vision+text"
    assert subset_key(BRANCHES) == "vision+audio+text"


def test_triples_match_in_label_and_follow_the_shares() -> None:
    branches = [
        BranchScores(np.arange(21.0)[:, None].repeat(6, 1), np.arange(21) % 7, np.arange(21))
        for _ in BRANCHES
    ]
    shares = np.array([0.5, 0.5, 0, 0, 0, 0, 0])
    logits, labels = matched_triples(branches, shares, 400, np.random.default_rng(0))
    assert set(labels) == {0, 1}
    assert abs((labels == 0).mean() - 0.5) < 0.1
    assert (logits[..., 0] % 7 == labels[:, None]).all()


def test_some_parts_are_neutral_whatever_the_rest_shows_but_never_all() -> None:
    branches = [
        BranchScores(np.arange(21.0)[:, None].repeat(6, 1), np.arange(21) % 7, np.arange(21))
        for _ in BRANCHES
    ]
    shares = np.array([0.5, 0.5, 0, 0, 0, 0, 0])
    logits, labels = matched_triples(branches, shares, 4000, np.random.default_rng(0), 0.3)
    shown = logits[..., 0] % 7
    blank = shown == NEUTRAL
    assert abs(blank.mean() - (0.3 - 0.3**3)) < 0.02
    assert not blank.all(axis=1).any()
    assert (blank | (shown == labels[:, None])).all()


def test_what_one_part_contradicts_is_not_ruled_out(fitted: FittedFusion) -> None:
    logits, labels = matched_triples(three(200), np.full(7, 1 / 7), 4000, np.random.default_rng(5))
    neutral, _ = matched_triples(
        three(200), np.append(np.zeros(6), 1.0), 4000, np.random.default_rng(6)
    )
    logits[:, 2] = neutral[:, 2]
    shown = labels != NEUTRAL
    p = fitted.probabilities(logits, subset_mask(BRANCHES))[shown, labels[shown]]
    assert np.median(p) > 0.3


def test_labels_no_branch_shares_are_refused() -> None:
    one = BranchScores(np.zeros((4, 6)), np.zeros(4, dtype=np.int64), np.arange(4))
    other = BranchScores(np.zeros((4, 6)), np.ones(4, dtype=np.int64), np.arange(4))
    with pytest.raises(UserError, match="at once"):
        matched_triples([one, other, one], np.ones(7), 10, np.random.default_rng(0))


def test_neutral_rows() -> None:
    targets = np.array([[0.0] * 6, [0, 0, 0, 0, 0, np.nan], [1, 1, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]])
    labels = np.array([NO_LABEL, NO_LABEL, NO_LABEL, 0])
    assert labels_with_neutral(labels, targets).tolist() == [NEUTRAL, NEUTRAL, NO_LABEL, 0]


def test_halves_share_no_person() -> None:
    first, second = scores(500, 1.0, 0, people=12).halves(np.random.default_rng(0))
    assert not set(first.groups) & set(second.groups)
    assert len(first.labels) + len(second.labels) == 500


def test_fusion_trusts_the_better_branch_and_beats_it(fitted: FittedFusion) -> None:
    assert fitted.weight.sum() == pytest.approx(1.0)
    assert fitted.weight[0] > fitted.weight[1] > fitted.weight[2] > 0
    figures = measure_fusion(fitted, three(100), seed=1, triples=2000)
    by_subset = figures["six_way_accuracy_by_subset"]
    best = max(by_subset[b] for b in BRANCHES)
    assert by_subset["vision+audio+text"] > best + 0.02
    assert by_subset["vision+text"] > by_subset["vision"] - 0.01
    assert figures["natural_shares"]["ece"] < 0.05
    assert set(fitted.calibration) == {subset_key(s) for s in SUBSETS}


def test_every_subset_is_calibrated(fitted: FittedFusion) -> None:
    even = np.full(7, 1 / 7)
    for subset in SUBSETS:
        blank = 0.0 if len(subset) == 1 else BLANK
        logits, labels = matched_triples(three(200), even, 4000, np.random.default_rng(5), blank)
        p = fitted.probabilities(logits, subset_mask(subset))
        assert abs(p.mean() - one_hot(labels).mean()) < 0.02, subset


def test_exported_fusion_is_what_the_program_reads(fitted: FittedFusion, tmp_path: Path) -> None:
    options = TrainOptions(data=tmp_path, weights=tmp_path)
    export_fusion(fitted, {"n": 1}, options)
    read = find_fusion("live", find_branches("live", tmp_path), tmp_path)
    assert read.trained
    logits = np.random.default_rng(0).normal(size=(3, 6)).astype(np.float32)
    for subset in SUBSETS:
        expected = fitted.probabilities(logits[None].astype(np.float64), subset_mask(subset))[0]
        given = {b: logits[k] for k, b in enumerate(BRANCHES) if b in subset}
        fused, shares = read.fuse(given)
        np.testing.assert_allclose(fused, expected, atol=2e-3)
        assert sum(shares.values()) == pytest.approx(1.0)
    json.dumps(fitted.weight.tolist())


def test_without_trained_branches_it_says_which_command_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.training.test_vision import write_faces

    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(tmp_path / "empty"))
    write_faces(tmp_path / "faces_train.npz", 40)
    with pytest.raises(UserError, match="train vision"):
        train_fusion(TrainOptions(data=tmp_path, output=tmp_path / "out", threads=1))
