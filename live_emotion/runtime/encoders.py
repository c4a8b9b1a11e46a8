"""All encoders of a preset, opened and ready: arrays in, vectors and logits out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import Branch
from live_emotion.core.media import ByteImage, FloatArray
from live_emotion.models.presets import preset_named
from live_emotion.models.sizes import VECTOR_WIDTH
from live_emotion.runtime.architecture import encoders_beside, open_beside, valence_beside
from live_emotion.runtime.beside import Beside, side_by_side
from live_emotion.runtime.cache_care import prune
from live_emotion.runtime.encoder_notes import describe, weights_notes
from live_emotion.runtime.encoder_runs import run_batched, run_window
from live_emotion.runtime.engine import ENCODERS, EncoderName, Engine, EngineChoice, Precision
from live_emotion.runtime.face_views import views_of
from live_emotion.runtime.fusion import Fusion, Logits, find_fusion
from live_emotion.runtime.opened import open_engines
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.text_input import MAX_TOKENS, open_vocabulary, padded
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import BranchInfo, calibrate, find_branches

if TYPE_CHECKING:
    from live_emotion.runtime.joint import JointNetwork
    from live_emotion.runtime.valence import ValenceModel


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
        notes = (*weights_notes(branches, fusion, tokenizer is not None), *opener.notes)
        if text is not None and fusion.trained:
            notes += (f"fusion: fitted to other weights for the words than “{text}”",)
        made = cls(preset, branches, fusion, opened.engines, tokenizer, notes)
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
        read = run_batched(self.engines["vision_face"], "faces", views_of(faces, self._views))
        mean: FloatArray = read.reshape(self._views, len(faces), VECTOR_WIDTH).mean(0)
        return mean

    def audio_piece(self, mel: FloatArray) -> FloatArray:
        """Return vectors ``(n, 64)`` of raw log-mel pieces ``(n, 128, 32)``."""
        pieces = mel[:, np.newaxis].astype(np.float32)
        return run_batched(self.engines["audio_piece"], "mel", pieces)

    def vision_sequence(self, vectors: FloatArray, present: NDArray[np.bool_]) -> FloatArray:
        """Return logits ``(6,)`` of the window's face vectors, see `audio_sequence`."""
        return run_window(self.engines, "vision_sequence", vectors, present)

    def audio_sequence(self, vectors: FloatArray, present: NDArray[np.bool_]) -> FloatArray:
        """Return logits ``(6,)`` of the window's sound vectors.

        Parameters
        ----------
        vectors
            ``(T, 64)``, T at most 12; what stands at absent ticks does not matter.
        present
            ``(T,)`` bool. With none present the result is NaN.
        """
        return run_window(self.engines, "audio_sequence", vectors, present)

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
        return describe(self)
