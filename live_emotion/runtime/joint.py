"""Joint networks opened and ready: features or vectors of a window in, six logits out.

They run on the same engines and by recipes of the same kind as the encoders do
(``engines/window_features.toml`` and ``engines/window_vectors.toml``).
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.core.errors import UserError
from live_emotion.core.media import FloatArray
from live_emotion.models.architectures import Choice
from live_emotion.models.sizes import TextSizes
from live_emotion.runtime.build import EngineRefusedError, open_openvino
from live_emotion.runtime.engine import EncoderName, Engine
from live_emotion.runtime.joint_weights import JointInfo, find_joint, load_joint
from live_emotion.runtime.networks import UNTRAINED_SEED, code_hash
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.sources import ModuleSource
from live_emotion.runtime.word_vectors import WordVectors


@dataclass(frozen=True, slots=True, eq=False)
class JointNetwork:
    """A joint network on its engine.

    Attributes
    ----------
    choice
        Architecture, and the preset that its encoders come from.
    info
        Of its weights.
    engine
        What runs it.
    words
        Makes features of words; None where it takes none, or there is no vocabulary.
    notes
        One line each for what the user should know.
    """

    choice: Choice
    info: JointInfo
    engine: Engine
    words: WordVectors | None
    notes: tuple[str, ...]

    def run(self, streams: Mapping[str, tuple[FloatArray, NDArray[np.bool_]]]) -> Judgement:
        """Judge a window.

        Parameters
        ----------
        streams
            By the names in the recipe: values ``(T, width)``, and which of them are there
            ``(T,)``; a stream whose name is missing is absent.
        """
        inputs: dict[str, NDArray[Any]] = {}
        for spec in load_window_recipe(self.choice).inputs:
            name = spec.name.removesuffix("_present")
            values, present = streams.get(name, (None, None))
            if spec.name != name:
                absent = np.zeros(_sizes(spec.shape), np.bool_)
                inputs[spec.name] = absent if present is None else present[np.newaxis]
            elif values is not None and present is not None:
                known = np.where(present[:, np.newaxis], values, 0.0)
                inputs[name] = known[np.newaxis].astype(np.float32)
            else:
                # The width is not the recipe's in every preset; nothing of it is looked at.
                sizes = _sizes(spec.shape)
                width = self.words.width if name == "words" and self.words else sizes[-1]
                inputs[name] = np.zeros((*sizes[:-1], width), np.float32)
        result = self.engine.run(inputs)
        valence = result.get("valence")
        return Judgement(result["logits"][0], None if valence is None else valence[0])

    def calibrate(self, logits: FloatArray) -> FloatArray:
        """Return the probabilities of logits ``(6,)``."""
        return self.info.calibration.apply(logits)

    def meta(self) -> dict[str, Any]:
        """Return, for the session log, what ran."""
        ran = self.engine.info
        return {
            "name": self.choice.architecture.name,
            "source": self.choice.architecture.source,
            "trained": self.info.trained,
            "sha256": self.info.sha256,
            "engine": ran.name,
            "precision": ran.precision,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Judgement:
    """Logits ``(6,)``, and valence ``(2,)`` (mean, log variance) where it is decoded."""

    logits: FloatArray
    valence: FloatArray | None


def load_window_recipe(choice: Choice) -> Recipe:
    """Return the recipe of an architecture's joint network, with the widths of preset live."""
    return _recipe(f"window_{choice.architecture.joint}")


def open_joint(
    choice: Choice,
    text: TextSizes,
    words: WordVectors | None,
    *,
    engine: str,
    threads: int,
    folder: Path | None = None,
) -> JointNetwork:
    """Open a joint network, in OpenVINO unless PyTorch is asked for.

    Parameters
    ----------
    choice
        See `JointNetwork`.
    text
        Sizes of the words network.
    words
        See `JointNetwork`.
    engine
        As for the encoders; with ``auto`` PyTorch takes over where OpenVINO is refused, and what
        the graphics card's engines cannot run runs in OpenVINO.
    threads
        For one run.

    Raises
    ------
    UserError
        If weights are damaged or do not fit.
    """
    info = find_joint(choice, folder)
    recipe = _fitted(load_window_recipe(choice), words)
    load = functools.partial(load_joint, choice, text, info)
    notes = [] if info.trained else [f"{choice.architecture.name}: untrained weights"]
    plain = repr((choice.architecture.name, text)) + code_hash()
    source = ModuleSource(
        make=load,
        make_reference=load,
        weights=info.sha256 or f"seed {UNTRAINED_SEED}",
        network=hashlib.sha256(plain.encode()).hexdigest()[:16],
    )
    opened: Engine
    if engine.partition(":")[0] == "torch":
        from live_emotion.runtime.torch_engine import TorchEngine

        opened = TorchEngine(load(), recipe, "", threads)
        return JointNetwork(choice, info, opened, words, tuple(notes))
    try:
        opened = open_openvino(
            recipe,
            source,
            preset=choice.joint_name or "",
            precision="float32",
            form="",
            threads=threads,
        )
    except EngineRefusedError as refusal:
        if engine != "auto":
            raise UserError(
                f"The OpenVINO engine of {choice.architecture.name} is refused ({refusal}): "
                "choose --engine auto or torch."
            ) from refusal
        from live_emotion.runtime.torch_engine import TorchEngine

        opened = TorchEngine(load(), recipe, "", threads)
        notes.append(f"OpenVINO refused for {recipe.encoder} ({refusal}), PyTorch used")
    return JointNetwork(choice, info, opened, words, tuple(notes))


@functools.cache
def _recipe(encoder: EncoderName) -> Recipe:
    return load_recipe(encoder)


def _sizes(shape: tuple[int | str, ...]) -> tuple[int, ...]:
    """Return a shape of which nothing varies."""
    return tuple(int(part) for part in shape)


def _fitted(recipe: Recipe, words: WordVectors | None) -> Recipe:
    """Return the recipe with the words' width of this preset."""
    if words is None:
        return recipe
    inputs = tuple(
        dataclasses.replace(spec, shape=(*spec.shape[:-1], words.width))
        if spec.name == "words"
        else spec
        for spec in recipe.inputs
    )
    return dataclasses.replace(recipe, inputs=inputs)
