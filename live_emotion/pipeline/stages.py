"""What a flow is made of, and which branches can never come."""

from __future__ import annotations

from dataclasses import dataclass

from live_emotion.capture.source import SourceInfo
from live_emotion.core.emotions import Branch
from live_emotion.core.estimate import MissingReason
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.pipeline.sight import FaceWatch
from live_emotion.pipeline.voice import Voice
from live_emotion.pipeline.words import Words
from live_emotion.runtime.encoders import EncoderSet


@dataclass(frozen=True, slots=True)
class Stages:
    """What a flow is made of; a stage is None when the source lacks its stream.

    `window_ticks` is how many ticks the sequence encoders look at, at most 12. `voice` finds the
    voice in the sound, where somebody else listens to it anyway; None and the flow does.
    """

    sight: FaceWatch | None
    words: Words | None
    encoders: EncoderSet
    window_ticks: int = WINDOW_TICKS
    voice: Voice | None = None

    def absent(self, info: SourceInfo) -> dict[Branch, MissingReason]:
        """Return the branches that can never come from a source, and why."""
        absent: dict[Branch, MissingReason] = {}
        if not info.has_video:
            absent["vision"] = "no video"
        if not info.has_audio:
            absent["audio"] = absent["text"] = "no audio"
        elif self.words is None:
            absent["text"] = "turned off"
        return absent
