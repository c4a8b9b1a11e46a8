from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from live_emotion.core.emotions import BRANCHES
from live_emotion.core.errors import UserError
from live_emotion.models import fusion as training
from live_emotion.models.metadata import Platt
from live_emotion.runtime.fusion import find_fusion, subset_key
from live_emotion.runtime.weights import find_branches
from tests.runtime.small_preset import metadata

SUBSETS = [subset_key(s) for n in (1, 2, 3) for s in combinations(BRANCHES, n)]


def write(folder: Path, weight: list[float], subsets: list[str] = SUBSETS) -> None:
    tables = {key: Platt((1.0 + k,) * 6, (0.1 * k,) * 6) for k, key in enumerate(subsets)}
    header = metadata("fusion", calibration=tables).to_header()
    save_file({"weight": np.array(weight, np.float32)}, folder / "small-fusion.safetensors", header)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-z))


def test_a_weighted_mean_of_what_is_there_with_its_own_calibration(tmp_path: Path, rng) -> None:
    write(tmp_path, [3.0, 2.0, 1.0])
    fusion = find_fusion("small", find_branches("small", tmp_path), tmp_path)
    assert fusion.trained
    logits = {b: rng.normal(size=6).astype(np.float32) for b in BRANCHES}
    assert len(SUBSETS) == 7
    weights = dict(zip(BRANCHES, (3.0, 2.0, 1.0), strict=True))
    for k, key in enumerate(SUBSETS):
        there = key.split("+")
        scores, shares = fusion.fuse({b: logits[b] if b in there else None for b in BRANCHES})
        total = sum(weights[b] for b in there)
        mean = sum(weights[b] * logits[b] for b in there) / total
        assert np.allclose(scores, sigmoid((1.0 + k) * mean + 0.1 * k), atol=1e-6)
        assert shares == pytest.approx(
            {b: weights[b] / total if b in there else 0.0 for b in BRANCHES}
        )


def test_with_none_the_scores_are_missing(tmp_path: Path) -> None:
    fusion = find_fusion("small", find_branches("small", tmp_path), tmp_path)
    for logits in ({}, dict.fromkeys(BRANCHES), {"text": np.full(6, np.nan, np.float32)}):
        scores, shares = fusion.fuse(logits)
        assert scores.shape == (6,)
        assert np.isnan(scores).all()
        assert set(shares.values()) == {0.0}


def test_untrained_fusion_takes_the_branches_alike(small_weights: Path, rng) -> None:
    fusion = find_fusion("small", find_branches("small", small_weights), small_weights)
    assert not fusion.trained
    a, b = rng.normal(size=(2, 6)).astype(np.float32)
    scores, shares = fusion.fuse({"vision": a, "audio": b, "text": None})
    assert shares == {"vision": 0.5, "audio": 0.5, "text": 0.0}
    # Each logit is calibrated first, by p = sigmoid(2 z + 0.5).
    assert np.allclose(scores, sigmoid(((2 * a + 0.5) + (2 * b + 0.5)) / 2), atol=1e-6)


def test_an_untrained_branch_counts_only_among_its_kind(
    tmp_path: Path, small_weights: Path
) -> None:
    trained = find_branches("small", small_weights)
    mixed = trained | {"audio": find_branches("small", tmp_path)["audio"]}
    fusion = find_fusion("small", mixed, tmp_path)
    ones = np.ones(6, np.float32)
    assert fusion.fuse({"vision": ones, "audio": -ones})[1] == {
        "vision": 1.0,
        "audio": 0.0,
        "text": 0.0,
    }
    assert fusion.fuse({"audio": -ones})[1]["audio"] == 1.0


def test_a_branch_of_no_weight_counts_when_it_is_alone(tmp_path: Path) -> None:
    write(tmp_path, [1.0, 0.0, 1.0])
    fusion = find_fusion("small", find_branches("small", tmp_path), tmp_path)
    assert fusion.shares(("audio",))["audio"] == 1.0
    assert fusion.shares(("vision", "audio"))["audio"] == 0.0


@pytest.mark.parametrize(
    ("weight", "subsets"),
    [
        ([1.0, 1.0], SUBSETS),
        ([1.0, np.nan, 1.0], SUBSETS),
        ([1.0, -1.0, 1.0], SUBSETS),
        ([1.0, 1.0, 1.0], SUBSETS[:-1]),
    ],
)
def test_a_fusion_file_that_does_not_fit(tmp_path: Path, weight, subsets) -> None:
    write(tmp_path, weight, subsets)
    with pytest.raises(UserError, match=r"fusion weights .* not those of the preset"):
        find_fusion("small", find_branches("small", tmp_path), tmp_path)


def test_the_same_sum_as_in_training(tmp_path: Path, rng) -> None:
    write(tmp_path, [3.0, 2.0, 1.0])
    fusion = find_fusion("small", find_branches("small", tmp_path), tmp_path)
    logits = rng.normal(size=(3, 6)).astype(np.float32)
    for key in SUBSETS:
        there = training.subset_mask(key.split("+"))
        mean = training.fuse(logits, there, np.array([3.0, 2.0, 1.0]))
        wanted = fusion.calibration[training.subset_key(key.split("+"))].apply(mean)
        given = {b: z for b, z, here in zip(BRANCHES, logits, there, strict=True) if here}
        assert np.allclose(fusion.fuse(given)[0], wanted, atol=1e-6)
