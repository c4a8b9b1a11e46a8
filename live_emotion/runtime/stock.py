"""The stock of engines: build all of a preset, list what is there, check it again."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, cast

from live_emotion.core.errors import UserError
from live_emotion.models.presets import preset_named
from live_emotion.runtime import cache
from live_emotion.runtime.architecture import valence_beside
from live_emotion.runtime.build import (
    EngineRefusedError,
    allowed_key,
    checked,
    open_engine,
    refuse,
)
from live_emotion.runtime.cache_care import folder_bytes, last_used
from live_emotion.runtime.engine import (
    BUILT,
    PRECISIONS,
    PRECISIONS_OF,
    EncoderName,
    EngineName,
    Form,
    Precision,
)
from live_emotion.runtime.kit import Kit
from live_emotion.runtime.kits import kit_named
from live_emotion.runtime.opening import Opener
from live_emotion.runtime.openvino_library import default_threads
from live_emotion.runtime.options import EngineOptions
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.remembered import Candidate, choices
from live_emotion.runtime.sources import Source
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.valence_opening import ValenceOpening
from live_emotion.runtime.weights import find_branches

_MENDED: Final = "was damaged, built anew"


@dataclass(frozen=True, slots=True)
class StockEntry:
    """An engine: what it is, and what was measured.

    Attributes
    ----------
    preset, encoder, engine, precision, form
        What it is.
    state
        ``"ready"``, ``"refused"`` or ``"damaged"``.
    reason
        Why it is refused, or what happened to the one before it.
    chosen
        Whether `auto` takes it.
    error, share
        Largest difference from float32 PyTorch, and the share of what the recipe allows that it
        came nearest to, be it of differences or of scores.
    scores
        How far a probability may move, see `live_emotion.runtime.judging`.
    ms
        Median of a typical run with `threads` threads.
    size_mb, used
        Of its folder, and when it was last opened (seconds since 1970).
    name
        Of its folder.
    """

    preset: str
    encoder: str
    engine: str
    precision: str
    form: str
    state: str
    reason: str = ""
    chosen: bool = False
    error: float | None = None
    share: float | None = None
    scores: float | None = None
    ms: float | None = None
    threads: int | None = None
    size_mb: float = 0.0
    used: float | None = None
    name: str = ""

    @property
    def kind(self) -> tuple[str, ...]:
        """What engines that can take each other's place have in common."""
        return self.preset, self.encoder, self.engine, self.precision, self.form


def stock() -> list[StockEntry]:
    """Return every engine in the cache."""
    taken: set[tuple[str, str, Candidate | None]] = {
        (choice.preset, choice.encoder, choice.chosen) for choice in choices()
    }
    found = [_entry(cached, taken) for cached in cache.entries()]
    # Of a kind, the one that was used last is the one that is taken.
    last = {e.kind: e.name for e in sorted(found, key=lambda e: e.used or 0.0) if e.chosen}
    return [dataclasses.replace(e, chosen=last.get(e.kind) == e.name) for e in found]


def _entry(cached: cache.CachedEngine, taken: set[tuple[str, str, Candidate | None]]) -> StockEntry:
    key, facts = cached.key, cached.facts
    refused = bool(facts.get("refused"))
    candidate = Candidate(
        cast(EngineName, key.get("engine", "")),
        cast(Precision, key.get("precision", "")),
        cast(Form, key.get("form", "")),
    )
    preset, encoder = key.get("preset", ""), key.get("encoder", "")
    return StockEntry(
        preset=preset,
        encoder=encoder,
        engine=candidate.engine,
        precision=candidate.precision,
        form=candidate.form,
        state="damaged" if not cached.whole else "refused" if refused else "ready",
        reason=str(facts.get("reason", "")),
        # The one of words and valence is not chosen: there is no other.
        chosen=not refused
        and (encoder == "words_valence" or (preset, encoder, candidate) in taken),
        error=facts.get("error"),
        share=facts.get("share_of_allowed_error"),
        scores=facts.get("scores_moved_most"),
        ms=facts.get("ms"),
        threads=facts.get("threads"),
        size_mb=round(folder_bytes(cached.folder) / 1e6, 1),
        used=last_used(cached.folder),
        name=cached.folder.name,
    )


@dataclass(slots=True)
class StockKeeper:
    """Builds and checks the engines of a preset.

    Parameters
    ----------
    preset
        Name of the sizes.
    engine
        Which kind.
    precisions
        In which precisions; those that the engine, the recipe or the machine do not know are
        refused in words.
    threads
        For one run.
    text
        Name of other weights for the words.
    """

    preset: str
    engine: EngineName = "openvino"
    precisions: Collection[Precision] = ()
    threads: int = field(default_factory=default_threads)
    text: str | None = None
    _opener: Opener = field(init=False)
    _kit: Kit = field(init=False)
    _valence: ValenceOpening | None = field(init=False)

    def __post_init__(self) -> None:
        sizes = preset_named(self.preset)
        self._kit = kit_named(self.engine)
        branches = find_branches(self.preset, text=self.text)
        options = EngineOptions(self.engine, self.threads)
        tokenizer = open_vocabulary(sizes, branches["text"])
        self._opener = Opener(sizes, branches, options, tokenizer)
        given = (branches["text"], tokenizer, self.engine, self.threads)
        self._valence = valence_beside(self.preset, *given)

    def build(self, encoders: Collection[EncoderName] = BUILT) -> Iterator[StockEntry]:
        """Build, check, time and keep what is not there yet, one by one."""
        for recipe, precision, form in self._wanted(encoders):
            yield self._built(recipe, precision, form, again=False)

    def check(self, encoders: Collection[EncoderName] = BUILT) -> Iterator[StockEntry]:
        """Check and time again what is there and build the rest; note what was found."""
        for recipe, precision, form in self._wanted(encoders):
            yield self._built(recipe, precision, form, again=True)

    def _wanted(
        self, encoders: Collection[EncoderName]
    ) -> Iterator[tuple[Recipe, Precision, Form]]:
        able = PRECISIONS_OF[self.engine]
        for name in encoders:
            # Words and valence are read by OpenVINO, whatever reads the rest.
            if name == "words_valence" and (self._valence is None or self.engine != "openvino"):
                continue
            recipe = self._opener.recipe(name)
            for precision in PRECISIONS:
                asked = precision in self.precisions
                known = precision in able and precision in recipe.allowed_error
                if asked or (known and not self.precisions):
                    for form in self._opener.forms(recipe):
                        yield recipe, precision, form

    def _built(
        self, recipe: Recipe, precision: Precision, form: Form, *, again: bool
    ) -> StockEntry:
        preset = self._opener.preset_of(recipe)
        source: Source
        if recipe.encoder == "words_valence" and self._valence is not None:
            source = self._valence.source()
        else:
            source = self._opener.source(recipe, form)
        refused = StockEntry(preset, recipe.encoder, self.engine, precision, form, "refused")
        try:
            key = allowed_key(self._kit, recipe, source, preset, precision, form)
            before = cache.is_there(key)
            there = cache.find(key) is not None
            engine = open_engine(
                self._kit,
                recipe,
                source,
                preset=preset,
                precision=precision,
                form=form,
                threads=self.threads,
            )
        except EngineRefusedError as refusal:
            return dataclasses.replace(refused, reason=str(refusal))
        folder = cache.find(key)
        try:
            if again and there and folder is not None:
                report, timing = checked(engine, recipe, source, precision)
                facts = report.facts() | {"ms": round(timing.median, 4), "threads": self.threads}
                if report.passed:
                    with contextlib.suppress(FileNotFoundError):  # told below
                        cache.note(folder, facts)
                else:
                    engine.close()
                    folder = refuse(key, report, facts)
        finally:
            engine.close()
        found = next((e for e in stock() if folder is not None and e.name == folder.name), None)
        if found is None:
            raise UserError(f"The cache {cache.engines_cache()} lost an engine: try again.")
        mended = before and not there and not found.reason
        return dataclasses.replace(found, reason=_MENDED) if mended else found
