"""Valence of words by a network, and of emotion scores by what words have taught about them.

No data at hand rates faces or voices for valence. What is known of them are their emotion scores;
how pleasant each emotion is was learned from rated sentences and the scores that the words
network gives these. The weights file holds both.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.emotions import EMOTIONS
from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.core.valence import Valence
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import weights_owner
from live_emotion.runtime.engine import Arrays, Engine, EngineInfo
from live_emotion.runtime.text_input import MAX_TOKENS, padded
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import BranchInfo
from live_emotion.runtime.weights_files import read_header, read_tensors, verified, weights_dir

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
    """Valence opened and ready; its network tells the emotions of words as well.

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
        # The tick asks for the emotions of its words and then for their valence.
        self._last: tuple[str, dict[str, NDArray[Any]]] | None = None

    def of_words(self, text: str) -> Valence:
        """Return the valence of a text, of its last 128 tokens."""
        value, spread = self._read(text)["valence"][0]
        deviation = self.info.scale * math.exp(0.5 * float(spread))
        return Valence(float(value), deviation)

    def emotions(self, text: str) -> FloatArray:
        """Return the logits ``(6,)`` of a text, of its last 128 tokens."""
        logits: FloatArray = self._read(text)["logits"][0]
        return logits

    def of_scores(self, scores: FloatArray) -> Valence:
        """Return the valence of calibrated emotion scores ``(6,)``, of face or voice."""
        value = self.info.base + float(self.info.means @ scores.astype(np.float64))
        return Valence(float(np.clip(value, -1.0, 1.0)), self.info.deviation)

    def words_engine(self) -> Engine:
        """Return the engine as one of the words alone; it is closed with this."""
        return _WordsEngine(self.engine)

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def _read(self, text: str) -> dict[str, NDArray[Any]]:
        if self._last is None or self._last[0] != text:
            ids = self._tokenizer.encode(text, MAX_TOKENS)
            self._last = (text, self.engine.run(padded(ids)))
        return self._last[1]


class _WordsEngine:
    """The emotions that an engine tells beside valence."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.info: EngineInfo = dataclasses.replace(engine.info, encoder="text")

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the logits by their name."""
        return {"logits": self._engine.run(inputs)["logits"]}

    def close(self) -> None:
        """Do nothing: the engine is closed by its owner."""
