"""Real talking faces through the real program."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.ticks import TICK_S, WINDOW_S
from live_emotion.session import read
from tests.system.conftest import join

pytestmark = [pytest.mark.system, pytest.mark.data]
Replay = Callable[..., dict[str, Any]]


def spoken(folder: Path) -> str:
    words = " ".join(s["text"] for s in read(folder).transcripts if s["final"])
    return re.sub(r"[^a-z ]", "", words.lower())


@pytest.fixture(scope="module")
def alone(
    av_clips: dict[str, Path], replay: Replay, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folders = {}
    for name, clip in av_clips.items():
        folders[name] = tmp_path_factory.mktemp("alone") / name
        replay(clip, folders[name])
    return folders


@pytest.mark.parametrize("name", ["sad", "fearful", "mead_sad"])
def test_a_face_and_an_estimate_in_every_tick(alone: dict[str, Path], name: str) -> None:
    session = read(alone[name])
    assert session.clean
    np.testing.assert_allclose(np.diff(session.t), TICK_S, atol=1e-6)
    assert session.t[0] == pytest.approx(TICK_S)
    seen = [face is not None for face in session.faces]
    assert np.mean(seen) >= 0.95
    assert np.isfinite(session.scores).all(axis=1).mean() >= 0.95


@pytest.mark.parametrize("name", ["sad", "fearful"])
def test_the_sentence_is_heard(alone: dict[str, Path], name: str) -> None:
    assert "kids are talking by the door" in spoken(alone[name])


def test_early_windows_are_shorter_and_say_so(alone: dict[str, Path]) -> None:
    estimates = read(alone["sad"]).estimates
    for estimate in estimates:
        t0, t1 = estimate["window"]
        assert t1 == pytest.approx(estimate["t"])
        assert t0 == pytest.approx(max(0.0, t1 - WINDOW_S), abs=1e-6)
        assert bool(estimate.get("partial")) == (t1 - t0 < WINDOW_S - 1e-6)


@pytest.fixture(scope="module")
def joined(
    av_clips: dict[str, Path], replay: Replay, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    tmp = tmp_path_factory.mktemp("joined")
    clips = [av_clips[name] for name in ("sad", "fearful", "mead_sad")]
    clip = join(clips, tmp / "joined.mp4", seconds=30.0)
    replay(clip, tmp / "session")
    return tmp / "session"


def test_joined_and_looped(joined: Path) -> None:
    session = read(joined)
    assert session.t[-1] == pytest.approx(30.0, abs=TICK_S)
    np.testing.assert_allclose(np.diff(session.t), TICK_S, atol=1e-6)
    assert np.mean([face is not None for face in session.faces]) >= 0.95
    assert spoken(joined).count("kids are talking by the door") >= 4


def test_the_leading_expression_follows_the_cuts(
    av_clips: dict[str, Path], replay: Replay, tmp_path: Path
) -> None:
    """Sad, fearful, sad again: after each cut another expression leads within 5 s."""
    order = ["sad", "sad", "fearful", "fearful", "sad", "sad"]
    clip = join([av_clips[name] for name in order], tmp_path / "cuts.mp4")
    replay(clip, tmp_path / "session")
    session = read(tmp_path / "session")
    leading = [EMOTIONS[i] for i in session.scores.argmax(axis=1)]
    length = session.t[-1] / len(order)
    for cut in (2 * length, 4 * length):
        before = leading[int(np.searchsorted(session.t, cut)) - 1]
        after = [e for e, t in zip(leading, session.t, strict=True) if cut < t <= cut + 5.0]
        assert any(e != before for e in after), (cut, before, after)
