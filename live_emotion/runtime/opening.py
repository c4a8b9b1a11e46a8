"""Choose and open the engine of one encoder, falling back where that is allowed."""

from __future__ import annotations

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.perception.faces.weights import centerface_path
from live_emotion.runtime.build import EngineRefusedError, open_openvino
from live_emotion.runtime.engine import (
    ENGINE_CHOICES,
    PRECISIONS,
    EncoderName,
    Engine,
    EngineChoice,
    Form,
    Precision,
)
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.recipe import Recipe, load_recipe
from live_emotion.runtime.sources import ModuleSource, OnnxSource, Source
from live_emotion.runtime.weights import BranchInfo

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How the encoders are to run.

    Attributes
    ----------
    engine
        ``"auto"`` takes OpenVINO, and PyTorch for what OpenVINO is refused for.
    threads
        For one run of one encoder.
    precision
        Of the arithmetic.
    form
        Of the vision network: residual, merged, or ``"auto"``, its recipe's first.
    """

    engine: EngineChoice
    threads: int
    precision: Precision = "float32"
    form: str = "auto"

    def __post_init__(self) -> None:
        if self.engine not in ENGINE_CHOICES:
            known = ", ".join(ENGINE_CHOICES)
            raise UserError(f"There is no engine “{self.engine}”: choose one of {known}.")
        if self.precision not in PRECISIONS:
            known = ", ".join(PRECISIONS)
            raise UserError(f"There is no precision “{self.precision}”: choose one of {known}.")
        if self.form not in ("auto", "residual", "merged"):
            raise UserError(
                f"There is no network form “{self.form}”: choose one of auto, residual, merged."
            )
        if self.engine == "torch" and self.precision != "float32":
            raise UserError("The torch engine runs in float32 only: choose --engine openvino.")
        if self.threads < 1:
            raise UserError(f"An engine needs at least 1 thread, not {self.threads}.")


@dataclass(slots=True)
class Opener:
    """Opens the encoders of a preset one by one and notes what the user should know.

    Attributes
    ----------
    preset, branches, options
        What to open, and how.
    notes
        One line for each fallback.
    """

    preset: Preset
    branches: Mapping[Branch, BranchInfo]
    options: EngineOptions
    notes: list[str] = field(default_factory=list)
    networks: Networks = field(init=False)

    def __post_init__(self) -> None:
        self.networks = Networks(self.preset, self.branches)

    def open(self, encoder: EncoderName) -> Engine:
        """Return the engine of an encoder.

        Raises
        ------
        UserError
            If the engine that was asked for cannot be had, or weights or recipe are bad.
        """
        recipe = load_recipe(encoder)
        form = self._form(recipe)
        if recipe.branch is None:
            # Comes as ONNX, which PyTorch does not read.
            return self._openvino(recipe, OnnxSource(centerface_path()), form, "shared")
        if self.options.engine == "torch":
            return self._torch(recipe, recipe.branch, form)
        source = self._module_source(recipe, recipe.branch, form)
        if self.options.engine == "openvino":
            return self._openvino(recipe, source, form, self.preset.name)
        try:
            return self._openvino(recipe, source, form, self.preset.name)
        except UserError as error:
            if not isinstance(error.__cause__, EngineRefusedError):
                raise
            self.notes.append(f"OpenVINO refused for {encoder} ({error.__cause__}), PyTorch used")
            return self._torch(recipe, recipe.branch, form)

    def _openvino(self, recipe: Recipe, source: Source, form: Form, preset: str) -> Engine:
        try:
            return open_openvino(
                recipe,
                source,
                preset=preset,
                precision=self.options.precision,
                form=form,
                threads=self.options.threads,
            )
        except EngineRefusedError as refusal:
            raise UserError(
                f"The OpenVINO engine of {recipe.encoder} is refused ({refusal}): "
                "choose --engine auto or torch."
            ) from refusal

    def _torch(self, recipe: Recipe, branch: Branch, form: Form) -> Engine:
        from live_emotion.runtime.torch_engine import TorchEngine

        module = self.networks.module(recipe.encoder, branch, form, fused=True)
        return TorchEngine(module, recipe, form, self.options.threads)

    def _module_source(self, recipe: Recipe, branch: Branch, form: Form) -> ModuleSource:
        load = functools.partial(self.networks.module, recipe.encoder, branch)
        return ModuleSource(
            make=lambda: load(form),
            make_reference=lambda: load(recipe.forms[0]),
            weights=self.networks.weights_id(branch),
            network=self.networks.network_id(branch),
            limits={"vocabulary": self.networks.preset.text.vocabulary},
        )

    def _form(self, recipe: Recipe) -> Form:
        wanted = cast(Form, self.options.form)
        return wanted if wanted in recipe.forms else recipe.forms[0]
