"""Six scores a tick for everyone in sight: each encoder runs once on what is new.

The encoders see single faces and single mel pieces, so a window that slides by one tick needs
only the new faces and the new piece; the 64-wide vectors of the other eleven ticks are kept and
the sequence encoders run again over all twelve. On the tick grid this equals recomputing the
whole window. Words are scored again only when they changed.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.estimate import BranchEstimate, MissingReason, no_scores
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import FaceCrop, MelPiece
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.pipeline.scores import REASONS, SPEECH_SHARE_MIN, Scores
from live_emotion.pipeline.spread import SpreadMeter
from live_emotion.pipeline.windows import SoundWindow, VectorWindow
from live_emotion.runtime.encoders import EncoderSet

# Windows kept: four people in sight, and as many who may come back within the window.
_MOST_WINDOWS: Final = 8

_NOTHING: Final[Mapping[Branch, MissingReason]] = {}

Logits = dict[Branch, FloatArray | None]


class Scorer:
    """Keeps the windows of a session and scores it tick by tick.

    Parameters
    ----------
    encoders
        The compiled networks with their calibration.
    absent
        Branches that can never come, and why.
    window_ticks
        Ticks that the sequence encoders look at, at most 12.
    """

    def __init__(
        self,
        encoders: EncoderSet,
        absent: dict[Branch, MissingReason],
        window_ticks: int = WINDOW_TICKS,
    ) -> None:
        self._ticks = window_ticks
        self._encoders = encoders
        self._absent = absent
        self._faces: dict[int, VectorWindow] = {}
        self._sound = SoundWindow(window_ticks)
        self._text: tuple[str, FloatArray | None] = ("", None)
        self._spread = SpreadMeter(encoders.fuse)
        self._followed: int | None = None

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
        """Score the tick that brought these faces, this sound and these words.

        Branches that are `missing` have no scores now, whatever their windows still hold.

        Parameters
        ----------
        crop
            The followed person's face.
        piece, text
            Sound and words.
        missing
            Branches whose device gives nothing, and why.
        others
            The other people's faces.
        followed
            Number of the followed person, where there may be no crop; by default the crop's, or
            the last one.
        speaker
            Whose voice and words they are; None: the followed person's.
        """
        followed = self._follow(crop, followed)
        crops = [*([crop] if crop is not None else []), *others]

        def see() -> FloatArray | None:
            self._see(crops)
            return self._seen_logits(followed)

        def hear() -> FloatArray | None:
            self._hear(piece, speaker)
            return self._heard_logits(followed, unsure=True)

        beside = self._encoders.beside
        if text == self._text[0]:
            face, voice = beside.both(see, hear)
        else:
            # Words take as long as the other two together.
            (face, voice), _ = beside.both(lambda: (see(), hear()), lambda: self._read(text))
        owner = followed if speaker is None else speaker
        logits = self._logits(face, voice, missing, speaks=owner == followed)
        fused, weights = self._encoders.fuse(logits)
        counts: dict[Branch, int] = {
            "vision": self._seen_ticks(followed),
            "audio": int(self._sound.of(followed, unsure=True).sum()),
            "text": len(text.split()),
        }
        elsewhere: dict[Branch, bool] = {
            "audio": bool(self._sound.present.any()),
            "text": bool(text),
        }
        branches = {
            b: self._branch(b, logits[b], weights.get(b, 0.0), missing, elsewhere.get(b, False))
            for b in BRANCHES
        }
        interval = self._spread.measure(fused, logits, counts)
        people = {} if "vision" in missing else self._people(followed, fused, owner, missing)
        return Scores(fused, branches, interval, people)

    def skip(self) -> None:
        """Let a tick go by unscored; the windows slide on."""
        self._see(())
        self._sound.hear(None, None)
        self._spread.skip()

    def _follow(self, crop: FaceCrop | None, followed: int | None) -> int | None:
        if followed is None:
            followed = crop.face.id if crop is not None else self._followed
        if followed != self._followed:
            # What follows are another person's scores, not a step from the last one's.
            self._spread.skip()
        self._followed = followed
        return followed

    def _see(self, crops: Sequence[FaceCrop]) -> None:
        """Run the face encoder once over all faces of the tick."""
        seen: dict[int, FloatArray] = {}
        if crops:
            vectors = self._encoders.vision_face(np.stack([crop.image for crop in crops]))
            seen = {crop.face.id: v for crop, v in zip(crops, vectors, strict=True)}
        for face_id in seen:
            self._faces.setdefault(face_id, VectorWindow(self._ticks))
        for face_id, window in self._faces.items():
            window.push(seen.get(face_id))
        kept = [i for i, window in self._faces.items() if window.present.any()]
        kept.sort(key=lambda i: (i != self._followed, i not in seen, -i))
        self._faces = {i: self._faces[i] for i in kept[:_MOST_WINDOWS]}

    def _hear(self, piece: MelPiece | None, speaker: int | None) -> None:
        if piece is None or piece.speech < SPEECH_SHARE_MIN:
            self._sound.hear(None, None)
        else:
            self._sound.hear(self._encoders.audio_piece(piece.mel[np.newaxis])[0], speaker)

    def _seen_logits(self, person: int | None) -> FloatArray | None:
        face = self._faces.get(person) if person is not None else None
        return None if face is None else face.logits(self._encoders.vision_sequence)

    def _heard_logits(self, person: int | None, *, unsure: bool) -> FloatArray | None:
        """Return what a person's voice tells; nobody's voice counts as theirs if `unsure`."""
        mine = self._sound.of(person, unsure=unsure)
        return self._sound.logits(self._encoders.audio_sequence, mine)

    def _logits(
        self,
        face: FloatArray | None,
        voice: FloatArray | None,
        missing: Mapping[Branch, MissingReason],
        *,
        speaks: bool,
    ) -> Logits:
        """Return a person's logits; the words are theirs if the person `speaks` now."""
        words = self._text[1] if speaks else None
        logits: Logits = {"vision": face, "audio": voice, "text": words}
        return logits | dict.fromkeys(missing)

    def _people(
        self,
        followed: int | None,
        fused: FloatArray,
        owner: int | None,
        missing: Mapping[Branch, MissingReason],
    ) -> dict[int, FloatArray]:
        people: dict[int, FloatArray] = {}
        for person in self._faces:
            if person == followed:
                people[person] = fused
                continue
            face, voice = self._encoders.beside.both(
                functools.partial(self._seen_logits, person),
                functools.partial(self._heard_logits, person, unsure=False),
            )
            logits = self._logits(face, voice, missing, speaks=person == owner)
            people[person] = self._encoders.fuse(logits)[0]
        return people

    def _seen_ticks(self, person: int | None) -> int:
        face = self._faces.get(person) if person is not None else None
        return 0 if face is None else int(face.present.sum())

    def _read(self, text: str) -> None:
        self._text = (text, self._encoders.text(text) if text else None)

    def _branch(
        self,
        branch: Branch,
        logits: FloatArray | None,
        weight: float,
        missing: Mapping[Branch, MissingReason],
        elsewhere: bool,
    ) -> BranchEstimate:
        if logits is None:
            reason = missing.get(branch) or self._absent.get(branch)
            if reason is None:
                reason = "someone else speaks" if elsewhere else REASONS[branch]
            return BranchEstimate(no_scores(), 0.0, reason)
        return BranchEstimate(self._encoders.calibrate(branch, logits), float(weight), None)
