"""Builds and opens OpenVINO engines."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from live_emotion.runtime.cache import COMPILED
from live_emotion.runtime.compiled import CompiledFolder
from live_emotion.runtime.cpu import cpu_features, cpu_name
from live_emotion.runtime.engine import Engine, EngineName, Form, Precision
from live_emotion.runtime.openvino_engine import OpenVinoEngine
from live_emotion.runtime.openvino_library import library_version, supports
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import Source

ENGINE_FILE: Final = "engine.xml"
_BESIDE: Final = "engine.bin"


class OpenVinoKit:
    """Networks in OpenVINO's own file, compiled for this processor when they are opened."""

    name: EngineName = "openvino"

    def refusal(self, recipe: Recipe, precision: Precision) -> str:
        """Return why not: the processor lacks instructions for the precision."""
        return "" if supports(precision) else f"this processor has no {precision}"

    def library(self) -> str:
        """Return OpenVINO's version."""
        return f"openvino {library_version()}"

    def device(self) -> str:
        """Return the processor and its instruction sets."""
        return ", ".join(("CPU", cpu_name(), *cpu_features()))

    def build(
        self,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        folder: Path,
        exact: Path | None,
    ) -> None:
        """Write the network in float32; in int8, quantised on real input as its recipe says."""
        target = folder / ENGINE_FILE
        if exact is not None and (exact / ENGINE_FILE).exists():
            for name in (ENGINE_FILE, _BESIDE):
                _share(exact / name, folder / name)
        else:
            source.convert(recipe, target)
        if precision == "int8" and recipe.int8 == "weights":
            from live_emotion.runtime.openvino_weights8 import quantise_weights

            quantise_weights(target, recipe, source)
        elif precision == "int8":
            from live_emotion.runtime.openvino_int8 import quantise

            quantise(target, recipe, source)

    def open(
        self,
        folder: Path,
        recipe: Recipe,
        source: Source,
        precision: Precision,
        form: Form,
        threads: int,
        *,
        keep: bool,
    ) -> Engine:
        """Compile the network, or take what OpenVINO compiled before."""
        compiled = CompiledFolder(folder / COMPILED) if keep else None
        return OpenVinoEngine(folder / ENGINE_FILE, recipe, precision, form, threads, compiled)


def _share(source: Path, target: Path) -> None:
    """Put a file into place by a hard link, which costs no room, or by copying."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
