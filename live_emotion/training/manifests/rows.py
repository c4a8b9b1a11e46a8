"""One row of a data set: a stretch of a recording, its words, and what was seen in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from live_emotion.core.emotions import EMOTIONS, Emotion


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """A labelled utterance.

    Attributes
    ----------
    id
        Of the utterance, unique in its data set.
    media
        Recording to take sound from.
    start, end
        Seconds in `media`; `end` None for its whole rest.
    text
        What is said.
    label
        The data set's own label in words, ``""`` where several emotions may be shown.
    emotions
        Intensity of each of `EMOTIONS` that the data set knows, 0 for not shown; emotions that
        it does not label are missing.
    speaker
        Name of who talks, with the data set's prefix.
    sex
        ``"F"``, ``"M"`` or ``""``.
    split
        ``train``, ``dev`` or ``test``.
    video
        Recording with the face, None without one.
    video_start, video_end
        Seconds in `video`.
    """

    id: str
    media: Path
    start: float
    end: float | None
    text: str
    label: str
    emotions: Mapping[Emotion, float]
    speaker: str
    sex: str
    split: str
    video: Path | None = None
    video_start: float = 0.0
    video_end: float | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def leading(self) -> Emotion | None:
        """The one emotion shown most strongly, or None where there is none or a tie."""
        most = max(self.emotions.values(), default=0.0)
        shown = [e for e in EMOTIONS if self.emotions.get(e, 0.0) == most]
        return shown[0] if most > 0 and len(shown) == 1 else None

    @property
    def neutral(self) -> bool:
        """Whether emotions were looked for and none was seen."""
        return bool(self.emotions) and not any(self.emotions.values())
