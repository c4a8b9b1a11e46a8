"""What a weights file says of itself: one JSON object in its safetensors header."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError

METADATA_KEY: Final = "live_emotion"
FORMAT: Final = 1
LICENCE: Final = "non-commercial and research use only (trained on data with such licences)"


@dataclass(frozen=True, slots=True)
class Platt:
    """Calibration per emotion: ``p = sigmoid(scale * logit + shift)`` (Platt, 1999).

    Attributes
    ----------
    scale, shift
        Six floats each, in the order of `EMOTIONS`.
    """

    scale: tuple[float, ...] = (1.0,) * len(EMOTIONS)
    shift: tuple[float, ...] = (0.0,) * len(EMOTIONS)

    def apply(self, logits: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return calibrated probabilities of logits ``(..., 6)``; NaN stays NaN."""
        z = logits * np.asarray(self.scale) + np.asarray(self.shift)
        return np.asarray(0.5 * (1.0 + np.tanh(0.5 * z)), dtype=np.float32)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Platt:
        """Read ``{"scale": [6], "shift": [6]}``; raises ValueError on another length."""
        scale, shift = (tuple(float(v) for v in value[k]) for k in ("scale", "shift"))
        if len(scale) != len(EMOTIONS) or len(shift) != len(EMOTIONS):
            raise ValueError("calibration needs one scale and one shift an emotion")
        return cls(scale, shift)


@dataclass(frozen=True, slots=True)
class WeightsMetadata:
    """The header of a weights file.

    Attributes
    ----------
    preset, branch
        What the weights belong to; branch is ``vision``, ``audio``, ``text`` or ``fusion``.
    architecture
        Sizes of the network, to be compared with the preset's.
    trained
        False for weights that no training made; the program then says "untrained".
    thresholds
        Per emotion, the probability from which it counts as shown.
    calibration
        Of a branch: one `Platt` under ``""``. Of the fusion: one for each subset key.
    seen_speakers
        Names of the speakers training has heard.
    data, figures, licence
        For people: what it was trained on, how good it is, what it may be used for.
    """

    preset: str
    branch: str
    architecture: Mapping[str, Any]
    trained: bool
    thresholds: Mapping[str, float]
    calibration: Mapping[str, Platt]
    seen_speakers: tuple[str, ...] = ()
    data: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)
    licence: str = LICENCE

    def to_header(self) -> dict[str, str]:
        """Return the safetensors header entry."""
        plain = asdict(self)
        tables = {k: {"scale": p.scale, "shift": p.shift} for k, p in self.calibration.items()}
        plain["calibration"] = tables[""] if set(tables) == {""} else tables
        return {METADATA_KEY: json.dumps({"format": FORMAT, **plain}, sort_keys=True)}

    @classmethod
    def from_header(cls, header: Mapping[str, str] | None, name: str) -> WeightsMetadata:
        """Read a header entry; `name` of the file is for the error.

        Raises
        ------
        UserError
            If the header is missing, damaged, or of another format.
        """
        try:
            plain = json.loads((header or {})[METADATA_KEY])
            if plain.pop("format") != FORMAT:
                raise ValueError("unknown format")
            tables = plain["calibration"]
            tables = {"": tables} if "scale" in tables else tables
            plain["calibration"] = {k: Platt.from_json(v) for k, v in tables.items()}
            plain["seen_speakers"] = tuple(plain["seen_speakers"])
            return cls(**plain)
        except (KeyError, TypeError, ValueError) as error:
            raise UserError(
                f"The weights file {name} does not describe itself as this program expects: "
                "install live-emotion anew or train it again."
            ) from error
