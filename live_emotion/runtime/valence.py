"""Valence of words by a network, and of emotion scores by what words have taught about them.

No data at hand rates faces or voices for valence. What is known of them are their emotion scores;
how pleasant each emotion is was learned from rated sentences and the scores that the words
network gives these. The weights file holds both.
"""

from __future__ import annotations

import functools
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.valence import Valence
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import BertSizes, Preset, weights_owner
from live_emotion.runtime.build import EngineRefusedError, open_openvino
from live_emotion.runtime.engine import Engine
from live_emotion.runtime.networks import Networks, code_hash
from live_emotion.runtime.recipe import load_recipe
from live_emotion.runtime.sources import ModuleSource
from live_emotion.runtime.text_input import MAX_TOKENS, padded
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import (
    BranchInfo,
    load_state,
    read_header,
    read_tensors,
    text_sizes,
    verified,
    weights_dir,
)

if TYPE_CHECKING:
    from live_emotion.models.valence import ValenceReader

BRANCH: Final = "valence"
# Tensors beside the head's own.
MEANS: Final = "emotions.means"
BASE: Final = "emotions.base"


@dataclass(frozen=True, slots=True, eq=False)
class ValenceInfo:
    """What is known of the valence weights.

    Attributes
    ----------
    path, sha256, metadata
        The file.
    means
        ``(6,)`` what a full score of each emotion adds to `base`.
    base
        Valence without any emotion.
    deviation
        Of what the emotion scores tell.
    scale
        Factor on the deviations of the words' valence that makes them true on held-out rows.
    """

    path: Path
    sha256: str
    metadata: WeightsMetadata
    means: NDArray[np.float64]
    base: float
    deviation: float
    scale: float


def find_valence(preset: str, text: BranchInfo, folder: Path | None = None) -> ValenceInfo | None:
    """Return what is known of a preset's valence weights, having checked the file.

    None without a file, or if it was trained with other weights of the words than these.

    Raises
    ------
    UserError
        If the file is damaged or belongs to something else.
    """
    owner = weights_owner(preset, "text")
    found = verified(folder or weights_dir(), f"{owner}-{BRANCH}.safetensors")
    if found is None:
        return None
    path, digest = found
    about = WeightsMetadata.from_header(read_header(path), str(path))
    tensors = read_tensors(path)
    means, base = (np.asarray(tensors.get(n, np.zeros(0)), np.float64) for n in (MEANS, BASE))
    if (about.preset, about.branch) != (owner, BRANCH) or means.shape != (len(EMOTIONS),):
        raise UserError(
            f"The weights file {path} is not the valence of “{owner}”: restore the file."
        )
    if about.architecture.get("text") != text.sha256:
        return None
    return ValenceInfo(
        path,
        digest,
        about,
        means,
        float(base.reshape(-1)[0]),
        float(about.architecture["deviation"]),
        float(about.architecture["scale"]),
    )


class ValenceModel:
    """Valence opened and ready.

    Parameters
    ----------
    info
        See `ValenceInfo`.
    engine
        What runs the words' network.
    tokenizer
        Of the words.
    """

    def __init__(self, info: ValenceInfo, engine: Engine, tokenizer: Tokenizer) -> None:
        self.info = info
        self.engine = engine
        self._tokenizer = tokenizer

    def of_words(self, text: str) -> Valence:
        """Return the valence of a text, of its last 128 tokens."""
        ids = self._tokenizer.encode(text, MAX_TOKENS)
        value, spread = self.engine.run(padded(ids))["valence"][0]
        deviation = self.info.scale * math.exp(0.5 * float(spread))
        return Valence(float(value), deviation)

    def of_scores(self, scores: FloatArray) -> Valence:
        """Return the valence of calibrated emotion scores ``(6,)``, of face or voice."""
        value = self.info.base + float(self.info.means @ scores.astype(np.float64))
        return Valence(float(np.clip(value, -1.0, 1.0)), self.info.deviation)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()


def open_valence(
    preset: Preset,
    text: BranchInfo,
    tokenizer: Tokenizer,
    info: ValenceInfo,
    *,
    engine: str,
    threads: int,
) -> ValenceModel:
    """Open the valence network, in OpenVINO unless PyTorch is asked for.

    Raises
    ------
    UserError
        If the weights do not fit.
    """
    recipe = load_recipe("words_valence")
    load = functools.partial(valence_reader, preset, text, info)
    opened: Engine
    if engine.partition(":")[0] != "torch":
        plain = repr(text_sizes(preset, text)) + code_hash()
        source = ModuleSource(
            make=load,
            make_reference=load,
            weights=info.sha256 + text.sha256,
            network=hashlib.sha256(plain.encode()).hexdigest()[:16],
            limits={"vocabulary": text_sizes(preset, text).vocabulary},
        )
        try:
            opened = open_openvino(
                recipe,
                source,
                preset=preset.name,
                precision="float32",
                form="",
                threads=threads,
            )
            return ValenceModel(info, opened, tokenizer)
        except EngineRefusedError:
            if engine != "auto":
                raise
    from live_emotion.runtime.torch_engine import TorchEngine

    opened = TorchEngine(load(), recipe, "", threads)
    return ValenceModel(info, opened, tokenizer)


def valence_reader(preset: Preset, text: BranchInfo, info: ValenceInfo | None) -> ValenceReader:
    """Return the network in evaluation mode, with a fresh head without weights.

    Raises
    ------
    UserError
        If the words network is no BERT, or the weights do not fit it.
    """
    from live_emotion.models.bert import Bert
    from live_emotion.models.valence import ValenceHead, ValenceReader

    sizes = text_sizes(preset, text)
    encoder = Networks(preset, {"text": text}).branch("text").get_submodule("encoder")
    if not isinstance(sizes, BertSizes) or not isinstance(encoder, Bert):
        raise UserError("Valence needs a BERT for the words: choose the preset live.")
    layers = 2 if info is None else int(info.metadata.architecture["layers"])
    head = ValenceHead(sizes, layers)
    if info is not None:
        state = {k: v for k, v in load_state(info.path).items() if k not in (MEANS, BASE)}
        try:
            head.load_state_dict(state, strict=True)
        except RuntimeError as error:
            raise UserError(
                f"The weights {info.path} do not fit the words network: restore them."
            ) from error
    return ValenceReader(encoder, head).requires_grad_(False).eval()
