"""Build an engine once, check it, keep it; open it from the cache from then on."""

from __future__ import annotations

import logging
import shutil
import time
from pathlib import Path
from typing import Final

from live_emotion.runtime import cache
from live_emotion.runtime.check import check_engine
from live_emotion.runtime.compiled import CompiledFolder
from live_emotion.runtime.cpu import cpu_features, cpu_name
from live_emotion.runtime.engine import Form, Precision
from live_emotion.runtime.openvino_engine import OpenVinoEngine
from live_emotion.runtime.openvino_library import library_version, supports
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import Source

_log = logging.getLogger(__name__)

ENGINE_FILE: Final = "engine.xml"
REFUSED_FILE: Final = "refused.txt"


class EngineRefusedError(Exception):
    """An engine that must not be used; the text says why in a few words."""


def openvino_key(
    recipe: Recipe, source: Source, preset: str, precision: Precision, form: Form
) -> cache.EngineKey:
    """Return the key of an OpenVINO engine on this machine."""
    return cache.EngineKey(
        encoder=recipe.encoder,
        engine="openvino",
        preset=preset,
        precision=precision,
        form=form,
        weights=source.weights,
        network=source.network,
        recipe=recipe.sha256,
        library=f"openvino {library_version()}, {source.library}",
        device=", ".join(("CPU", cpu_name(), *cpu_features())),
    )


def open_openvino(
    recipe: Recipe,
    source: Source,
    *,
    preset: str,
    precision: Precision,
    form: Form,
    threads: int,
) -> OpenVinoEngine:
    """Open an engine from the cache, or build, check and keep it first.

    Raises
    ------
    EngineRefusedError
        If it is off by more than its recipe allows, now or when it was first built, or if the
        processor or the recipe does not know the precision.
    """
    if precision not in recipe.allowed_error:
        raise EngineRefusedError(f"its recipe does not allow {precision}")
    if not supports(precision):
        raise EngineRefusedError(f"this processor has no {precision}")
    key = openvino_key(recipe, source, preset, precision, form)
    folder = cache.find(key)
    if folder is not None:
        try:
            return _open(folder, recipe, precision, form, threads)
        except RuntimeError:
            _log.exception("cached engine %s does not load and is built anew", folder)
            shutil.rmtree(folder, ignore_errors=True)
    return _open(
        _build(recipe, source, key, precision, form, threads), recipe, precision, form, threads
    )


def _open(
    folder: Path, recipe: Recipe, precision: Precision, form: Form, threads: int
) -> OpenVinoEngine:
    refusal = folder / REFUSED_FILE
    if refusal.exists():
        raise EngineRefusedError(refusal.read_text())
    compiled = CompiledFolder(folder / cache.COMPILED)
    return OpenVinoEngine(folder / ENGINE_FILE, recipe, precision, form, threads, compiled)


def _build(
    recipe: Recipe,
    source: Source,
    key: cache.EngineKey,
    precision: Precision,
    form: Form,
    threads: int,
) -> Path:
    """Return the folder of a new engine, which may hold nothing but its refusal."""
    _log.info("building %s", key.folder_name)
    started = time.perf_counter()
    with cache.new_folder(key) as folder:
        source.convert(recipe, folder / ENGINE_FILE)
        engine = OpenVinoEngine(folder / ENGINE_FILE, recipe, precision, form, threads)
        reference = source.reference(recipe)
        report = check_engine(
            engine, reference, recipe, recipe.allowed_error[precision], source.limits
        )
        engine.close()
        reference.close()
        _log.info("%s: %s", key.folder_name, report)
        if not report.passed:
            for path in folder.iterdir():
                path.unlink()
            (folder / REFUSED_FILE).write_text(str(report))
        facts = {
            "error": report.error,
            "share_of_allowed_error": report.share,
            "refused": not report.passed,
            "build_s": round(time.perf_counter() - started, 3),
        }
        return cache.keep(folder, key, facts)
