"""What an engine does to the scores: its outputs on real inputs, carried on to probabilities.

An encoder's vectors mean nothing by themselves. So they go through the rest of their branch,
which runs in PyTorch in float32, and through the calibration. What is compared is how far a
probability would move that lay at one half, where it moves most: the logistic function's slope
there is a quarter. So a real input whose scores are near zero still tells what would happen near a
threshold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.media import FloatArray
from live_emotion.models.metadata import Platt
from live_emotion.runtime.engine import Arrays, EncoderName, Engine
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.recorded import Recorded, face_inputs, windows
from live_emotion.runtime.text_input import MAX_TOKENS, padded
from live_emotion.runtime.tokenizer import Tokenizer

_AT_ONCE: Final = 32
_CERTAIN: Final = 6.0  # a calibrated logit beyond: 0.25% from sure, wherever it lies


class Judge(Protocol):
    """Holds real inputs of one encoder and knows what its outputs are worth."""

    @property
    def comparable(self) -> bool:
        """Whether outputs on real input mean something number by number."""

    def inputs(self) -> Sequence[Arrays]:
        """Return real inputs, named as in the recipe."""

    def scores(self, engine: Engine) -> NDArray[Any]:
        """Return what an engine's outputs come to, in steps of probability."""


@dataclass(frozen=True, slots=True, eq=False)
class BranchJudge:
    """Judges an encoder of a branch.

    Attributes
    ----------
    encoder, branch
        Which.
    networks
        The rest of the branch, in PyTorch.
    calibration
        Of the branch.
    real
        Real inputs.
    tokenizer
        For the words; None where there is no vocabulary.
    """

    encoder: EncoderName
    branch: Branch
    networks: Networks
    calibration: Platt
    real: Recorded
    tokenizer: Tokenizer | None = None
    _known: list[Sequence[Arrays]] = field(default_factory=list)

    @property
    def comparable(self) -> bool:
        """Every number of a vector or logit counts."""
        return True

    def inputs(self) -> Sequence[Arrays]:
        """Return real inputs; the sequence encoders' are vectors of the float32 encoder."""
        if not self._known:
            self._known.append(self._inputs())
        return self._known[0]

    def _inputs(self) -> Sequence[Arrays]:
        match self.encoder:
            case "vision_face":
                return _batches("faces", face_inputs(self.real.faces))
            case "audio_piece":
                return _batches("mel", self.real.mel[:, np.newaxis])
            case "text":
                if self.tokenizer is None:
                    return []
                return [padded(self.tokenizer.encode(t, MAX_TOKENS)) for t in self.real.texts]
            case "vision_sequence":
                both = self._encoded("vision_face", face_inputs(self.real.faces))
                return windows(self._ticks(both))
            case _:
                return windows(self._encoded("audio_piece", self.real.mel[:, np.newaxis]))

    def scores(self, engine: Engine) -> FloatArray:
        """Return a quarter of the calibrated logits ``(n, 6)``; ``(0, 6)`` without real inputs."""
        outputs = [engine.run(given) for given in self.inputs()]
        if not outputs:
            return np.zeros((0, 6), np.float32)
        if "logits" in outputs[0]:
            logits = np.concatenate([o["logits"] for o in outputs])
        else:
            vectors = np.concatenate([o["vectors"] for o in outputs])
            logits = self._sequence(self._ticks(vectors))
        scale, shift = np.asarray(self.calibration.scale), np.asarray(self.calibration.shift)
        z = np.clip(logits * scale + shift, -_CERTAIN, _CERTAIN)
        return np.asarray(z / 4.0, dtype=np.float32)

    def _ticks(self, vectors: FloatArray) -> FloatArray:
        """Return a vector for each tick: of a face and its mirror image, where both are seen."""
        if self.branch != "vision" or not self.networks.preset.sees_mirrored:
            return vectors
        half = len(vectors) // 2
        return (vectors[:half] + vectors[half:]) / np.float32(2)

    def _encoded(self, encoder: EncoderName, x: FloatArray) -> FloatArray:
        return self._torch(self.networks.module(encoder, self.branch, ""), x)

    def _sequence(self, vectors: FloatArray) -> FloatArray:
        cut = windows(vectors)
        name: EncoderName = "vision_sequence" if self.branch == "vision" else "audio_sequence"
        module = self.networks.module(name, self.branch, "")
        rows = (np.concatenate([w[key] for w in cut]) for key in ("vectors", "present"))
        return self._torch(module, *rows)

    @staticmethod
    def _torch(module: Callable[..., Any], *arrays: NDArray[Any]) -> FloatArray:
        import torch

        with torch.inference_mode():
            given = [torch.from_numpy(np.ascontiguousarray(a)) for a in arrays]
            out: FloatArray = module(*given).numpy()
        return out


@dataclass(frozen=True, slots=True, eq=False)
class FinderJudge:
    """Judges a face finder by the faces that it finds in real pictures."""

    real: Recorded

    @property
    def comparable(self) -> bool:
        """Where there is no face, sizes and landmarks mean nothing."""
        return False

    def inputs(self) -> Sequence[Arrays]:
        """Return pictures as the network takes them."""
        from live_emotion.perception.faces.finder import FaceFinder

        met: list[Arrays] = []

        def note(x: FloatArray) -> list[FloatArray]:
            met.append({"picture": x})
            h, w = x.shape[2] // 4, x.shape[3] // 4
            return [np.zeros((1, c, h, w), np.float32) for c in (1, 2, 2, 10)]

        finder = FaceFinder(note)
        for image in self._images():
            finder.find(image)
        return met

    def scores(self, engine: Engine) -> NDArray[Any]:
        """Return per picture: number of faces, and of the first, confidence and places.

        Places (box and landmarks) are shares of the box's larger side.
        """
        from live_emotion.perception.faces.finder import FaceFinder

        finder = FaceFinder(lambda x: list(engine.run({"picture": x}).values()))
        rows = []
        for image in self._images():
            found = finder.find(image)
            if not found:
                rows.append(np.zeros(16))
                continue
            first = found[0]
            places = np.concatenate((first.box, first.landmarks.ravel())) / max(first.box[2:])
            rows.append(np.concatenate(([len(found), first.confidence], places)))
        return np.stack(rows) if rows else np.zeros((0, 16))

    def _images(self) -> list[NDArray[np.uint8]]:
        import cv2

        files = (np.frombuffer(file, np.uint8) for file in self.real.pictures)
        read = (cv2.imdecode(file, cv2.IMREAD_COLOR) for file in files)
        return [np.ascontiguousarray(p[:, :, ::-1]) for p in read if p is not None]


def _batches(name: str, x: FloatArray) -> list[Arrays]:
    return [{name: x[k : k + _AT_ONCE]} for k in range(0, len(x), _AT_ONCE)]
