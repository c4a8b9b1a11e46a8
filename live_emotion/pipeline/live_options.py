"""What a live session is asked to do."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from live_emotion.capture.choices import CameraChoice, MicrophoneChoice
from live_emotion.core.errors import UserError
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.presets import DEFAULT_PRESET, preset_named
from live_emotion.pipeline.options import check_window
from live_emotion.runtime.engine import EngineChoice
from live_emotion.runtime.wish import parse_wish


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """Options of a live session.

    Attributes
    ----------
    camera, microphone
        The devices; None for none.
    preset
        Name of the networks' sizes.
    engine
        ``auto``, ``torch`` or ``openvino``.
    whisper_model
        Name or folder of a faster-whisper model; None takes the one that came with the program.
    text
        Name of other weights for the words that stand beside the preset's own; None takes those.
    language
        Code of the language that is spoken; None for English with a model that knows no other,
        else for what the model tells.
    window_ticks
        Ticks that the sequence encoders look at, 3 to 12.
    transcript
        Whether words are transcribed (without them the text branch is missing).
    seconds
        Length of the session, or None until it is stopped.
    """

    camera: CameraChoice | None = field(default_factory=lambda: CameraChoice(0))
    microphone: MicrophoneChoice | None = field(default_factory=MicrophoneChoice)
    preset: str = DEFAULT_PRESET
    engine: EngineChoice = "auto"
    whisper_model: str | None = None
    transcript: bool = True
    seconds: float | None = None
    text: str | None = None
    language: str | None = None
    window_ticks: int = WINDOW_TICKS


def check_live(options: LiveOptions) -> None:
    """Raise a `UserError` if an option is out of range, before anything is opened."""
    preset_named(options.preset)
    parse_wish(options.engine)
    if options.camera is None and options.microphone is None:
        raise UserError("There is nothing to see or hear: choose a camera or a microphone.")
    check_window(options.window_ticks)
    seconds = options.seconds
    if seconds is not None and not (seconds > 0.0 and math.isfinite(seconds)):
        raise UserError(f"The session must last longer than 0 s, not {seconds:g} s.")
