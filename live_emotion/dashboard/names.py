"""Emotions, branches, reasons and states as a person reads them, in the language of the windows."""

from __future__ import annotations

from typing import Final

from live_emotion.core.emotions import BRANCH_LABELS, EMOTIONS, Branch
from live_emotion.dashboard.language import tr, tr_later

_EMOTIONS: Final = dict(
    zip(
        EMOTIONS,
        (
            tr_later("happy"),
            tr_later("sad"),
            tr_later("angry"),
            tr_later("fearful"),
            tr_later("disgusted"),
            tr_later("surprised"),
        ),
        strict=True,
    )
)
_BRANCHES: Final = dict(
    zip(BRANCH_LABELS, (tr_later("face"), tr_later("voice"), tr_later("words")), strict=True)
)
_REASONS: Final = {
    "no face": tr_later("no face"),
    "no speech": tr_later("no speech"),
    "no words": tr_later("no words"),
    "no video": tr_later("no video"),
    "no audio": tr_later("no audio"),
    "turned off": tr_later("turned off"),
    "someone else speaks": tr_later("someone else speaks"),
}


def marker_name(label: str, number: int) -> str:
    """Return the label of a marker; one that was never changed in the language of the windows."""
    return tr("marker {}").format(number) if label == f"marker {number}" else label


def emotion_name(index: int) -> str:
    """Return the name of the emotion at `index` in `EMOTIONS`."""
    return tr(_EMOTIONS[EMOTIONS[index]])


def emotion_names() -> list[str]:
    """Return the names of all six."""
    return [emotion_name(i) for i in range(len(EMOTIONS))]


def branch_name(branch: Branch) -> str:
    """Return the name of a branch: face, voice or words."""
    return tr(_BRANCHES[branch])


def reason_name(reason: str | None) -> str:
    """Return why a branch is missing."""
    return tr(_REASONS.get(reason or "", reason or ""))
