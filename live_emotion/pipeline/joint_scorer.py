"""Scores a tick with a network that judges the whole window at once.

It takes the place of `Scorer` for architectures such as MulT or the attention-guided fusion. What a
branch says by itself is what the network says when only that branch is there; a branch's share is
how far the logits move when it is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.estimate import BranchEstimate, MissingReason, no_interval, no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import FaceCrop, MelPiece
from live_emotion.core.ring import RingBuffer
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.core.valence import Valence
from live_emotion.perception.features import (
    FACE_FEATURES,
    VOICE_FEATURES,
    face_features,
    voice_features,
)
from live_emotion.pipeline.scorer import Scorer
from live_emotion.pipeline.scores import REASONS, SPEECH_SHARE_MIN, Scores
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.joint import Judgement

Stream = tuple[FloatArray, NDArray[np.bool_]]
_STREAMS: Mapping[Branch, str] = {"vision": "face", "audio": "voice", "text": "words"}
_NOTHING: Mapping[Branch, MissingReason] = {}
_Asked = Callable[[frozenset[Branch]], FloatArray]


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """Fused scores ``(6,)``, those of each branch alone, and the branches' shares."""

    fused: FloatArray
    alone: Mapping[Branch, FloatArray]
    shares: Mapping[Branch, float]
    valence: Valence | None = None


def _shares(moved: Mapping[Branch, float]) -> dict[Branch, float]:
    total = sum(moved.values())
    return {b: m / total if total > 0 else 1.0 / len(moved) for b, m in moved.items()}


def _logit(chances: FloatArray) -> NDArray[np.float64]:
    p = np.clip(chances.astype(np.float64), 1e-6, 1.0 - 1e-6)
    return np.log(p / (1.0 - p))


def make_scorer(
    encoders: EncoderSet,
    absent: dict[Branch, MissingReason],
    window_ticks: int = WINDOW_TICKS,
) -> Scorer:
    """Return what scores the ticks of a session: branch by branch, or jointly.

    Parameters
    ----------
    encoders, absent, window_ticks
        As `Scorer` takes them.
    """
    joint = getattr(encoders, "joint", None)
    made = Scorer if joint is None else JointScorer
    return made(encoders, absent, window_ticks)


class TickRow:
    """What the last ticks gave, each whole or nothing.

    Parameters
    ----------
    width
        Numbers a tick.
    ticks
        How many ticks are looked at, at most 12.
    """

    def __init__(self, width: int, ticks: int = WINDOW_TICKS) -> None:
        self._width = width
        self._values: RingBuffer[np.float32] = RingBuffer(ticks, (width,))
        self._owners: RingBuffer[np.int64] = RingBuffer(ticks, dtype=np.int64)

    def push(self, values: FloatArray | None, owner: int = 1) -> None:
        """Append a tick, or None where it has nothing; `owner` says whose it is, from 1."""
        held = np.zeros(self._width, np.float32) if values is None else values
        self._values.append(held[np.newaxis])
        self._owners.append(np.array([0 if values is None else owner], np.int64))

    def stream(self, owner: int | None = None) -> Stream:
        """Return the window ``(12, width)``, the newest tick last, and what is there of it.

        Parameters
        ----------
        owner
            Whose ticks count; None for everyone's.
        """
        values = np.zeros((WINDOW_TICKS, self._width), np.float32)
        present = np.zeros(WINDOW_TICKS, np.bool_)
        kept, owners = self._values.latest(WINDOW_TICKS), self._owners.latest(WINDOW_TICKS)
        if len(kept):
            values[-len(kept) :] = kept
            present[-len(kept) :] = owners > 0 if owner is None else owners == owner
        return values, present


class JointScorer(Scorer):
    """Keeps what a joint network takes, and asks it tick by tick.

    Only the followed person is scored: the network takes one face a tick, and voice and words are
    taken for that person's.
    """

    def __init__(
        self,
        encoders: EncoderSet,
        absent: dict[Branch, MissingReason],
        window_ticks: int = WINDOW_TICKS,
    ) -> None:
        super().__init__(encoders, absent, window_ticks)
        assert encoders.joint is not None
        self._joint = encoders.joint
        self._deep = encoders.joint.choice.architecture.joint == "vectors"
        self._face = TickRow(64 if self._deep else FACE_FEATURES, window_ticks)
        self._voice = TickRow(64 if self._deep else VOICE_FEATURES, window_ticks)
        self._person: int | None = None
        self._said: tuple[str, Stream | None, FloatArray | None] = ("", None, None)

    def score(
        self,
        crop: FaceCrop | None,
        piece: MelPiece | None,
        text: str,
        missing: Mapping[Branch, MissingReason] = _NOTHING,
        *,
        others: Sequence[FaceCrop] = (),
        followed: int | None = None,
        speaker: int | None = None,
    ) -> Scores:
        """Score a tick, see `Scorer.score`; other people's faces are not."""
        person = followed if followed is not None else self._person
        self._person = crop.face.id if crop is not None and followed is None else person
        self._face.push(None if crop is None else self._look(crop), self._person or 1)
        spoken = piece is not None and piece.speech >= SPEECH_SHARE_MIN
        self._voice.push(self._listen(piece) if piece is not None and spoken else None)
        self._understand(text)
        streams: dict[Branch, Stream] = {
            "vision": self._face.stream(self._person),
            "audio": self._voice.stream(),
        }
        if self._said[1] is not None:
            streams["text"] = self._said[1]
        there = {b: s for b, s in streams.items() if b not in missing and s[1].any()}
        words = None if "text" in missing else self._said[2]
        judged = self._judge(there, words)
        seen = {} if self._person is None or "vision" not in there else {self._person: judged.fused}
        return Scores(
            judged.fused,
            {b: self._part(b, judged, missing) for b in BRANCHES},
            no_interval(),
            seen,
            judged.valence,
        )

    def skip(self) -> None:
        """Let a tick go by unscored; the windows slide on."""
        self._face.push(None)
        self._voice.push(None)

    def _look(self, crop: FaceCrop) -> FloatArray:
        if self._deep:
            vectors: FloatArray = self._encoders.vision_face(crop.image[np.newaxis])[0]
            return vectors
        return face_features(crop.image)

    def _listen(self, piece: MelPiece) -> FloatArray:
        if self._deep:
            vectors: FloatArray = self._encoders.audio_piece(piece.mel[np.newaxis])[0]
            return vectors
        return voice_features(piece.mel, piece.samples)

    def _understand(self, text: str) -> None:
        """Keep the words' features, or their logits where the network does not read."""
        if text == self._said[0]:
            return
        words = self._joint.words
        if self._deep:
            self._said = (text, None, self._encoders.text(text) if text else None)
        elif words is not None:
            self._said = (text, words.features(text) if text else None, None)

    def _judge(self, there: Mapping[Branch, Stream], words: FloatArray | None) -> _Judged:
        """Ask the network about what is there, about each branch alone, and without each."""
        if not there and words is None:
            return _Judged(no_scores(), {}, {})
        asked: dict[frozenset[Branch], Judgement] = {}

        def ask(branches: frozenset[Branch]) -> FloatArray:
            if branches not in asked:
                asked[branches] = self._joint.run({_STREAMS[b]: there[b] for b in branches})
            return asked[branches].logits

        every: frozenset[Branch] = frozenset(there)
        alone = {b: self._joint.calibrate(ask(frozenset({b}))) for b in there}
        moved = {b: self._moved(ask, every, b) for b in there}
        if every:
            ask(every)
        valence = None
        decoded = asked[every].valence if every else None
        # What nobody has trained has nothing to say of it.
        if decoded is not None and self._joint.info.trained:
            valence = Valence(float(decoded[0]), math.exp(0.5 * float(decoded[1])))
        if words is None:
            return _Judged(self._joint.calibrate(ask(every)), alone, _shares(moved), valence)
        # The words have a branch of their own; its logits weigh as one stream among the others.
        alone["text"] = self._encoders.calibrate("text", words)
        share = 1.0 / (len(there) + 1)
        mean = share * _logit(alone["text"])
        if there:
            mean = mean + (1.0 - share) * _logit(self._joint.calibrate(ask(every)))
        fused = (0.5 * (1.0 + np.tanh(0.5 * mean))).astype(np.float32)
        shares = {b: s * (1.0 - share) for b, s in _shares(moved).items()}
        return _Judged(fused, alone, {**shares, "text": share if there else 1.0}, valence)

    def _moved(self, ask: _Asked, every: frozenset[Branch], branch: Branch) -> float:
        """Return how far the logits are from those without a branch; 1 where it is alone."""
        if len(every) == 1:
            return 1.0
        return float(np.abs(ask(every) - ask(every - {branch})).mean())

    def _part(
        self, branch: Branch, judged: _Judged, missing: Mapping[Branch, MissingReason]
    ) -> BranchEstimate:
        if branch not in judged.alone:
            reason = missing.get(branch) or self._absent.get(branch) or REASONS[branch]
            return BranchEstimate(no_scores(), 0.0, reason)
        return BranchEstimate(judged.alone[branch], judged.shares[branch], None)
