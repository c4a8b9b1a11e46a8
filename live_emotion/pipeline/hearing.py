"""The recogniser that suits a model and a language."""

from __future__ import annotations

from live_emotion.core.errors import UserError
from live_emotion.perception.speech.whisper import WhisperRecognizer
from live_emotion.perception.speech.whisper_models import DEFAULT_MODEL


def open_recognizer(model: str | None, language: str | None, threads: int) -> WhisperRecognizer:
    """Load a speech model for a language.

    Parameters
    ----------
    model
        Name or folder; None for the one that came with the program, which knows English only.
    language
        Code of the language; None for English with a model that knows no other, else for what
        the model tells from the sound.
    threads
        CPU threads of one pass.

    Raises
    ------
    UserError
        If the model is not on this machine, or does not know the language.
    """
    name = model if model is not None else DEFAULT_MODEL
    if name.endswith(".en"):
        _check(name, language)
        return WhisperRecognizer(model, "en", threads)
    recognizer = WhisperRecognizer(model, language, threads)
    if not recognizer.multilingual:
        _check(name, language)
    return recognizer


def _check(name: str, language: str | None) -> None:
    if language not in (None, "en"):
        raise UserError(
            f"The speech model {name} knows English only: choose one of several languages, such "
            f"as base or small, to transcribe {language!r}, or leave the language out."
        )
