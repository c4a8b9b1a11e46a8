"""Scoring by a network that judges the whole window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from live_emotion.core.emotions import BRANCHES
from live_emotion.core.percepts import Face, FaceCrop, MelPiece
from live_emotion.models.presets import PRESETS
from live_emotion.pipeline.joint_scorer import JointScorer, TickRow, make_scorer
from live_emotion.pipeline.scorer import Scorer
from live_emotion.runtime.encoders import EncoderSet
from tests.runtime.small_preset import SMALL, write_bert, write_weights


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_weights(folder)
    write_bert(folder)
    return folder


@pytest.fixture(params=["mult", "lf-lstm", "lf-trans", "afg"])
def encoders(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, weights: Path
) -> Iterator[EncoderSet]:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(weights))
    with EncoderSet.open(f"small+joint={request.param}", "torch", threads=1) as opened:
        yield opened


def crop(tick: int, person: int = 1) -> FaceCrop:
    pixels = np.random.default_rng(tick).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    face = Face(tick * 0.4, person, (0.0, 0.0, 48.0, 48.0), 0.9, np.zeros((5, 2), np.float32))
    return FaceCrop(tick, face, pixels)


def piece(tick: int, speech: float = 1.0) -> MelPiece:
    rng = np.random.default_rng(tick)
    mel = rng.uniform(-13.0, 5.0, (128, 32)).astype(np.float32)
    return MelPiece(tick, mel, speech, rng.normal(0.0, 0.1, 6400).astype(np.float32))


def test_all_branches_have_scores_and_shares(encoders: EncoderSet) -> None:
    scorer = make_scorer(encoders, {})
    assert isinstance(scorer, JointScorer)
    for tick in range(3):
        scores = scorer.score(crop(tick), piece(tick), "so glad")
    assert ((scores.fused > 0) & (scores.fused < 1)).all()
    assert all(part.present and np.isfinite(part.scores).all() for part in scores.branches.values())
    assert sum(part.weight for part in scores.branches.values()) == pytest.approx(1.0)
    assert set(scores.people) == {1}


def test_what_is_missing_is_missing(encoders: EncoderSet) -> None:
    scorer = make_scorer(encoders, {"text": "turned off"})
    nothing = scorer.score(None, piece(0, speech=0.0), "")
    assert np.isnan(nothing.fused).all()
    assert [nothing.branches[b].reason for b in BRANCHES] == ["no face", "no speech", "turned off"]
    assert nothing.people == {}
    heard = scorer.score(None, piece(1), "")
    assert heard.branches["audio"].weight == pytest.approx(1.0)
    np.testing.assert_allclose(heard.fused, heard.branches["audio"].scores, atol=1e-5)
    muted = scorer.score(crop(2), piece(2), "", {"audio": "no audio"})
    assert muted.branches["audio"].reason == "no audio"
    assert muted.branches["vision"].weight == pytest.approx(1.0)


def test_a_window_slides_over_what_was_skipped(encoders: EncoderSet) -> None:
    scorer = make_scorer(encoders, {})
    scorer.score(crop(0), piece(0), "")
    for _ in range(12):
        scorer.skip()
    assert np.isnan(scorer.score(None, None, "").fused).all()


def test_another_persons_ticks_do_not_count(encoders: EncoderSet) -> None:
    ours, fresh = make_scorer(encoders, {}), make_scorer(encoders, {})
    ours.score(crop(0, person=1), None, "")
    after = ours.score(crop(1, person=2), None, "", followed=2)
    fresh.score(None, None, "")
    alone = fresh.score(crop(1, person=2), None, "", followed=2)
    np.testing.assert_allclose(after.fused, alone.fused, atol=1e-6)


def test_what_runs_is_told(encoders: EncoderSet) -> None:
    assert encoders.joint is not None
    name = encoders.joint.choice.architecture.name
    assert f"{name}: untrained weights" in encoders.notes
    meta = encoders.meta()
    assert meta["architecture"] == name
    assert meta["weights"]["fusion"]["trained"] is False
    # Sequence encoders have nothing to do.
    assert not {"vision_sequence", "audio_sequence"} & set(encoders.engines)


def test_branches_are_judged_one_by_one_by_default(
    monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    monkeypatch.setitem(PRESETS, "small", SMALL)
    monkeypatch.setenv("LIVE_EMOTION_WEIGHTS", str(weights))
    with EncoderSet.open("small", "torch", threads=1, only=("vision_sequence",)) as opened:
        assert type(make_scorer(opened, {})) is Scorer


def test_a_row_is_filled_from_its_end() -> None:
    row = TickRow(2)
    row.push(np.array([1.0, 2.0], np.float32))
    row.push(None)
    values, present = row.stream()
    assert values.shape == (12, 2)
    assert present.tolist() == [False] * 10 + [True, False]
    assert values[10].tolist() == [1.0, 2.0]
    assert not row.stream(owner=7)[1].any()
