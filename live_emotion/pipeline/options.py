"""What a replay is asked to do, and what it counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from live_emotion.core.errors import UserError
from live_emotion.core.ticks import WINDOW_TICKS, WINDOW_TICKS_MIN
from live_emotion.models.presets import DEFAULT_PRESET
from live_emotion.runtime.engine import EngineChoice


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """Options of a replay.

    Attributes
    ----------
    path
        Video or sound file.
    speed
        Media seconds a wall second, or None for as fast as possible.
    start, end
        Part of the file in seconds, `end` None to its end; `start` moves back to the tick grid.
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
    """

    path: Path
    speed: float | None = None
    start: float = 0.0
    end: float | None = None
    preset: str = DEFAULT_PRESET
    engine: EngineChoice = "auto"
    whisper_model: str | None = None
    transcript: bool = True
    text: str | None = None
    language: str | None = None
    window_ticks: int = WINDOW_TICKS


def check_window(window_ticks: int) -> None:
    """Check the length of the window that the sequence encoders look at.

    Raises
    ------
    UserError
        If it is out of range.
    """
    if not WINDOW_TICKS_MIN <= window_ticks <= WINDOW_TICKS:
        raise UserError(
            f"The window must be {WINDOW_TICKS_MIN} to {WINDOW_TICKS} ticks long, "
            f"not {window_ticks}: choose a length in between."
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """What a run went through.

    Attributes
    ----------
    frames_read, ticks, estimates
        Numbers of each.
    dropped
        Counts by name.
    media_s, wall_s
        Seconds of media handled and of time it took.
    stopped
        True when it was stopped before the media's end.
    """

    frames_read: int
    ticks: int
    estimates: int
    dropped: dict[str, int] = field(default_factory=dict)
    media_s: float = 0.0
    wall_s: float = 0.0
    stopped: bool = False
