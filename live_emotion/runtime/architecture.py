"""Joint networks of a preset, opened beside its encoders."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from live_emotion.models.architectures import chosen, feature_sizes
from live_emotion.models.presets import preset_named
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.joint import open_joint
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.valence import find_valence
from live_emotion.runtime.valence_opening import ValenceOpening
from live_emotion.runtime.weights import BranchInfo, text_sizes
from live_emotion.runtime.word_vectors import open_word_vectors

if TYPE_CHECKING:
    from live_emotion.runtime.encoders import EncoderSet

# What a joint network runs on; sequence encoders have nothing to do beside it.
_BESIDE: Final[dict[str, frozenset[EncoderName]]] = {
    "features": frozenset({"face_finder"}),
    "vectors": frozenset({"vision_face", "audio_piece", "text", "face_finder"}),
}


def encoders_beside(preset: str, only: Collection[EncoderName]) -> Collection[EncoderName]:
    """Return which of the encoders are needed where a joint network may judge.

    Raises
    ------
    UserError
        If there is no such preset or architecture.
    """
    joint = chosen(preset).architecture.joint
    return only if joint is None else [name for name in only if name in _BESIDE[joint]]


def valence_beside(
    preset: str, text: BranchInfo, tokenizer: Tokenizer | None, engine: str, threads: int
) -> ValenceOpening | None:
    """Return what opens the valence model of a preset's words, if it has weights.

    Raises
    ------
    UserError
        If they are damaged.
    """
    info = None if tokenizer is None else find_valence(preset, text)
    if info is None or tokenizer is None:
        return None
    return ValenceOpening(preset_named(preset), text, info, tokenizer, engine, threads)


def open_beside(encoders: EncoderSet, engine: str, threads: int) -> None:
    """Open the joint network that the preset of some encoders names, if it names one.

    Parameters
    ----------
    encoders
        Get it, see `EncoderSet.joint`.
    engine, threads
        As for the encoders.

    Raises
    ------
    UserError
        If its weights are damaged, or the engine cannot be had.
    """
    choice = chosen(encoders.preset)
    if choice.architecture.joint is None:
        return
    sizes = preset_named(choice.preset)
    known = text_sizes(sizes, encoders.branches["text"])
    words = None
    if choice.architecture.joint == "features":
        words = open_word_vectors(sizes, encoders.branches, feature_sizes(known).length)
    encoders.join(open_joint(choice, known, words, engine=engine, threads=threads))
