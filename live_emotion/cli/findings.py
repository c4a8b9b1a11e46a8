"""What `doctor` says: one finding a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

State = Literal["ok", "missing", "broken"]

COLOURS: Final[dict[State, str]] = {"ok": "green", "missing": "yellow", "broken": "red"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    name
        What was looked at.
    state
        ``broken`` means that the program cannot do its main job; it does without what is
        ``missing``.
    found
        What was found, on one line.
    advice
        What to do about it, ``""`` if nothing.
    """

    name: str
    state: State
    found: str
    advice: str = ""
