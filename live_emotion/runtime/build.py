"""Build an engine once, check it, time it, keep it; open it from the cache from then on."""

from __future__ import annotations

import dataclasses
import logging
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from live_emotion.core.errors import UserError
from live_emotion.runtime import cache
from live_emotion.runtime.check import CheckReport, full_check
from live_emotion.runtime.engine import Engine, Form, Precision
from live_emotion.runtime.kit import Kit
from live_emotion.runtime.news import tell
from live_emotion.runtime.openvino_kit import OpenVinoKit
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.room import lacks_room, no_room
from live_emotion.runtime.sources import Source
from live_emotion.runtime.timing import Timing, time_engines, typical_inputs

_log = logging.getLogger(__name__)

REFUSED_FILE: Final = "refused.txt"


class EngineRefusedError(Exception):
    """An engine that must not be used; the text says why in a few words."""


def engine_key(
    kit: Kit, recipe: Recipe, source: Source, preset: str, precision: Precision, form: Form
) -> cache.EngineKey:
    """Return the key of an engine on this machine."""
    return cache.EngineKey(
        encoder=recipe.encoder,
        engine=kit.name,
        preset=preset,
        precision=precision,
        form=form,
        weights=source.weights,
        network=source.network,
        recipe=recipe.sha256,
        library=f"{kit.library()}, {source.library}",
        device=kit.device(),
    )


def openvino_key(
    recipe: Recipe, source: Source, preset: str, precision: Precision, form: Form
) -> cache.EngineKey:
    """Return the key of an OpenVINO engine on this machine."""
    return engine_key(OpenVinoKit(), recipe, source, preset, precision, form)


def open_openvino(
    recipe: Recipe,
    source: Source,
    *,
    preset: str,
    precision: Precision,
    form: Form,
    threads: int,
) -> Engine:
    """Open an OpenVINO engine, see `open_engine`."""
    return open_engine(
        OpenVinoKit(),
        recipe,
        source,
        preset=preset,
        precision=precision,
        form=form,
        threads=threads,
    )


def open_engine(
    kit: Kit,
    recipe: Recipe,
    source: Source,
    *,
    preset: str,
    precision: Precision,
    form: Form,
    threads: int,
) -> Engine:
    """Open an engine from the cache, or build, check and keep it first.

    Raises
    ------
    EngineRefusedError
        If it is off by more than its recipe allows, now or when it was first built, if the
        machine or the recipe does not know the precision, or if it cannot be built.
    UserError
        If the disk has no room for it.
    """
    given = (kit, recipe, source)
    ready = open_cached(*given, preset=preset, precision=precision, form=form, threads=threads)
    if ready is not None:
        return ready
    key = allowed_key(*given, preset, precision, form)
    folder = _build(*given, key, precision, form, threads)
    return _opened(folder, *given, precision, form, threads)


def open_cached(
    kit: Kit,
    recipe: Recipe,
    source: Source,
    *,
    preset: str,
    precision: Precision,
    form: Form,
    threads: int,
) -> Engine | None:
    """Open an engine from the cache; None where it is not there, or was damaged.

    Raises
    ------
    EngineRefusedError
        As `open_engine`, but for what only building can tell.
    """
    folder = cache.find(allowed_key(kit, recipe, source, preset, precision, form))
    if folder is None:
        return None
    try:
        return _opened(folder, kit, recipe, source, precision, form, threads)
    except RuntimeError:
        _log.exception("cached engine %s does not load and is built anew", folder)
        shutil.rmtree(folder, ignore_errors=True)
        return None


def _opened(
    folder: Path,
    kit: Kit,
    recipe: Recipe,
    source: Source,
    precision: Precision,
    form: Form,
    threads: int,
) -> Engine:
    refusal = folder / REFUSED_FILE
    if refusal.exists():
        raise EngineRefusedError(refusal.read_text())
    return kit.open(folder, recipe, source, precision, form, threads, keep=True)


def allowed_key(
    kit: Kit, recipe: Recipe, source: Source, preset: str, precision: Precision, form: Form
) -> cache.EngineKey:
    """Return the key of an engine that recipe and machine allow.

    Raises
    ------
    EngineRefusedError
        If they do not.
    """
    if precision not in recipe.allowed_error:
        raise EngineRefusedError(f"its recipe does not allow {precision}")
    if refusal := kit.refusal(recipe, precision):
        raise EngineRefusedError(refusal)
    return engine_key(kit, recipe, source, preset, precision, form)


def checked(
    engine: Engine, recipe: Recipe, source: Source, precision: Precision
) -> tuple[CheckReport, Timing]:
    """Check an open engine, and time it on input of typical size."""
    reference = source.reference(recipe)
    try:
        report = full_check(engine, reference, recipe, precision, source.limits, source.judge)
    finally:
        reference.close()
    (timing,) = time_engines([engine], typical_inputs(recipe, source.limits))
    return report, timing


def _build(
    kit: Kit,
    recipe: Recipe,
    source: Source,
    key: cache.EngineKey,
    precision: Precision,
    form: Form,
    threads: int,
) -> Path:
    """Return the folder of a new engine, which may hold nothing but its refusal."""
    what = " ".join(part for part in (recipe.encoder, kit.name, precision, form) if part)
    tell(f"building {what}")
    started = time.perf_counter()
    exact = None
    if precision != "float32":
        exact = cache.find(dataclasses.replace(key, precision="float32"))
    with cache.new_folder(key) as folder:
        try:
            kit.build(recipe, source, precision, folder, exact)
            engine = kit.open(folder, recipe, source, precision, form, threads, keep=False)
            report, timing = checked(engine, recipe, source, precision)
            engine.close()
        except (UserError, OSError, MemoryError):
            raise
        except Exception as error:  # whatever a compiler raises, another engine may still run
            if lacks_room(folder, error):
                raise no_room(cache.engines_cache()) from error
            _log.exception("%s could not be built", what)
            said = " ".join(str(error).split())[:120] or type(error).__name__
            raise EngineRefusedError(f"it could not be built: {said}") from error
        _log.info("%s: %s; %.2f ms", key.folder_name, report, timing.median)
        facts = report.facts() | {
            "ms": round(timing.median, 4),
            "least_ms": round(timing.least, 4),
            "threads": threads,
            "build_s": round(time.perf_counter() - started, 3),
        }
        if report.passed:
            return cache.keep(folder, key, facts)
    return refuse(key, report, facts)


def refuse(key: cache.EngineKey, report: CheckReport, facts: Mapping[str, Any]) -> Path:
    """Put a note of why it is refused in an engine's place, and return its folder."""
    shutil.rmtree(cache.engines_cache() / key.folder_name, ignore_errors=True)
    with cache.new_folder(key) as folder:
        (folder / REFUSED_FILE).write_text(str(report))
        return cache.keep(folder, key, facts)
