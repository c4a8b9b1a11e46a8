"""What the session log and the user are told of the weights and engines of a preset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from live_emotion.core.emotions import BRANCH_LABELS, BRANCHES, EMOTIONS, Branch
from live_emotion.core.media import FloatArray
from live_emotion.models.architectures import chosen
from live_emotion.runtime.fusion import Fusion
from live_emotion.runtime.weights import BranchInfo

if TYPE_CHECKING:
    from live_emotion.runtime.encoders import EncoderSet
    from live_emotion.runtime.valence import ValenceModel


def describe(encoders: EncoderSet) -> dict[str, Any]:
    """Return, for the session log, which weights and engines these are."""
    weights = {
        b: {"trained": i.trained, "sha256": i.sha256, "thresholds": _named(i.thresholds)}
        for b, i in encoders.branches.items()
    }
    fusion = {
        "trained": encoders.fusion.trained,
        "sha256": encoders.fusion.sha256,
        "thresholds": _named(encoders.fusion.thresholds),
    }
    engines = {
        name: {"engine": e.info.name, "precision": e.info.precision, "form": e.info.form}
        for name, e in encoders.engines.items()
    }
    if encoders.joint is not None:
        fusion = encoders.joint.meta() | {"thresholds": _named(encoders.joint.info.thresholds)}
    return {
        "preset": encoders.preset,
        "architecture": chosen(encoders.preset).architecture.name,
        "weights": {**weights, "fusion": fusion, "valence": _described(encoders.valence)},
        "engines": engines,
    }


def weights_notes(
    branches: Mapping[Branch, BranchInfo], fusion: Fusion, can_read: bool
) -> list[str]:
    """Return a line for each thing that keeps scores from meaning anything.

    Parameters
    ----------
    branches, fusion
        What is known of the weights.
    can_read
        Whether there is a vocabulary for the words.
    """
    notes = [f"{BRANCH_LABELS[b]}: untrained weights" for b in BRANCHES if not branches[b].trained]
    if not fusion.trained:
        notes.append("fusion: untrained weights")
    if not can_read:
        notes.append("words: no vocabulary file, so they are not scored")
    return notes


def _described(valence: ValenceModel | None) -> dict[str, Any]:
    if valence is None:
        return {"trained": False, "sha256": ""}
    return {"trained": valence.info.metadata.trained, "sha256": valence.info.sha256}


def _named(thresholds: FloatArray) -> dict[str, float]:
    return {e: round(float(v), 4) for e, v in zip(EMOTIONS, thresholds, strict=True)}
