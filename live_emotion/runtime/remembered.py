"""What was found fastest before, so that it need not be measured at every start."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, cast

from live_emotion.runtime.cache import engines_cache
from live_emotion.runtime.engine import (
    ENGINES,
    PRECISIONS,
    EncoderName,
    EngineName,
    Form,
    Precision,
)

_FOLDER: Final = ".choices"  # hidden: it is no engine
_FORMAT: Final = 1

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that an encoder could run on."""

    engine: EngineName
    precision: Precision
    form: Form

    def __str__(self) -> str:
        return " ".join(part for part in (self.engine, self.precision, self.form) if part)


@dataclass(frozen=True, slots=True)
class Measured:
    """A candidate with what was found: least milliseconds of a run, or why it was refused."""

    candidate: Candidate
    ms: float | None
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The fastest engine of an encoder, and all that were tried.

    Attributes
    ----------
    encoder, preset
        For what.
    chosen
        The fastest that passed; None where none did.
    tried
        Every candidate.
    """

    encoder: EncoderName
    preset: str
    chosen: Candidate | None
    tried: tuple[Measured, ...]


def recall(preset: str, encoder: EncoderName, made_from: Mapping[str, str]) -> Choice | None:
    """Return what was chosen under the same conditions, or None."""
    path = _path(preset, encoder, made_from)
    try:
        return _read(path)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        _log.warning("%s is damaged: the choice is made anew", path, exc_info=True)
        return None


def remember(choice: Choice, made_from: Mapping[str, str]) -> None:
    """Write a choice down; where that fails it is made anew at the next start."""
    path = _path(choice.preset, choice.encoder, made_from)
    plain = {
        "format": _FORMAT,
        "encoder": choice.encoder,
        "preset": choice.preset,
        "chosen": None if choice.chosen is None else asdict(choice.chosen),
        "tried": [asdict(m.candidate) | {"ms": m.ms, "refusal": m.refusal} for m in choice.tried],
    }
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        beside = path.with_suffix(".part")
        beside.write_text(json.dumps(plain, indent=2) + "\n")
        beside.replace(path)


def choices() -> Sequence[Choice]:
    """Return all remembered choices, the newest last; damaged ones are left out."""
    found = []
    folder = engines_cache() / _FOLDER
    for path in sorted(folder.glob("*.json"), key=_written):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(_read(path))
    return found


def newest_choices() -> tuple[Choice, ...]:
    """Return the last choice of each encoder of each preset, by name."""
    last = {(choice.preset, choice.encoder): choice for choice in choices()}
    return tuple(last[name] for name in sorted(last))


def forget(most: int = 0) -> None:
    """Remove remembered choices but the newest `most`."""
    folder = engines_cache() / _FOLDER
    paths = sorted(folder.glob("*.json"), key=_written)
    for path in paths[: max(0, len(paths) - most)]:
        with contextlib.suppress(OSError):
            path.unlink()


def _written(path: Path) -> float:
    """Return when a choice was written; 0 for one that another program has just removed."""
    with contextlib.suppress(OSError):
        return path.stat().st_mtime
    return 0.0


def _path(preset: str, encoder: EncoderName, made_from: Mapping[str, str]) -> Path:
    plain = json.dumps({"format": str(_FORMAT), **made_from}, sort_keys=True)
    digest = hashlib.sha256(plain.encode()).hexdigest()[:16]
    return engines_cache() / _FOLDER / f"{preset}-{encoder}-{digest}.json"


def _read(path: Path) -> Choice:
    entry = json.loads(path.read_text())
    chosen = entry["chosen"]
    return Choice(
        entry["encoder"],
        entry["preset"],
        None if chosen is None else _candidate(chosen),
        tuple(Measured(_candidate(m), m["ms"], str(m["refusal"])) for m in entry["tried"]),
    )


def _candidate(entry: Mapping[str, Any]) -> Candidate:
    engine, precision, form = (str(entry[name]) for name in ("engine", "precision", "form"))
    if engine not in ENGINES or precision not in PRECISIONS:
        raise ValueError(f"no engine {engine} {precision}")
    return Candidate(engine, precision, cast(Form, form))
