"""Real inputs, and what an engine's errors do to the scores."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.presets import Preset
from live_emotion.runtime import recorded as recorded_module
from live_emotion.runtime.check import CheckReport, ErrorReport, full_check
from live_emotion.runtime.engine import Engine, EngineInfo
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.recalling import Recalling
from live_emotion.runtime.recipe import AllowedScores
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.recorded import recorded, windows
from live_emotion.runtime.weights import find_branches

ENCODERS = ("vision_face", "vision_sequence", "audio_piece", "audio_sequence")


@pytest.fixture
def opener(small: Preset) -> Opener:
    return Opener(small, find_branches("small"), EngineOptions("openvino", 1))


class Off:
    """An engine that is another with an error added."""

    def __init__(self, engine: Engine, error: float) -> None:
        self.engine, self.error = engine, error

    @property
    def info(self) -> EngineInfo:
        return self.engine.info

    def run(self, inputs: Any) -> dict[str, Any]:
        return {k: v + np.float32(self.error) for k, v in self.engine.run(inputs).items()}

    def close(self) -> None:
        pass


def test_what_was_recorded() -> None:
    real = recorded()
    assert real is not None
    assert real.faces.shape[1:] == (48, 48, 3)
    half = len(real.faces) // 2
    assert np.array_equal(real.faces[half:], real.faces[:half, :, ::-1])
    assert real.mel.shape[1:] == (128, 32)
    assert -14.0 < real.mel.min() < real.mel.max() < 12.0
    assert len(real.texts) >= 20
    assert len(real.pictures) >= 4


def test_a_damaged_file_is_no_real_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "recorded.npz").write_bytes(b"no numbers")
    monkeypatch.setattr(recorded_module, "assets_dir", lambda: tmp_path)
    recorded.cache_clear()
    try:
        assert recorded() is None
    finally:
        recorded.cache_clear()


def test_windows_are_full_with_gaps_and_single(rng) -> None:
    vectors = rng.normal(size=(40, 64)).astype(np.float32)
    cut = windows(vectors)
    counts = [int(w["present"].sum()) for w in cut]
    assert WINDOW_TICKS in counts
    assert 1 in counts
    assert any(1 < n < WINDOW_TICKS for n in counts)
    for window in cut:
        assert window["vectors"].shape == (1, WINDOW_TICKS, 64)
        assert not window["vectors"][0, ~window["present"][0]].any()


@pytest.mark.parametrize("encoder", ENCODERS)
def test_an_error_shows_in_the_scores(opener: Opener, encoder: Any) -> None:
    recipe = load_recipe(encoder)
    source = opener.source(recipe, recipe.forms[0])
    judge = source.judge
    assert judge is not None
    reference = source.reference(recipe)
    wanted = judge.scores(reference)
    assert wanted.shape[1] == 6
    assert len(wanted) >= 10
    assert np.array_equal(judge.scores(reference), wanted)
    little = np.abs(judge.scores(Off(reference, 1e-4)) - wanted).max()
    more = np.abs(judge.scores(Off(reference, 1e-1)) - wanted).max()
    assert 0.0 < little < more
    assert little < 0.01


def test_a_logit_that_is_off_moves_a_probability_by_a_quarter(opener: Opener) -> None:
    recipe = load_recipe("audio_sequence")
    source = opener.source(recipe, "")
    judge = source.judge
    assert judge is not None
    reference = source.reference(recipe)
    # The small weights' calibration doubles a logit.
    moved = judge.scores(Off(reference, 0.1)) - judge.scores(reference)
    assert np.abs(moved).max() == pytest.approx(0.1 * 2.0 / 4.0, abs=1e-4)


def test_without_a_vocabulary_no_text_is_judged(opener: Opener) -> None:
    recipe = load_recipe("text")
    source = opener.source(recipe, "")
    judge = source.judge
    assert judge is not None
    assert judge.inputs() == []
    reference = source.reference(recipe)
    report = full_check(reference, reference, recipe, "float32", source.limits, judge)
    assert report.real is None
    assert report.moved_most is None
    assert report.passed


def test_the_recipe_limits_the_scores(opener: Opener) -> None:
    recipe = load_recipe("audio_sequence")
    recipe = replace(recipe, allowed_scores={"bfloat16": AllowedScores(0.01, 0.01)})
    source = opener.source(recipe, "")
    reference = source.reference(recipe)

    def check(error: float) -> CheckReport:
        engine = Off(reference, error)
        return full_check(engine, reference, recipe, "bfloat16", source.limits, source.judge)

    assert check(0.01).passed
    far = check(0.025)
    assert not far.passed
    assert far.random.passed  # within the allowed error, but the scores move by 0.0125
    assert far.share == pytest.approx(1.25, rel=0.02)
    assert str(far).startswith("scores off by up to 0.01")
    assert far.facts()["refused"] is True
    assert far.facts()["reason"] == str(far)


def test_faces_that_are_lost_refuse_a_finder(opener: Opener) -> None:
    recipe = load_recipe("face_finder")
    source = opener.source(recipe, "")
    judge = source.judge
    assert judge is not None
    reference = source.reference(recipe)
    found = judge.scores(reference)
    assert (found[:, 0] >= 1).sum() >= 3
    blind = np.abs(judge.scores(Off(reference, -1.0)) - found).max()
    assert blind >= 1.0


def test_scores_of_another_number_are_far_off() -> None:
    report = CheckReport(ErrorReport(0.0, 0.0, "x"), None, float("inf"), float("inf"))
    assert report.passed  # no limit on scores
    limited = replace(report, allowed_scores=AllowedScores(0.1, 0.1))
    assert not limited.passed


def test_recalling_runs_once(opener: Opener, rng) -> None:
    runs = []

    class Counted(Off):
        def run(self, inputs: Any) -> dict[str, Any]:
            runs.append(1)
            return super().run(inputs)

    source = opener.source(load_recipe("audio_piece"), "")
    recipe = load_recipe("audio_piece")
    engine = Recalling(Counted(source.reference(recipe), 0.0))
    x = {"mel": rng.uniform(-13, 5, (2, 1, 128, 32)).astype(np.float32)}
    first = engine.run(x)["vectors"]
    assert np.array_equal(engine.run({"mel": x["mel"].copy()})["vectors"], first)
    assert len(runs) == 1
    engine.run({"mel": x["mel"] + 1})
    assert len(runs) == 2
    assert Recalling.of(engine) is engine
