"""Who speaks: the mouth that moves while speech is heard, and with it.

Over the last four seconds, in steps of a tenth, two things speak for a person:

- how well the movement of the mouth goes along with the loudness of the speech: the highest of
  three correlations, one step early, in time and one late. Speech without pauses says little
  that way, so it counts by how much the loudness varies;
- how much the mouth moves while speech is heard at all, against a mouth that is still.

On the demo and three clips of talking faces the true mouth correlated by 0.32 to 0.76 (0.0 in one
clip without pauses), mouths of other moments by -0.24 to 0.32 in nine of ten cases. The weights
below were chosen by hand on these few clips.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.pipeline.heard import SILENCE_DB, STEPS_PER_TICK

Steps = NDArray[np.float64]

STEPS: Final = 40
SPEECH_SHARE_MIN: Final = 0.1
_SPEECH_STEPS_MIN: Final = 5
_MOUTH_STEPS_MIN: Final = 12
# Loudness counts from 30 dB below the loudest of the window, in full from 5 dB below.
_RANGE_DB: Final = (30.0, 25.0)
_LOUDEST_MIN_DB: Final = -50.0
_SPEAKS_FROM: Final = 0.4
_FULL_VARIATION: Final = 0.25
_STILL: Final = 0.03
_WEIGHTS: Final = (5.0, 2.0, -1.0)
# In logits: how far one must be ahead of the next to become the speaker.
_AHEAD: Final = 1.0
_KEEPS_FROM: Final = 0.3
# A mouth that is alone in the picture is only doubted when it is clearly still.
LONE_DOUBT: Final = 0.2


@dataclass(frozen=True, slots=True)
class Verdict:
    """Who speaks.

    Attributes
    ----------
    speaking
        For everyone in sight how probably it is this mouth, 0..1; None where that is not known.
    speaker
        Whose voice and words they are; None if that is unsure or nobody speaks.
    sure
        None while no speech is heard; False if the speaker is unsure.
    since
        The tick since when `speaker` has been the speaker.
    changed
        Whether someone else was surely heard before, within this speech.
    """

    speaking: Mapping[int, float | None]
    speaker: int | None
    sure: bool | None
    since: int
    changed: bool = False


class SpeakerJudge:
    """Compares mouths with the sound, tick by tick."""

    def __init__(self) -> None:
        self._levels = np.full(STEPS, SILENCE_DB)
        self._speech = np.zeros(STEPS, np.bool_)
        self._mouths: dict[int, Steps] = {}
        self._speaker: int | None = None
        self._surely: int | None = None
        self._since = 0
        self._changed = False

    def judge(
        self,
        tick: int,
        motions: Mapping[int, Sequence[tuple[int, float]]],
        steps_db: Steps | None,
        speech: float,
        in_sight: Sequence[int],
    ) -> Verdict:
        """Take in a tick and say who speaks.

        Parameters
        ----------
        tick
            Its number.
        motions
            For each face pairs of a step (tenths of a second since zero) and how much the mouth
            moved, see `perception.faces.mouth`.
        steps_db
            ``(4,)`` levels of the tick's tenths in dBFS, None without sound.
        speech
            Share of the tick that is speech, 0..1.
        in_sight
            Who is seen.
        """
        self._roll(tick, motions)
        self._levels[-STEPS_PER_TICK:] = SILENCE_DB if steps_db is None else steps_db
        self._speech[-STEPS_PER_TICK:] = steps_db is not None and speech >= SPEECH_SHARE_MIN
        loud = self._loudness()
        speaks = loud >= _SPEAKS_FROM
        if int(speaks.sum()) < _SPEECH_STEPS_MIN:
            self._speaker = self._surely = None
            return Verdict(dict.fromkeys(in_sight), None, None, tick)
        evidence = {
            i: _evidence(self._mouths[i], loud, speaks) if i in self._mouths else None
            for i in in_sight
        }
        speaking = {i: None if e is None else _probability(e) for i, e in evidence.items()}
        if len(evidence) == 1:
            ((lone, alone),) = speaking.items()
            sure = alone is None or alone >= LONE_DOUBT
            return self._verdict(tick, speaking, lone if sure else None)
        known = {i: e for i, e in evidence.items() if e is not None}
        return self._verdict(tick, speaking, self._winner(known, len(in_sight)))

    def skip(self, tick: int) -> None:
        """Let the ticks before this one go by unseen and unheard."""
        self._levels[:] = SILENCE_DB
        self._speech[:] = False
        self._mouths.clear()
        self._speaker = self._surely = None
        self._since = tick

    def _winner(self, evidence: Mapping[int, float], people: int) -> int | None:
        """Return who is ahead of all others, None if that is not clear."""
        if not evidence or len(evidence) < people:
            # Someone whose mouth was not watched may be the one.
            return None
        first, *rest = sorted(evidence, key=lambda i: (-evidence[i], i))
        ahead = not rest or evidence[first] - evidence[rest[0]] >= _AHEAD
        if ahead and evidence[first] > 0.0:
            return first
        # The speaker needs no lead to stay the speaker, only to be the likeliest still.
        stays = first == self._speaker and _probability(evidence[first]) >= _KEEPS_FROM
        return first if stays else None

    def _verdict(
        self, tick: int, speaking: Mapping[int, float | None], speaker: int | None
    ) -> Verdict:
        self._speaker = speaker
        if speaker is not None and speaker != self._surely:
            self._changed = self._surely is not None
            self._surely, self._since = speaker, tick
        return Verdict(speaking, speaker, speaker is not None, self._since, self._changed)

    def _roll(self, tick: int, motions: Mapping[int, Sequence[tuple[int, float]]]) -> None:
        for row in (self._levels, self._speech, *self._mouths.values()):
            row[:-STEPS_PER_TICK] = row[STEPS_PER_TICK:]
        for mouth in self._mouths.values():
            mouth[-STEPS_PER_TICK:] = np.nan
        newest = STEPS_PER_TICK * (tick + 1)
        for face, pairs in motions.items():
            mouth = self._mouths.setdefault(face, np.full(STEPS, np.nan))
            for step, motion in pairs:
                at = STEPS + step - newest
                if 0 <= at < STEPS:
                    mouth[at] = motion
        self._mouths = {i: m for i, m in self._mouths.items() if np.isfinite(m).any()}

    def _loudness(self) -> Steps:
        """Return how loud speech was in each step, 0..1."""
        spoken = self._levels[self._speech]
        if len(spoken) == 0:
            return np.zeros(STEPS)
        loudest = max(float(spoken.max()), _LOUDEST_MIN_DB)
        loud = np.clip((self._levels - loudest + _RANGE_DB[0]) / _RANGE_DB[1], 0.0, 1.0)
        return np.asarray(np.where(self._speech, loud, 0.0))


def _evidence(mouth: Steps, loud: Steps, speaks: NDArray[np.bool_]) -> float | None:
    """Return how much speaks for a mouth, in logits; None if it was watched too briefly."""
    watched = np.isfinite(mouth)
    both = watched & speaks
    if watched.sum() < _MOUTH_STEPS_MIN or both.sum() < _SPEECH_STEPS_MIN:
        return None
    rate = float(mouth[both].mean())
    moved = _smooth(np.sqrt(np.where(watched, mouth, 0.0)))[watched]
    voice = _smooth(loud)
    along = max(_correlation(moved, np.roll(voice, lag)[watched]) for lag in (-1, 0, 1))
    varied = min(1.0, float(loud[watched].std()) / _FULL_VARIATION)
    for_rate = min(1.0, max(-2.0, math.log(max(rate, 1e-6) / _STILL)))
    return _WEIGHTS[0] * varied * along + _WEIGHTS[1] * for_rate + _WEIGHTS[2]


def _smooth(values: Steps) -> Steps:
    kernel = np.array([0.25, 0.5, 0.25])
    return np.asarray(np.convolve(np.pad(values, 1, mode="edge"), kernel, "valid"))


def _correlation(a: Steps, b: Steps) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1e-9 else 0.0


def _probability(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))
