"""Open the engine of one encoder as the user wishes, falling back where that is allowed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import cast

from live_emotion.core.emotions import Branch
from live_emotion.core.errors import UserError
from live_emotion.models.presets import Preset
from live_emotion.models.sizes import RfamSizes
from live_emotion.perception.faces.weights import centerface_path
from live_emotion.runtime.at_once import at_once
from live_emotion.runtime.beside import recipe_beside
from live_emotion.runtime.build import EngineRefusedError, open_engine
from live_emotion.runtime.choosing import Chooser
from live_emotion.runtime.engine import (
    PRECISIONS,
    EncoderName,
    Engine,
    EngineName,
    Form,
    Precision,
)
from live_emotion.runtime.judging import BranchJudge, Judge
from live_emotion.runtime.kits import kit_named, kits_here
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.recorded import recorded
from live_emotion.runtime.remembered import Choice
from live_emotion.runtime.sources import ModuleSource, OnnxSource, Source
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import BranchInfo

_log = logging.getLogger(__name__)

_TITLES = {"openvino": "OpenVINO", "torch": "PyTorch", "cuda": "CUDA", "tensorrt": "TensorRT"}


@dataclass(slots=True)
class Opener:
    """Opens the encoders of a preset one by one and notes what the user should know.

    Attributes
    ----------
    preset, branches, options
        What to open, and how.
    tokenizer
        For checking the words on real texts; None where there is none.
    notes
        One line for each fallback.
    choices
        What was chosen where the choice was left to the program.
    """

    preset: Preset
    branches: Mapping[Branch, BranchInfo]
    options: EngineOptions
    tokenizer: Tokenizer | None = None
    notes: list[str] = field(default_factory=list)
    choices: dict[EncoderName, Choice] = field(default_factory=dict)
    networks: Networks = field(init=False)
    _references: dict[EncoderName, Engine] = field(init=False, default_factory=dict)
    _judges: dict[EncoderName, Judge | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.networks = Networks(self.preset, self.branches)

    def open(self, encoder: EncoderName) -> Engine:
        """Return the engine of an encoder.

        Raises
        ------
        UserError
            If the engine that was asked for cannot be had, or weights or recipe are bad.
        """
        recipe = self.recipe(encoder)
        wish = self.options.wish
        if wish.engine is None:
            return self._fastest(recipe)
        if recipe.branch is None and wish.engine != "openvino":
            # It comes as ONNX, which PyTorch does not read; float32 stays float32.
            return self.asked(recipe, "openvino", "float32", self.form(recipe))
        if wish.engine == "torch":
            return self._torch(recipe, self.form(recipe))
        precision = wish.usual_precision
        if wish.precision is None and precision not in recipe.allowed_error:
            precision = "float32"
        try:
            return self.asked(recipe, wish.engine, precision, self.form(recipe))
        except UserError as error:
            if precision == "float32" or not isinstance(error.__cause__, EngineRefusedError):
                raise
            title = _TITLES.get(wish.engine, wish.engine)
            self.notes.append(
                f"{title} in {precision} refused for {encoder} ({error.__cause__}), float32 used"
            )
            return self.asked(recipe, wish.engine, "float32", self.form(recipe))

    def expected(self, encoder: EncoderName) -> tuple[EngineName, Precision] | None:
        """Return what an encoder will run on if nothing is refused; None: not chosen yet."""
        wish = self.options.wish
        if wish.engine is not None:
            return wish.engine, wish.usual_precision
        known = self._chooser(encoder).known()
        chosen = None if known is None else known.chosen
        return None if chosen is None else (chosen.engine, chosen.precision)

    def open_all(
        self, encoders: Collection[EncoderName], also: Callable[[], object] = lambda: None
    ) -> dict[EncoderName, Engine]:
        """Return the engines of several encoders, by name.

        Where the choice is the program's, what lies ready in the cache is opened at the same
        time; everything else one by one, since it may have to be built and timed.

        Parameters
        ----------
        encoders
            Names.
        also
            Opens something else that lies ready, at the same time as these.

        Raises
        ------
        UserError
            As `open`; the engines that were open are closed again.
        """
        engines: dict[EncoderName, Engine] = {}
        with contextlib.ExitStack() as opened:
            if self.options.wish.engine is None:
                engines |= at_once(self._chooser, encoders, self.choices, also)
            for engine in engines.values():
                opened.callback(engine.close)
            for name in encoders:
                if name not in engines:
                    engines[name] = self.open(name)
                    opened.callback(engines[name].close)
            opened.pop_all()
        return {name: engines[name] for name in encoders}

    def asked(self, recipe: Recipe, engine: EngineName, precision: Precision, form: Form) -> Engine:
        """Return the very engine that was asked for.

        Raises
        ------
        UserError
            If it is refused.
        """
        try:
            return open_engine(
                kit_named(engine),
                recipe,
                self.source(recipe, form),
                preset=self.preset_of(recipe),
                precision=precision,
                form=form,
                threads=self.options.threads,
            )
        except EngineRefusedError as refusal:
            raise UserError(
                f"The {_TITLES.get(engine, engine)} engine of {recipe.encoder} in {precision} is "
                f"refused ({refusal}): choose --engine auto or torch."
            ) from refusal

    def _fastest(self, recipe: Recipe) -> Engine:
        engine, choice = self._chooser(recipe.encoder).open()
        self.choices[recipe.encoder] = choice
        exact = [m for m in choice.tried if m.refusal and m.candidate.precision == "float32"]
        if engine is None or engine.info.name == "torch":
            why = exact[0].refusal if exact else "nothing passed its check"
            if engine is None and recipe.branch is None:
                raise UserError(f"No engine runs {recipe.encoder} ({why}): reinstall live-emotion.")
            if exact or engine is None:
                self.notes.append(f"OpenVINO refused for {recipe.encoder} ({why}), PyTorch used")
        return engine or self._torch(recipe, self.form(recipe))

    def _chooser(self, encoder: EncoderName) -> Chooser:
        recipe = self.recipe(encoder)
        wish, form = self.options.wish, self.options.form
        return Chooser(
            recipe,
            self.preset_of(recipe),
            self.options.threads,
            kits_here(),
            lambda f: self.source(recipe, f),
            None if recipe.branch is None else lambda f: self._torch(recipe, f),
            PRECISIONS if wish.precision is None else (wish.precision,),
            [form] if form in recipe.forms else self.forms(recipe),
        )

    def _torch(self, recipe: Recipe, form: Form) -> Engine:
        from live_emotion.runtime.torch_engine import TorchEngine

        assert recipe.branch is not None
        module = self.networks.module(recipe.encoder, recipe.branch, form, fused=True)
        return TorchEngine(module, recipe, form, self.options.threads)

    def recipe(self, encoder: EncoderName) -> Recipe:
        """Return the recipe of an encoder of this preset."""
        return recipe_beside(encoder, self.preset)

    def source(self, recipe: Recipe, form: Form) -> Source:
        """Return what an encoder's engines are built from and held against."""
        branch = recipe.branch
        if branch is None:
            return OnnxSource(centerface_path())
        encoder = recipe.encoder
        return ModuleSource(
            make=lambda: self.networks.module(encoder, branch, form),
            make_reference=lambda: self.networks.module(encoder, branch, recipe.forms[0]),
            weights=self.networks.weights_id(branch),
            network=self.networks.network_id(branch),
            limits={"vocabulary": self.networks.preset.text.vocabulary},
            make_judge=lambda: self._judge(encoder, branch),
            references=self._references,
        )

    def forms(self, recipe: Recipe) -> list[Form]:
        """Return the forms that differ: only a residual network has a merged one."""
        differ = recipe.branch != "vision" or isinstance(self.preset.vision, RfamSizes)
        return list(recipe.forms if differ else recipe.forms[:1])

    def _judge(self, encoder: EncoderName, branch: Branch) -> Judge | None:
        real = recorded()
        if encoder not in self._judges and real is not None:
            platt = self.branches[branch].calibration
            self._judges[encoder] = BranchJudge(
                encoder, branch, self.networks, platt, real, self.tokenizer
            )
        return self._judges.get(encoder)

    def preset_of(self, recipe: Recipe) -> str:
        """Return the name under which an encoder's engines are kept."""
        return self.preset.name if recipe.branch is not None else "shared"

    def form(self, recipe: Recipe) -> Form:
        """Return the form that was asked for, or the recipe's first."""
        wanted = cast(Form, self.options.form)
        return wanted if wanted in recipe.forms else recipe.forms[0]
