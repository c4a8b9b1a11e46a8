"""What an engine is: something that runs one encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from numpy.typing import NDArray

EncoderName = Literal[
    "vision_face",
    "vision_sequence",
    "audio_piece",
    "audio_sequence",
    "text",
    "face_finder",
    "window_features",
    "window_vectors",
    "words_valence",
]
EngineName = Literal["torch", "openvino", "cuda", "tensorrt", "rtx"]
# "auto", the name of an engine, or "name:precision"; `live_emotion.runtime.wish` reads it.
EngineChoice = str
Precision = Literal["float32", "bfloat16", "float16", "int8"]
Form = Literal["residual", "merged", ""]

ENCODERS: Final[tuple[EncoderName, ...]] = (
    "vision_face",
    "vision_sequence",
    "audio_piece",
    "audio_sequence",
    "text",
    "face_finder",
)
# These, and the network that reads words for emotions and valence at once, where there is one.
BUILT: Final[tuple[EncoderName, ...]] = (*ENCODERS, "words_valence")
ENGINES: Final[tuple[EngineName, ...]] = ("torch", "openvino", "cuda", "tensorrt", "rtx")
ENGINE_CHOICES: Final[tuple[EngineChoice, ...]] = ("auto", *ENGINES)
# The most exact first.
PRECISIONS: Final[tuple[Precision, ...]] = ("float32", "float16", "bfloat16", "int8")
# What each engine can compute in, the most exact first.
PRECISIONS_OF: Final[dict[EngineName, tuple[Precision, ...]]] = {
    "torch": ("float32",),
    "openvino": ("float32", "bfloat16", "int8"),
    "cuda": ("float32", "float16"),
    "tensorrt": ("float32", "float16"),
    "rtx": ("float32", "float16"),
}

Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """What really runs an encoder.

    Attributes
    ----------
    name
        Of the engine, such as ``"openvino"``.
    precision
        Of its arithmetic.
    form
        Of the network: ``"residual"`` or ``"merged"``, ``""`` where there is one form only.
    encoder
        Name of the encoder and of its recipe.
    """

    name: str
    precision: str
    form: Form
    encoder: EncoderName


class Engine(Protocol):
    """Runs one encoder. Calls may come from any thread; they are taken one at a time."""

    @property
    def info(self) -> EngineInfo:
        """What runs, and how."""

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by their names in the recipe; they belong to the caller.

        Parameters
        ----------
        inputs
            Arrays by their names in the recipe, with its dtypes and shapes.
        """

    def close(self) -> None:
        """Free what the engine holds; it cannot run afterwards."""
