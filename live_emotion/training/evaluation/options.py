"""What every evaluation takes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from live_emotion.models.presets import DEFAULT_PRESET
from live_emotion.runtime.engine import EngineChoice


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """Options of an evaluation.

    Attributes
    ----------
    data
        Folder with the files of the task, by their usual names.
    preset
        Name of the networks' sizes.
    engine
        ``auto``, ``torch`` or ``openvino``; ``auto`` is what the program runs by default.
    weights
        Folder of the weights; None takes the program's own.
    text
        Name of other weights for the words that stand beside the preset's own; None takes those.
    everything
        Also measure what training has seen.
    threads
        CPU threads; None leaves the program's default.
    seed
        Of the bootstrap, of noises and of drawn triples.
    """

    data: Path
    preset: str = DEFAULT_PRESET
    engine: EngineChoice = "auto"
    weights: Path | None = None
    text: str | None = None
    everything: bool = False
    threads: int | None = None
    seed: int = 0
