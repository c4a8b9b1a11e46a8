"""All encoders of a preset, opened and ready: arrays in, vectors and logits out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import BRANCH_LABELS, BRANCHES, EMOTIONS, Branch
from live_emotion.core.estimate import no_scores
from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.core.ticks import WINDOW_TICKS
from live_emotion.models.architectures import chosen
from live_emotion.models.presets import preset_named
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.runtime.architecture import encoders_beside, open_beside, valence_beside
from live_emotion.runtime.beside import Beside, side_by_side
from live_emotion.runtime.cache_care import prune
from live_emotion.runtime.engine import ENCODERS, EncoderName, Engine, EngineChoice, Precision
from live_emotion.runtime.face_views import views_of
from live_emotion.runtime.fusion import Fusion, Logits, find_fusion
from live_emotion.runtime.opened import open_engines
from live_emotion.runtime.opening import EngineOptions, Opener
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.text_input import MAX_TOKENS, open_vocabulary, padded
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import BranchInfo, calibrate, find_branches

if TYPE_CHECKING:
    from live_emotion.runtime.joint import JointNetwork
    from live_emotion.runtime.valence import ValenceModel

MAX_BATCH = 64


class EncoderSet:
    """The encoders of a preset, each on its engine. Make one with `open`.

    Attributes
    ----------
    preset
        Name.
    branches
        What is known of each branch's weights.
    fusion
        How the branches are joined.
    engines
        The open engine of each encoder; its `info` says what really runs.
    notes
        One line each for what the user should know: untrained weights, fallbacks.
    joint
        A network that judges whole windows in place of the sequence encoders and the fusion,
        see `live_emotion.runtime.architecture`; None for branches judged one by one.
    valence
        Tells how pleasant words, face and voice are; None without weights for these words.
    valence_reads_words
        Whether its network tells the emotions of the words, too.
    beside
        Runs a call for the face and one for the voice at the same time, where both are OpenVINO's.
    """

    def __init__(
        self,
        preset: str,
        branches: Mapping[Branch, BranchInfo],
        fusion: Fusion,
        engines: Mapping[EncoderName, Engine],
        tokenizer: Tokenizer | None,
        notes: tuple[str, ...],
    ) -> None:
        self.preset = preset
        self.branches = branches
        self.fusion = fusion
        self.engines = engines
        self.notes = notes
        self._tokenizer = tokenizer
        self._views = preset_named(preset).face_views
        self.joint: JointNetwork | None = None
        self.valence: ValenceModel | None = None
        self.valence_reads_words = False
        light = side_by_side(preset_named(preset))
        self.beside = Beside(light and all(e.info.name == "openvino" for e in engines.values()))

    @classmethod
    def open(
        cls,
        preset: str,
        engine: EngineChoice = "auto",
        *,
        threads: int | None = None,
        precision: Precision | None = None,
        form: str = "auto",
        text: str | None = None,
        only: Collection[EncoderName] = ENCODERS,
    ) -> EncoderSet:
        """Check the weights and open every encoder, building what is not in the cache.

        Parameters
        ----------
        preset
            Name of the sizes, such as ``"live"``.
        engine
            ``"auto"``: for each encoder the fastest engine that passes its check here, see
            `live_emotion.runtime.choosing`; else one of `ENGINE_CHOICES`, maybe with its precision,
            as in ``"openvino:bfloat16"``. The face finder does not run in PyTorch, but in
            OpenVINO instead.
        threads
            For one run; by default the processor's cores, at most four.
        precision
            By default that of the engine's name, float32 without one.
        form
            Of the vision network: ``"residual"``, ``"merged"`` or ``"auto"``: residual, or the
            faster one where the engine is chosen, too.
        text
            Name of other weights for the words that stand beside the preset's own, such as
            ``"albert"``.
        only
            Names of the encoders to open; the others cannot be asked then.

        Raises
        ------
        UserError
            If a name is unknown, weights are damaged, or the engine cannot be had.
        """
        sizes = preset_named(preset)
        options = EngineOptions(engine, threads or default_threads(), precision, form)
        branches = find_branches(preset, text=text)
        fusion = find_fusion(preset, branches)
        tokenizer = open_vocabulary(sizes, branches["text"])
        opener = Opener(sizes, branches, options, tokenizer)
        needed = encoders_beside(preset, only)
        valence = valence_beside(preset, branches["text"], tokenizer, engine, options.threads)
        opened = open_engines(opener, [n for n in ENCODERS if n in needed], valence)
        prune()
        notes = [*_weights_notes(branches, fusion, tokenizer is not None), *opener.notes]
        if text is not None and fusion.trained:
            notes.append(f"fusion: fitted to other weights for the words than “{text}”")
        made = cls(preset, branches, fusion, opened.engines, tokenizer, tuple(notes))
        made.valence, made.valence_reads_words = opened.valence, opened.shared
        try:
            open_beside(made, engine, options.threads)
        except BaseException:
            made.close()
            raise
        return made

    def __enter__(self) -> EncoderSet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def join(self, joint: JointNetwork) -> None:
        """Have a joint network judge; it is closed with the encoders."""
        self.joint = joint
        uses = joint.choice.architecture.joint == "vectors"
        kept = [n for n in self.notes if uses and not n.startswith("fusion:")]
        if joint.words is None and not uses:
            kept.append("words: no vocabulary file, so they are not scored")
        self.notes = (*joint.notes, *kept)

    def close(self) -> None:
        """Close every engine."""
        self.beside.close()
        if self.joint is not None:
            self.joint.engine.close()
        if self.valence is not None:
            self.valence.close()
        for engine in self.engines.values():
            engine.close()

    def vision_face(self, faces: ByteImage) -> FloatArray:
        """Return vectors ``(n, 64)`` of RGB face crops ``(n, 48, 48, 3)`` uint8.

        Where the preset reads a face with its mirror image, it is the mean of both, see
        `live_emotion.models.face_views`.
        """
        read = self._batched("vision_face", "faces", views_of(faces, self._views))
        mean: FloatArray = read.reshape(self._views, len(faces), VECTOR_WIDTH).mean(0)
        return mean

    def audio_piece(self, mel: FloatArray) -> FloatArray:
        """Return vectors ``(n, 64)`` of raw log-mel pieces ``(n, 128, 32)``."""
        return self._batched("audio_piece", "mel", mel[:, np.newaxis].astype(np.float32))

    def vision_sequence(self, vectors: FloatArray, present: NDArray[np.bool_]) -> FloatArray:
        """Return logits ``(6,)`` of the window's face vectors, see `audio_sequence`."""
        return self._sequence("vision_sequence", vectors, present)

    def audio_sequence(self, vectors: FloatArray, present: NDArray[np.bool_]) -> FloatArray:
        """Return logits ``(6,)`` of the window's sound vectors.

        Parameters
        ----------
        vectors
            ``(T, 64)``, T at most 12; what stands at absent ticks does not matter.
        present
            ``(T,)`` bool. With none present the result is NaN.
        """
        return self._sequence("audio_sequence", vectors, present)

    def text(self, text: str) -> FloatArray | None:
        """Return logits ``(6,)`` of a text, its last 128 tokens; None without a vocabulary."""
        if self._tokenizer is None:
            return None
        if self.valence is not None and self.valence_reads_words:
            return self.valence.emotions(text)
        ids = self._tokenizer.encode(text, MAX_TOKENS)
        return cast(FloatArray, self.engines["text"].run(padded(ids))["logits"][0])

    def face_finder(self, x: FloatArray) -> list[FloatArray]:
        """Return heat map, scale, offset and landmarks, each ``(1, c, H/4, W/4)``.

        Parameters
        ----------
        x
            ``(1, 3, H, W)`` float32 RGB 0..255, H and W multiples of 32.
        """
        return list(self.engines["face_finder"].run({"picture": x}).values())

    def calibrate(self, branch: Branch, logits: FloatArray) -> FloatArray:
        """Return a branch's probabilities ``(..., 6)`` of its logits."""
        return calibrate(logits, self.branches[branch])

    def fuse(self, logits: Logits) -> tuple[FloatArray, dict[Branch, float]]:
        """Join the branches' logits, see `Fusion.fuse`."""
        return self.fusion.fuse(logits)

    def meta(self) -> dict[str, Any]:
        """Return, for the session log, which weights and engines these are."""
        weights = {
            b: {"trained": i.trained, "sha256": i.sha256, "thresholds": _named(i.thresholds)}
            for b, i in self.branches.items()
        }
        fusion = {
            "trained": self.fusion.trained,
            "sha256": self.fusion.sha256,
            "thresholds": _named(self.fusion.thresholds),
        }
        engines = {
            name: {"engine": e.info.name, "precision": e.info.precision, "form": e.info.form}
            for name, e in self.engines.items()
        }
        if self.joint is not None:
            fusion = self.joint.meta() | {"thresholds": _named(self.joint.info.thresholds)}
        return {
            "preset": self.preset,
            "architecture": chosen(self.preset).architecture.name,
            "weights": {**weights, "fusion": fusion, "valence": _described(self.valence)},
            "engines": engines,
        }

    def _batched(self, encoder: EncoderName, name: str, x: FloatArray) -> FloatArray:
        engine = self.engines[encoder]
        parts = [
            engine.run({name: x[k : k + MAX_BATCH]})["vectors"] for k in range(0, len(x), MAX_BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, VECTOR_WIDTH), np.float32)

    def _sequence(
        self, encoder: EncoderName, vectors: FloatArray, present: NDArray[np.bool_]
    ) -> FloatArray:
        ticks = len(vectors)
        if ticks > WINDOW_TICKS or present.shape != (ticks,):
            raise ValueError(f"{ticks} vectors, present {present.shape}: at most 12 and alike")
        if not present.any():
            return no_scores()
        window = np.zeros((1, WINDOW_TICKS, VECTOR_WIDTH), np.float32)
        there = np.zeros((1, WINDOW_TICKS), np.bool_)
        window[0, :ticks] = np.where(present[:, np.newaxis], vectors, 0.0)
        there[0, :ticks] = present
        result = self.engines[encoder].run({"vectors": window, "present": there})
        return cast(FloatArray, result["logits"][0])


def _described(valence: ValenceModel | None) -> dict[str, Any]:
    if valence is None:
        return {"trained": False, "sha256": ""}
    return {"trained": valence.info.metadata.trained, "sha256": valence.info.sha256}


def _named(thresholds: FloatArray) -> dict[str, float]:
    return {e: round(float(v), 4) for e, v in zip(EMOTIONS, thresholds, strict=True)}


def _weights_notes(
    branches: Mapping[Branch, BranchInfo], fusion: Fusion, can_read: bool
) -> list[str]:
    notes = [f"{BRANCH_LABELS[b]}: untrained weights" for b in BRANCHES if not branches[b].trained]
    if not fusion.trained:
        notes.append("fusion: untrained weights")
    if not can_read:
        notes.append("words: no vocabulary file, so they are not scored")
    return notes
