"""Opening the network that reads words for emotions and valence at once."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import BertSizes
from live_emotion.runtime.beside import recipe_beside
from live_emotion.runtime.build import EngineRefusedError, open_cached, open_openvino
from live_emotion.runtime.engine import Engine, EngineName, Precision
from live_emotion.runtime.judging import BranchJudge, Judge
from live_emotion.runtime.networks import Networks, code_hash
from live_emotion.runtime.openvino_kit import OpenVinoKit
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recorded import recorded
from live_emotion.runtime.sources import ModuleSource
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.valence import BASE, MEANS, ValenceInfo, ValenceModel
from live_emotion.runtime.weights import BranchInfo, text_sizes
from live_emotion.runtime.weights_files import load_state

if TYPE_CHECKING:
    from torch import nn

    from live_emotion.models.bert import Bert
    from live_emotion.models.valence import ValenceHead, ValenceReader, WordsReader

_PRECISION: Final[Precision] = "float32"


@dataclass(frozen=True, slots=True, eq=False)
class ValenceOpening:
    """Opens the network, in OpenVINO unless PyTorch is asked for.

    Attributes
    ----------
    preset, text, info
        Sizes, and the weights of words and valence.
    tokenizer
        Of the words.
    engine, threads
        As for the encoders.
    """

    preset: Preset
    text: BranchInfo
    info: ValenceInfo
    tokenizer: Tokenizer
    engine: str
    threads: int

    @property
    def runs_on(self) -> tuple[EngineName, Precision]:
        """Where it runs if nothing is refused."""
        return ("torch" if self.engine.partition(":")[0] == "torch" else "openvino"), _PRECISION

    def ready(self) -> ValenceModel | None:
        """Open it if it lies ready in the cache of OpenVINO's engines."""
        if self.runs_on[0] == "torch":
            return None
        try:
            engine = open_cached(
                OpenVinoKit(),
                self.recipe(),
                self.source(),
                preset=self.preset.name,
                precision=_PRECISION,
                form="",
                threads=self.threads,
            )
        except EngineRefusedError:
            return None
        return None if engine is None else ValenceModel(self.info, engine, self.tokenizer)

    def open(self) -> ValenceModel:
        """Open it, building it first if need be.

        Raises
        ------
        UserError
            If the weights do not fit.
        """
        return ValenceModel(self.info, self._open(), self.tokenizer)

    def _open(self) -> Engine:
        if self.runs_on[0] != "torch":
            try:
                return open_openvino(
                    self.recipe(),
                    self.source(),
                    preset=self.preset.name,
                    precision=_PRECISION,
                    form="",
                    threads=self.threads,
                )
            except EngineRefusedError:
                if self.engine != "auto":
                    raise
        from live_emotion.runtime.torch_engine import TorchEngine

        reader = words_reader(self.preset, self.text, self.info)
        return TorchEngine(reader, self.recipe(), "", self.threads)

    def recipe(self) -> Recipe:
        """Return the network's recipe."""
        return recipe_beside("words_valence", self.preset)

    def source(self) -> ModuleSource:
        """Return what its engine is built from and held against."""
        sizes = text_sizes(self.preset, self.text)
        plain = repr(sizes) + code_hash()
        load = functools.partial(words_reader, self.preset, self.text, self.info)
        return ModuleSource(
            make=load,
            make_reference=load,
            weights=self.info.sha256 + self.text.sha256,
            network=hashlib.sha256(plain.encode()).hexdigest()[:16],
            limits={"vocabulary": sizes.vocabulary},
            make_judge=self._judge,
        )

    def _judge(self) -> Judge | None:
        """Return who holds real sentences; they are judged by the emotions that are read."""
        real = recorded()
        if real is None:
            return None
        networks, platt = Networks(self.preset, {"text": self.text}), self.text.calibration
        return BranchJudge("text", "text", networks, platt, real, self.tokenizer)


def words_reader(preset: Preset, text: BranchInfo, info: ValenceInfo) -> WordsReader:
    """Return the network that tells emotions and valence, in evaluation mode.

    Raises
    ------
    UserError
        As `valence_reader`.
    """
    from live_emotion.models.valence import WordsReader

    encoder, head = _bert(preset, text)
    reader = WordsReader(encoder, head, _head(preset, text, info))
    return reader.requires_grad_(False).eval()


def valence_reader(preset: Preset, text: BranchInfo, info: ValenceInfo | None) -> ValenceReader:
    """Return the network that tells valence alone, with a fresh head without weights.

    Raises
    ------
    UserError
        If the words network is no BERT, or the weights do not fit it.
    """
    from live_emotion.models.valence import ValenceReader

    reader = ValenceReader(_bert(preset, text)[0], _head(preset, text, info))
    return reader.requires_grad_(False).eval()


def _bert(preset: Preset, text: BranchInfo) -> tuple[Bert, nn.Linear]:
    from torch import nn

    from live_emotion.models.bert import Bert

    branch = Networks(preset, {"text": text}).branch("text")
    encoder, head = branch.get_submodule("encoder"), branch.get_submodule("head")
    if not isinstance(encoder, Bert) or not isinstance(head, nn.Linear):
        raise UserError("Valence needs a BERT for the words: choose the preset live.")
    return encoder, head


def _head(preset: Preset, text: BranchInfo, info: ValenceInfo | None) -> ValenceHead:
    from live_emotion.models.valence import ValenceHead

    sizes = text_sizes(preset, text)
    assert isinstance(sizes, BertSizes)
    head = ValenceHead(sizes, 2 if info is None else int(info.metadata.architecture["layers"]))
    if info is None:
        return head
    state = {k: v for k, v in load_state(info.path).items() if k not in (MEANS, BASE)}
    try:
        head.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise UserError(
            f"The weights {info.path} do not fit the words network: restore them."
        ) from error
    return head
