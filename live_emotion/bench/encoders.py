"""Every encoder on every engine at hand."""

from __future__ import annotations

import contextlib
import functools
import statistics
import time
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.bench.machine import describe_best
from live_emotion.bench.opened import describe_weights, open_encoders, require_branches
from live_emotion.bench.operations import best_ms, count_encoder
from live_emotion.bench.timing import race
from live_emotion.core.errors import UserError
from live_emotion.models.presets import preset_named
from live_emotion.runtime.check import draw_inputs
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import ENCODERS, EncoderName, EngineChoice
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.weights import text_sizes

# What one call of each takes in the program: a face (and its mirror image), a piece, a line of
# words, a camera's picture.
_SIZES: Final[dict[str, int]] = {"n": 1, "length": 16, "height": 288, "width": 384}
_OPENINGS: Final = 5
_ENGINES: Final[tuple[EngineChoice, ...]] = ("torch", "openvino")


def bench_encoders(preset: str, engine: EngineChoice = "auto", repeat: int = 30) -> dict[str, Any]:
    """Time one call of each encoder on PyTorch, on OpenVINO, and on what `engine` picks.

    Raises
    ------
    UserError
        If the preset or the engine is unknown, or a fallback would be measured.
    """
    require_branches(preset)
    with contextlib.ExitStack() as opened:
        wanted = dict.fromkeys((*_ENGINES, engine))
        sets = {}
        for choice in wanted:
            try:
                sets[choice] = opened.enter_context(open_encoders(preset, choice))
            except UserError:
                # The engine that was asked for must be there; the others are for comparison.
                if choice == engine:
                    raise
        best = describe_best()
        rows = []
        for name in ENCODERS:
            inputs = _inputs(name, sets[engine])
            counted = count_encoder(preset, name, inputs)
            counted["best_ms"] = best_ms(counted, best)
            rows += [row | counted for row in _rows(name, sets, engine, inputs, repeat)]
        return {
            "bench": "encoders",
            "preset": preset,
            "encoders": rows,
            "best": best,
            "open_from_cache_s": _open_from_cache_s(preset, engine),
            "weights": describe_weights(sets[engine]),
        }


def _open_from_cache_s(preset: str, engine: EngineChoice) -> float:
    """Return the median of the seconds it takes to open all encoders, weights checked."""
    taken = []
    for _ in range(_OPENINGS):
        began = time.perf_counter()
        with EncoderSet.open(preset, engine):
            taken.append(time.perf_counter() - began)
    return round(statistics.median(taken), 3)


def _rows(
    name: EncoderName,
    sets: Mapping[EngineChoice, EncoderSet],
    chosen: EngineChoice,
    inputs: Mapping[str, NDArray[Any]],
    repeat: int,
) -> list[dict[str, Any]]:
    """Race an encoder's engines; the same one opened twice runs once."""
    running = {}
    for choice, encoders in sets.items():
        info = encoders.engines[name].info
        label = " ".join(part for part in (info.name, info.precision, info.form) if part)
        if label not in running or choice == chosen:
            running[label] = (choice, encoders.engines[name])
    timings = race(
        {label: functools.partial(opened.run, inputs) for label, (_, opened) in running.items()},
        repeat=repeat,
    )
    default = next(label for label, (choice, _) in running.items() if choice == chosen)
    rows = []
    for label, (_, opened) in running.items():
        against = timings.times_less(default, label)
        rows.append(
            {
                "encoder": name,
                "engine": opened.info.name,
                "precision": opened.info.precision,
                "form": opened.info.form,
                "chosen": label == default,
                **timings.row(label),
                "chosen_times_less": round(against.value, 3),
                "chosen_times_less_interval": against.rounded(),
            }
        )
    return rows


def _inputs(name: EncoderName, encoders: EncoderSet) -> dict[str, NDArray[Any]]:
    recipe = load_recipe(name)
    sizes = {dim: _SIZES.get(dim, recipe.dims[dim].check[0]) for dim in recipe.dims}
    if name == "vision_face":
        sizes["n"] = preset_named(encoders.preset).face_views
    text = text_sizes(preset_named(encoders.preset), encoders.branches["text"])
    return draw_inputs(recipe, sizes, {"vocabulary": text.vocabulary}, np.random.default_rng(0))
