"""Time engines fairly: in turns, so that whatever else the machine does hits all of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from live_emotion.runtime.check import Limits, draw_inputs
from live_emotion.runtime.engine import Arrays, Engine
from live_emotion.runtime.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one run: the median, and the least, which other programs disturb least."""

    median: float
    least: float


def typical_inputs(recipe: Recipe, limits: Limits) -> Arrays:
    """Return random input of the size that the program mostly runs."""
    sizes = {dim.name: dim.typical for dim in recipe.dims.values()}
    return draw_inputs(recipe, sizes, limits, np.random.default_rng(3))


def time_engines(
    engines: Sequence[Engine],
    inputs: Arrays,
    *,
    seconds: float = 0.25,
    warm_up: int = 3,
    fewest: int = 8,
    most: int = 100,
) -> list[Timing]:
    """Return how long one run of each engine takes.

    Parameters
    ----------
    inputs
        One input for all.
    seconds
        Time to spend on each.
    warm_up
        Runs of each that are not timed.
    fewest, most
        Runs of each, however slow or fast it is.
    """
    taken: list[list[float]] = [[] for _ in engines]
    for engine in engines:
        for _ in range(warm_up):
            engine.run(inputs)
    while True:
        hungry = [
            k
            for k, times in enumerate(taken)
            if len(times) < fewest or (sum(times) < seconds and len(times) < most)
        ]
        if not hungry:
            break
        for k in hungry:
            began = time.perf_counter()
            engines[k].run(inputs)
            taken[k].append(time.perf_counter() - began)
    return [Timing(float(np.median(t)) * 1e3, min(t) * 1e3) for t in taken]
