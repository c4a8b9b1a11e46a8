"""Scoring tick by tick equals recomputing the whole window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from live_emotion.core.emotions import EMOTIONS, Branch
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face, FaceCrop, MelPiece
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.presets import preset_named
from live_emotion.pipeline.scorer import Scorer
from live_emotion.pipeline.scores import SPEECH_SHARE_MIN
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.weights import find_branches

TICKS = 18


@pytest.fixture(scope="module", params=["torch", "openvino"])
def encoders(request: pytest.FixtureRequest) -> Iterator[EncoderSet]:
    with EncoderSet.open("live", request.param) as opened:
        yield opened


def face(identity: int) -> Face:
    return Face(0.0, identity, (0.0, 0.0, 9.0, 9.0), 0.9, np.zeros((5, 2), np.float32))


def media(seed: int) -> list[tuple[FaceCrop | None, MelPiece | None]]:
    """Ticks of noise with gaps: no face in a quarter, no speech in a third."""
    rng = np.random.default_rng(seed)
    ticks: list[tuple[FaceCrop | None, MelPiece | None]] = []
    for tick in range(TICKS):
        image = rng.integers(0, 256, (48, 48, 3), dtype=np.uint8)
        mel = rng.normal(-6.0, 3.0, (128, 32)).astype(np.float32)
        crop = FaceCrop(tick, face(1 if tick < 10 else 2), image) if rng.random() > 0.25 else None
        ticks.append((crop, MelPiece(tick, mel, float(rng.random() > 0.33))))
    return ticks


class Recorded:
    """An encoder set that keeps the branches' logits as they pass."""

    def __init__(self, encoders: EncoderSet) -> None:
        self._encoders = encoders
        self.logits: list[dict[Branch, FloatArray | None]] = []

    def fuse(
        self, logits: dict[Branch, FloatArray | None]
    ) -> tuple[FloatArray, dict[Branch, float]]:
        self.logits.append(logits)
        return self._encoders.fuse(logits)

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoders, name)


def test_streaming_equals_full_recomputation(encoders: EncoderSet) -> None:
    ticks = media(7)
    recorded = Recorded(encoders)
    scorer = Scorer(recorded, {})  # type: ignore[arg-type]
    first: list[dict[Branch, FloatArray | None]] = []
    for crop, piece in ticks:
        # The branches are joined once for the scores, and then again for their range.
        recorded.logits.clear()
        scorer.score(crop, piece, "")
        first.append(recorded.logits[0])
    networks = Networks(preset_named("live"), find_branches("live"))
    vision, audio = networks.branch("vision").eval(), networks.branch("audio").eval()
    compared = 0
    for last in range(0, TICKS, 3):
        window = ticks[max(0, last - WINDOW_TICKS + 1) : last + 1]
        crops = [crop for crop, _ in window]
        ids = [crop.face.id if crop else 0 for crop in crops]
        newest = next((i for i in reversed(ids) if i), 0)
        faces = torch.zeros(1, len(window), 3, 48, 48)
        for k, crop in enumerate(crops):
            if crop is not None:
                faces[0, k] = torch.from_numpy(crop.image.transpose(2, 0, 1) / np.float32(255))
        mel = torch.from_numpy(np.stack([p.mel for _, p in window if p]))[None, :, None]
        speech = [p is not None and p.speech >= SPEECH_SHARE_MIN for _, p in window]
        with torch.inference_mode():
            whole = {
                "vision": vision(faces, torch.tensor([[i == newest != 0 for i in ids]])),
                "audio": audio(mel, torch.tensor([speech])),
            }
        for branch, present in (("vision", newest != 0), ("audio", any(speech))):
            streamed = first[last][branch]
            assert (streamed is not None) == present
            if streamed is not None:
                np.testing.assert_allclose(streamed, whole[branch][0].numpy(), atol=1e-4)
                compared += 1
    assert compared >= TICKS // 3


def test_missing_branches_say_why_and_weigh_nothing(encoders: EncoderSet) -> None:
    scorer = Scorer(encoders, {"text": "turned off"})
    crop, piece = next((c, p) for c, p in media(3) if c is not None and p and p.speech)
    nothing = scorer.score(None, None, "")
    assert np.isnan(nothing.fused).all()
    assert {b: e.reason for b, e in nothing.branches.items()} == {
        "vision": "no face",
        "audio": "no speech",
        "text": "turned off",
    }
    for scores in (scorer.score(crop, None, ""), scorer.score(None, piece, "")):
        assert scores.fused.shape == (len(EMOTIONS),)
        assert ((scores.fused >= 0.0) & (scores.fused <= 1.0)).all()
        assert sum(e.weight for e in scores.branches.values()) == pytest.approx(1.0)
        for estimate in scores.branches.values():
            assert estimate.present == np.isfinite(estimate.scores).all()
            assert estimate.present or estimate.weight == 0.0


def test_a_branch_is_missing_again_once_its_last_tick_left_the_window(
    encoders: EncoderSet,
) -> None:
    scorer = Scorer(encoders, {})
    crop = FaceCrop(0, face(1), np.zeros((48, 48, 3), np.uint8))
    present = [scorer.score(crop, None, "").branches["vision"].present]
    present += [scorer.score(None, None, "").branches["vision"].present for _ in range(13)]
    assert present == [True] * WINDOW_TICKS + [False] * 2


def test_words_are_read_again_only_when_they_changed(
    encoders: EncoderSet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[str] = []
    real = encoders.text

    def text(words: str) -> FloatArray | None:
        read.append(words)
        return real(words)

    monkeypatch.setattr(encoders, "text", text)
    scorer = Scorer(encoders, {})
    for words in ("", "i am", "i am", "i am glad", "i am glad", "", "i am glad"):
        scorer.score(None, None, words)
    assert read == ["i am", "i am glad", "i am glad"]


@pytest.mark.parametrize("window_ticks", [3, 7, WINDOW_TICKS])
def test_a_shorter_window_forgets_sooner(encoders: EncoderSet, window_ticks: int) -> None:
    scorer = Scorer(encoders, {}, window_ticks)
    crop, piece = next((c, p) for c, p in media(3) if c is not None and p and p.speech)
    scorer.score(crop, piece, "")
    present = [
        [scores.branches[b].present for b in ("vision", "audio")]
        for scores in (scorer.score(None, None, "") for _ in range(WINDOW_TICKS))
    ]
    assert present == [[k < window_ticks - 1] * 2 for k in range(WINDOW_TICKS)]


def test_a_short_window_scores_as_a_session_that_has_just_begun(encoders: EncoderSet) -> None:
    ticks = media(7)[:9]
    short = Scorer(encoders, {}, 3)
    newest = [short.score(crop, piece, "") for crop, piece in ticks][-1]
    begun = Scorer(encoders, {})
    again = [begun.score(crop, piece, "") for crop, piece in ticks[-3:]][-1]
    np.testing.assert_allclose(newest.fused, again.fused, atol=1e-5)
