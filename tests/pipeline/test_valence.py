"""Valence tick by tick: who tells of it, and who does not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import BranchEstimate, no_interval, no_scores
from live_emotion.core.valence import Valence, joined
from live_emotion.pipeline.scores import Scores
from live_emotion.pipeline.valence import ValenceWatch

WORDS, SEEN = Valence(0.5, 0.1), Valence(-0.2, 0.2)


class Model:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def of_words(self, text: str) -> Valence:
        self.texts.append(text)
        return WORDS

    def of_scores(self, scores: np.ndarray) -> Valence:
        return Valence(float(scores[0]), 0.2)


def scores(*there: Branch, valence: Valence | None = None) -> Scores:
    missing = BranchEstimate(no_scores(), 0.0, "no face")
    present = BranchEstimate(np.full(6, -0.2, np.float32), 0.5, None)
    branches: dict[Branch, BranchEstimate] = {
        "vision": present if "vision" in there else missing,
        "audio": present if "audio" in there else missing,
        "text": present if "text" in there else missing,
    }
    return Scores(no_scores(), branches, no_interval(), {}, valence)


def same(made: Valence | None, wanted: Valence) -> bool:
    assert made is not None
    return (made.value, made.deviation) == pytest.approx((wanted.value, wanted.deviation))


def watch(model: Model | None) -> ValenceWatch:
    encoders: Any = SimpleNamespace(valence=model)
    return ValenceWatch(encoders)


def test_words_are_read_once() -> None:
    model = Model()
    seen = watch(model)
    for _ in range(3):
        assert same(seen.read("so glad", scores("text")), WORDS)
    seen.read("so glad today", scores("text"))
    assert model.texts == ["so glad", "so glad today"]


def test_what_is_missing_says_nothing() -> None:
    seen = watch(Model())
    assert seen.read("", scores()) is None
    made = seen.read("old words", scores("vision"))
    assert made is not None
    assert (made.value, made.deviation) == pytest.approx((SEEN.value, SEEN.deviation))


def test_face_voice_and_words_are_joined() -> None:
    made = watch(Model()).read("so glad", scores("vision", "audio", "text"))
    face = Valence(float(np.float32(-0.2)), 0.2)
    assert made == joined([face, face, WORDS])


def test_a_network_that_decodes_valence_stands_for_face_and_voice() -> None:
    own = Valence(0.9, 0.1)
    assert same(watch(Model()).read("", scores("vision", valence=own)), own)
    assert same(watch(None).read("words", scores("vision", "text", valence=own)), own)


def test_without_weights_there_is_none() -> None:
    assert watch(None).read("so glad", scores("vision", "text")) is None
