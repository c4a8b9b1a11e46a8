"""Valence of words: learning, uncertainty, and what it says of emotions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.valence import find_valence
from live_emotion.runtime.weights import find_branch
from live_emotion.training.options import TrainOptions
from live_emotion.training.valence import emotion_means, train_valence, true_scale
from live_emotion.training.valence_data import concordance, read_valence, valence_measures
from tests.runtime.small_preset import SMALL, SMALL_BERT, write_bert, write_weights
from tests.training.field_data import write_rated

PRESET = replace(SMALL, text=SMALL_BERT)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    data = write_rated(tmp_path_factory.mktemp("rated"), rows=240)
    weights = tmp_path_factory.mktemp("weights")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(PRESETS, "small", PRESET)
        write_weights(weights)
        write_bert(weights)
        options = TrainOptions(
            data, preset="small", weights=weights, epochs=6, device="cpu", threads=1
        )
        path = train_valence(options)
        assert path == weights / "small-valence.safetensors"
    return data, weights


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch, made: tuple[Path, Path]) -> Path:
    monkeypatch.setitem(PRESETS, "small", PRESET)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(made[1]))
    return made[1]


def test_it_learns_and_is_evaluated(small: Path, made: tuple[Path, Path]) -> None:
    from live_emotion.cli.evaluate import command

    ran = CliRunner().invoke(
        command,
        ["valence", "--data", str(made[0]), "--preset", "small", "--engine", "torch", "--json"],
        catch_exceptions=False,
    )
    report = json.loads(ran.stdout)
    assert ran.exit_code == 0
    assert report["n"] == 48 and report["ccc"] > 0.6
    assert report["pearson"] >= report["ccc"] - 1e-6 and 0.0 < report["mae"] < 0.4
    assert report["within_two"] > 0.7
    assert any("rated nowhere" in note for note in report["notes"])


def test_the_program_reads_it_beside_the_words(small: Path) -> None:
    with EncoderSet.open("small", "torch", threads=1, only=("text",)) as encoders:
        assert encoders.valence is not None
        apart = []
        for rest in ("sun sea dog 3", "cat cat sun 8", "dog sea sea 41", "sea dog cat 120"):
            good, bad = (encoders.valence.of_words(f"{word} {rest}") for word in ("glad", "bad"))
            assert good.deviation > 0 and bad.deviation > 0
            apart.append(good.value - bad.value)
        # The ratings of the two words lie 0.8 apart; what is learned from few rows is drawn in.
        assert min(apart) > 0.2 and np.mean(apart) > 0.3
        assert encoders.meta()["weights"]["valence"]["trained"]
        # Of scores it follows the means that were learned, and stays in its range.
        most = encoders.valence.of_scores(np.ones(6, np.float32) * 9)
        assert -1.0 <= most.value <= 1.0


def test_it_belongs_to_the_words_it_was_trained_with(small: Path) -> None:
    text = find_branch("small", "text")
    assert find_valence("small", text) is not None
    assert find_valence("small", replace(text, sha256="0" * 64)) is None


def test_concordance_by_hand() -> None:
    a, b = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])
    # Covariance 2/3, variances 2/3 each, means one apart.
    assert concordance(a, b) == pytest.approx((4 / 3) / (4 / 3 + 1))
    assert concordance(a, a) == pytest.approx(1.0)
    assert valence_measures(a, b)["pearson"] == pytest.approx(1.0)
    assert valence_measures(a, b)["mae"] == pytest.approx(1.0)


def test_deviations_are_scaled_to_what_was_found() -> None:
    rng = np.random.default_rng(0)
    rated = rng.normal(0.0, 0.6, 4000)
    told = np.column_stack([np.zeros(4000), np.full(4000, np.log(0.3**2))])
    assert true_scale(told, rated) == pytest.approx(2.0, rel=0.05)


def test_what_each_emotion_adds_is_found() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((500, 6))
    truth = np.array([0.5, -0.4, -0.3, -0.2, -0.5, 0.1])
    rated = scores @ truth + 0.1 + rng.normal(0.0, 0.05, 500)
    means, base, deviation = emotion_means(scores[:400], rated[:400], scores[400:], rated[400:])
    np.testing.assert_allclose(means, truth, atol=0.05)
    assert base == pytest.approx(0.1, abs=0.05) and deviation == pytest.approx(0.05, rel=0.3)


def test_bad_tables_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no text_valence\.csv"):
        read_valence(tmp_path)
    (tmp_path / "text_valence.csv").write_text("id,text\n1,hello\n")
    with pytest.raises(UserError, match="needs the columns"):
        read_valence(tmp_path)
    (tmp_path / "text_valence.csv").write_text("text,V\nhello,7\n")
    with pytest.raises(UserError, match="1 to 5"):
        read_valence(tmp_path)
    (tmp_path / "text_valence.csv").write_text("text,V,split\nhello,1,dev\nworld,5,train\n")
    assert read_valence(tmp_path).valence.tolist() == [-1.0, 1.0]
