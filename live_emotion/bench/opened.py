"""Encoders opened for measuring: what really runs is told, and no fallback is let pass."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from live_emotion.core.errors import UserError
from live_emotion.models.architectures import chosen
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import (
    ENCODERS,
    PRECISIONS,
    EncoderName,
    EngineChoice,
    Precision,
)

_FALLBACK_WORDS: Final = ("refused", "fell back", "fallback")
_SENTENCE: Final = (
    "A fallback that nobody asked for would be measured ({}): name an engine that works here "
    "with --engine."
)


def open_encoders(
    preset: str,
    engine: EngineChoice,
    only: Collection[EncoderName] = ENCODERS,
    precision: Precision | None = None,
) -> EncoderSet:
    """Open encoders, and fail where one runs on something that nobody asked for.

    Raises
    ------
    UserError
        If the engine cannot be had, or an encoder fell back to another.
    """
    encoders = EncoderSet.open(preset, engine, only=only, precision=precision)
    fallen = fallback_of(encoders, engine)
    if fallen is not None:
        encoders.close()
        raise UserError(_SENTENCE.format(fallen))
    return encoders


def require_branches(preset: str) -> None:
    """Refuse sizes whose networks have no encoders to be measured one by one.

    Raises
    ------
    UserError
        If one network judges face, voice and words at once, or there is no such preset.
    """
    architecture = chosen(preset).architecture
    if architecture.joint is not None:
        raise UserError(
            f"{architecture.name} judges face, voice and words at once and has no encoders to "
            "measure here: use `live-emotion bench compare`."
        )


def fallback_of(encoders: EncoderSet, engine: EngineChoice) -> str | None:
    """Return the fallback among the encoders in words, or None.

    With ``auto`` any engine may be chosen, but not because another one was refused.
    """
    return _fallback(encoders.notes, describe_engines(encoders), engine)


def refuse_fallback(meta: Mapping[str, Any], engine: EngineChoice) -> None:
    """Fail if a session's ``meta.json`` tells of a fallback that nobody asked for.

    Raises
    ------
    UserError
        If it does.
    """
    fallen = _fallback(meta["notes"], meta["engines"], engine)
    if fallen is not None:
        raise UserError(_SENTENCE.format(fallen))


def _fallback(
    notes: Iterable[str], engines: Mapping[str, Mapping[str, str]], engine: EngineChoice
) -> str | None:
    for note in notes:
        if any(word in note.lower() for word in _FALLBACK_WORDS):
            return note
    wanted, _, precision = engine.partition(":")
    if wanted == "auto":
        return None
    for name, ran in engines.items():
        # The face finder comes as ONNX, which PyTorch does not read: OpenVINO runs it instead.
        if name == "face_finder":
            continue
        if ran["engine"] != wanted:
            return f"{name} runs on {ran['engine']}, not on {wanted}"
        if precision in PRECISIONS and ran["precision"] != precision:
            return f"{name} runs in {ran['precision']}, not in {precision}"
    return None


def describe_engines(encoders: EncoderSet) -> dict[str, dict[str, str]]:
    """Return engine, precision and network form of each encoder, as they really run."""
    return {
        name: {
            "engine": opened.info.name,
            "precision": opened.info.precision,
            "form": opened.info.form,
        }
        for name, opened in encoders.engines.items()
    }


def describe_weights(encoders: EncoderSet) -> dict[str, Any]:
    """Return for each branch whether its weights are trained; figures do not depend on it."""
    return {
        branch: "trained" if info.trained else "untrained"
        for branch, info in encoders.branches.items()
    }
