"""Find the fastest engine of an encoder that passes its check on this machine."""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from live_emotion.runtime import cache
from live_emotion.runtime.build import (
    EngineRefusedError,
    allowed_key,
    open_cached,
    open_engine,
)
from live_emotion.runtime.engine import PRECISIONS, Engine, EngineName, Form, Precision
from live_emotion.runtime.kit import Kit
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.remembered import Candidate, Choice, Measured, recall, remember
from live_emotion.runtime.sources import Source
from live_emotion.runtime.timing import Timing, time_engines, typical_inputs

# A less exact or less plain engine must be this much faster to be taken: timings jitter.
_WORTH_IT: Final = 0.92
# PyTorch takes seconds to import and hundreds of megabytes, so it must be much faster.
_WORTH_TORCH: Final = 0.6

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Chooser:
    """Chooses among engines of one encoder.

    Attributes
    ----------
    recipe, preset, threads
        What is to run.
    kits
        The kinds of engines that may be had here, by name.
    source
        Returns what to build from, for a form of the network.
    torch
        Opens the encoder in PyTorch in a form; None where PyTorch cannot run it.
    precisions, forms
        Among which to choose.
    """

    recipe: Recipe
    preset: str
    threads: int
    kits: Mapping[EngineName, Kit]
    source: Callable[[Form], Source]
    torch: Callable[[Form], Engine] | None
    precisions: Sequence[Precision] = PRECISIONS
    forms: Sequence[Form] = ("",)

    def open(self) -> tuple[Engine | None, Choice]:
        """Return the chosen engine and the choice; None where nothing but PyTorch is left.

        What was chosen before under the same conditions is opened at once.
        """
        made_from = self._made_from()
        known = recall(self.preset, self.recipe.encoder, made_from)
        if known is not None:
            with contextlib.suppress(EngineRefusedError):
                return self._open(known.chosen), known
        choice = self.choose()
        remember(choice, made_from)
        return self._open(choice.chosen), choice

    def known(self) -> Choice | None:
        """Return what was chosen before under the same conditions."""
        return recall(self.preset, self.recipe.encoder, self._made_from())

    def recalled(self) -> tuple[Engine, Choice] | None:
        """Return what was chosen before if it lies ready in the cache of OpenVINO's engines."""
        known = self.known()
        chosen = None if known is None else known.chosen
        if known is None or chosen is None or chosen.engine != "openvino":
            return None
        with contextlib.suppress(EngineRefusedError):
            engine = open_cached(
                self.kits[chosen.engine],
                self.recipe,
                self.source(chosen.form),
                preset=self.preset,
                precision=chosen.precision,
                form=chosen.form,
                threads=self.threads,
            )
            return None if engine is None else (engine, known)
        return None

    def choose(self) -> Choice:
        """Build and check every candidate, time those that pass, and take the fastest.

        Losers that were not there before are removed: they only take room.
        """
        built: dict[Candidate, Engine] = {}
        refusals: dict[Candidate, str] = {}
        new: dict[Candidate, Path] = {}
        for candidate in self.candidates():
            try:
                folder, before = self._folder(candidate)
                built[candidate] = self._build(candidate)
                if not before:
                    new[candidate] = folder
            except EngineRefusedError as refusal:
                refusals[candidate] = str(refusal)
        inputs = typical_inputs(self.recipe, self.source(self.recipe.forms[0]).limits)
        times = dict(zip(built, time_engines(list(built.values()), inputs), strict=True))
        for engine in built.values():
            engine.close()
        best = min((timing.least for timing in times.values()), default=float("inf"))
        times |= self._torch_times(best)
        chosen = fastest(times)
        for candidate, folder in new.items():
            if candidate != chosen:
                shutil.rmtree(folder, ignore_errors=True)
        tried = [Measured(c, round(timing.least, 4)) for c, timing in times.items()]
        tried += [Measured(c, None, why) for c, why in refusals.items()]
        _log.info("%s runs on %s", self.recipe.encoder, chosen)
        return Choice(self.recipe.encoder, self.preset, chosen, tuple(tried))

    def candidates(self) -> Iterator[Candidate]:
        """Yield what the recipe allows, the most exact and plainest first."""
        for precision in PRECISIONS:
            if precision not in self.precisions or precision not in self.recipe.allowed_error:
                continue
            for name, kit in self.kits.items():
                if not kit.refusal(self.recipe, precision):
                    for form in self.forms:
                        yield Candidate(name, precision, form)

    def _torch_times(self, best: float) -> dict[Candidate, Timing]:
        """Time PyTorch by itself: its waiting threads would slow down the others.

        A second run that takes much longer than `best` milliseconds is enough to know.
        """
        if self.torch is None or "float32" not in self.precisions:
            return {}
        times = {}
        inputs = typical_inputs(self.recipe, self.source(self.recipe.forms[0]).limits)
        for form in self.forms:
            engine = self.torch(form)
            (timing,) = time_engines([engine], inputs, warm_up=1, fewest=1, most=1)
            if timing.least < 2 * best:
                (timing,) = time_engines([engine], inputs)
            times[Candidate("torch", "float32", form)] = timing
            engine.close()
        return times

    def _folder(self, candidate: Candidate) -> tuple[Path, bool]:
        """Return where a candidate lies, and whether it was there before."""
        key = allowed_key(
            self.kits[candidate.engine],
            self.recipe,
            self.source(candidate.form),
            self.preset,
            candidate.precision,
            candidate.form,
        )
        folder = cache.engines_cache() / key.folder_name
        return folder, folder.is_dir()

    def _build(self, candidate: Candidate) -> Engine:
        return open_engine(
            self.kits[candidate.engine],
            self.recipe,
            self.source(candidate.form),
            preset=self.preset,
            precision=candidate.precision,
            form=candidate.form,
            threads=self.threads,
        )

    def _open(self, chosen: Candidate | None) -> Engine | None:
        if chosen is None:
            return None
        if chosen.engine == "torch":
            return None if self.torch is None else self.torch(chosen.form)
        if chosen.engine not in self.kits:
            raise EngineRefusedError(f"there is no {chosen.engine} here any more")
        return self._build(chosen)

    def _made_from(self) -> dict[str, str]:
        source = self.source(self.recipe.forms[0])
        kits = [f"{k.name} {k.library()} on {k.device()}" for k in self.kits.values()]
        return {
            "weights": source.weights,
            "network": source.network,
            "recipe": self.recipe.sha256,
            "library": source.library,
            "kits": "; ".join(kits),
            "threads": str(self.threads),
            "precisions": " ".join(self.precisions),
            "forms": " ".join(self.forms),
        }


def fastest(times: Mapping[Candidate, Timing]) -> Candidate | None:
    """Return the candidate whose least time is least; an earlier one unless by a clear margin."""
    best: Candidate | None = None
    for candidate, timing in times.items():
        share = _WORTH_TORCH if candidate.engine == "torch" else _WORTH_IT
        if best is None or timing.least < times[best].least * share:
            best = candidate
    return best
