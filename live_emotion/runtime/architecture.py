"""Open the networks of any architecture by its name."""

from __future__ import annotations

from typing import Final

from live_emotion.models.architectures import (
    DEFAULT_ARCHITECTURE,
    Choice,
    choose,
    feature_sizes,
)
from live_emotion.models.presets import preset_named
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import ENCODERS, EncoderName, EngineChoice
from live_emotion.runtime.joint import open_joint
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.weights import text_sizes
from live_emotion.runtime.word_vectors import open_word_vectors

# What is not run by a joint network is not opened.
_BESIDE: Final[dict[str, tuple[EncoderName, ...]]] = {
    "features": ("face_finder",),
    "vectors": ("vision_face", "audio_piece", "text", "face_finder"),
}


def open_architecture(
    architecture: str = DEFAULT_ARCHITECTURE,
    preset: str = "live",
    engine: EngineChoice = "auto",
    *,
    vision: str | None = None,
    audio: str | None = None,
    threads: int | None = None,
    text: str | None = None,
) -> EncoderSet:
    """Return the encoders of an architecture; `EncoderSet.joint` is its joint network, if any.

    Parameters
    ----------
    architecture, preset, vision, audio
        See `live_emotion.models.architectures.choose`.
    engine, threads, text
        See `EncoderSet.open`.

    Raises
    ------
    UserError
        If a name is unknown, weights are damaged, or the engine cannot be had.
    """
    return open_choice(
        choose(architecture, preset, vision, audio), engine, threads=threads, text=text
    )


def open_choice(
    choice: Choice,
    engine: EngineChoice = "auto",
    *,
    threads: int | None = None,
    text: str | None = None,
) -> EncoderSet:
    """Open what was chosen, see `open_architecture`."""
    joint = choice.architecture.joint
    only = ENCODERS if joint is None else _BESIDE[joint]
    encoders = EncoderSet.open(choice.preset, engine, threads=threads, text=text, only=only)
    if joint is None:
        return encoders
    try:
        sizes = preset_named(choice.preset)
        known = text_sizes(sizes, encoders.branches["text"])
        words = None
        if joint == "features":
            length = feature_sizes(known).length
            words = open_word_vectors(sizes, encoders.branches, length)
        encoders.join(
            open_joint(choice, known, words, engine=engine, threads=threads or default_threads())
        )
    except BaseException:
        encoders.close()
        raise
    return encoders
