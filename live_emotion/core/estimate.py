"""What the program concludes: an estimate a tick, and the health of the flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from live_emotion.core.emotions import EMOTIONS, Branch
from live_emotion.core.media import FloatArray
from live_emotion.core.percepts import Face
from live_emotion.core.valence import Valence

MissingReason = Literal[
    "no face",
    "no speech",
    "no words",
    "no video",
    "no audio",
    "turned off",
    "someone else speaks",
]


def no_scores() -> FloatArray:
    """Return ``(6,)`` NaN: the scores of a branch that is missing."""
    return np.full(len(EMOTIONS), np.nan, dtype=np.float32)


def no_interval() -> FloatArray:
    """Return ``(2, 6)`` NaN: the range of scores that are missing."""
    return np.full((2, len(EMOTIONS)), np.nan, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class BranchEstimate:
    """One branch's part of an estimate.

    Attributes
    ----------
    scores
        ``(6,)`` float32 calibrated probabilities 0..1, or all NaN when missing.
    weight
        Share of this branch in the fused logits, 0..1; 0 when missing.
    reason
        Why the branch is missing, or None.
    """

    scores: FloatArray
    weight: float
    reason: MissingReason | None

    @property
    def present(self) -> bool:
        """Whether the branch has scores."""
        return self.reason is None


@dataclass(frozen=True, slots=True, eq=False)
class PersonEstimate:
    """One of the people in the picture.

    Attributes
    ----------
    face
        As last seen.
    scores
        ``(6,)`` float32 calibrated probabilities 0..1, or all NaN when missing: of the face, and
        of voice and words if they are this person's.
    followed
        Whether this is the person that the estimate is of.
    speaking
        How probably this mouth moves with the speech that is heard, 0..1; None where no speech
        is heard or the mouth was not watched for long enough.
    """

    face: Face
    scores: FloatArray
    followed: bool
    speaking: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """The scores of one tick.

    Attributes
    ----------
    t
        End of the window, seconds on the session clock.
    tick
        The tick that ends at `t`.
    window
        Start and end of the window in seconds; shorter than 4.8 s at the session's start.
    scores
        ``(6,)`` float32 calibrated probabilities 0..1, or all NaN when every branch is missing.
    branches
        One `BranchEstimate` for each of `BRANCHES`.
    face
        The face of the followed person in this tick, or None; unless one was chosen, the main one.
    latency_ms
        From the newest capture that went in to the estimate being ready; in replay the time
        spent on the tick.
    interval
        ``(2, 6)`` float32, low and high end of a range around each score, 0..1; NaN when
        missing. It tells how far the evidence is spread (see `pipeline.spread`), which is no
        guarantee that the truth lies within.
    voice_level_db
        Root mean square of the tick's sound in decibels of full scale (dBFS), -120 for silence;
        None without sound.
    people
        Everyone in sight, at most four, by number; the scores above are of the followed one.
    speaker
        Number of the person whose scores voice and words went into, None where nobody is seen.
    speaker_sure
        Whether that person's mouth moves with the speech; None where no speech is heard.
    change
        ``(6,)`` float32, `scores` less the person's neutral baseline, -1..1; NaN without one.
    valence
        How pleasant it is, where weights for that are loaded and something tells of it.
    """

    t: float
    tick: int
    window: tuple[float, float]
    scores: FloatArray
    branches: Mapping[Branch, BranchEstimate]
    face: Face | None
    latency_ms: float
    interval: FloatArray = field(default_factory=no_interval)
    voice_level_db: float | None = None
    people: tuple[PersonEstimate, ...] = ()
    speaker: int | None = None
    speaker_sure: bool | None = None
    change: FloatArray = field(default_factory=no_scores)
    valence: Valence | None = None

    @property
    def leading(self) -> int | None:
        """Index of the highest score in `EMOTIONS`, or None without scores."""
        return None if np.isnan(self.scores).any() else int(self.scores.argmax())


DROP_NAMES: Final = (
    "video_frames",
    "audio_samples",
    "transcript_audio",
    "face_searches",
    "people",
    "ticks",
    "stored_frames",
    "stored_sound",
)


@dataclass(frozen=True, slots=True)
class Health:
    """How the flow is doing at a moment.

    Attributes
    ----------
    t
        Seconds on the session clock.
    frames_read, ticks
        Counts since the session began.
    fps
        Video frames a second over the last seconds.
    speed
        Media seconds handled per wall second (about 1 when live).
    latency_p50_ms, latency_p95_ms
        Of the last estimates.
    dropped
        Counts by name (see `DROP_NAMES`).
    rss_mb
        Resident memory of the process in MB (10**6 bytes).
    cpu_share
        CPU seconds that the process took a wall second, of all its threads: 1 is one core.
    drift_ppm
        How much faster the session clock runs than the sound card, in parts per million; NaN
        without a microphone and until it is known.
    frames_passed_over
        How many of `frames_read` were not decoded, for nobody would have looked at them.
    """

    t: float
    frames_read: int
    ticks: int
    fps: float
    speed: float
    latency_p50_ms: float
    latency_p95_ms: float
    dropped: Mapping[str, int] = field(default_factory=dict)
    rss_mb: float = float("nan")
    cpu_share: float = float("nan")
    drift_ppm: float = float("nan")
    frames_passed_over: int = 0


@dataclass(frozen=True, slots=True)
class DeviceEvent:
    """Something that happened to a source: `device` names it, `state` and `message` say what."""

    t: float
    device: str
    state: str
    message: str


@dataclass(frozen=True, slots=True)
class Marker:
    """A moment the user marked, with its label."""

    t: float
    label: str
