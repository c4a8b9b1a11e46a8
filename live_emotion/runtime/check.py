"""Check an engine against PyTorch in float32 on random input drawn as its recipe says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.engine import Engine
from live_emotion.runtime.recipe import AllowedError, Recipe, TensorSpec

Limits = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """How far an engine was off.

    Attributes
    ----------
    error
        Largest absolute difference over all outputs and draws; infinite when an output was not
        finite or had another shape.
    share
        Largest ratio of a difference to what its recipe allows; above 1 the engine is refused.
    output
        Name of the output with that ratio.
    """

    error: float
    share: float
    output: str

    @property
    def passed(self) -> bool:
        """Whether every output stayed within the recipe."""
        return self.share <= 1.0

    def __str__(self) -> str:
        return f"off by {self.error:.2g} in {self.output}, {self.share:.2g} of what is allowed"


def draw_inputs(
    recipe: Recipe, sizes: Mapping[str, int], limits: Limits, rng: np.random.Generator
) -> dict[str, NDArray[Any]]:
    """Draw random inputs.

    Parameters
    ----------
    sizes
        A size for each dimension of the recipe that varies.
    limits
        Numbers that depend on the preset, such as ``{"vocabulary": 30000}``.
    """
    return {spec.name: _draw(spec, sizes, limits, rng) for spec in recipe.inputs}


def checked_sizes(recipe: Recipe) -> Iterator[dict[str, int]]:
    """Yield the sizes to check: the first of every dimension, then the second, and so on."""
    rounds = max((len(dim.check) for dim in recipe.dims.values()), default=1)
    for k in range(rounds):
        yield {name: dim.check[k % len(dim.check)] for name, dim in recipe.dims.items()}


def check_engine(
    engine: Engine,
    reference: Engine,
    recipe: Recipe,
    allowed: AllowedError,
    limits: Limits,
    *,
    draws: int = 3,
) -> ErrorReport:
    """Run both on the same random input, `draws` times at every checked size, and compare."""
    rng = np.random.default_rng(20250)
    worst = ErrorReport(0.0, 0.0, recipe.outputs[0].name)
    for sizes in checked_sizes(recipe):
        for _ in range(draws):
            inputs = draw_inputs(recipe, sizes, limits, rng)
            got, wanted = engine.run(inputs), reference.run(inputs)
            for spec in recipe.outputs:
                report = compare(spec.name, got[spec.name], wanted[spec.name], allowed)
                if report.share > worst.share:
                    worst = report
    return worst


def compare(
    name: str, got: NDArray[Any], wanted: NDArray[Any], allowed: AllowedError
) -> ErrorReport:
    """Compare one output with its reference."""
    if got.shape != wanted.shape or not np.isfinite(got).all():
        return ErrorReport(float("inf"), float("inf"), name)
    error = float(np.abs(got.astype(np.float64) - wanted).max(initial=0.0))
    bound = allowed.absolute + allowed.relative * float(np.abs(wanted).max(initial=0.0))
    if error <= bound:
        return ErrorReport(error, error / bound if bound > 0 else 0.0, name)
    return ErrorReport(error, error / bound if bound > 0 else float("inf"), name)


def _draw(
    spec: TensorSpec, sizes: Mapping[str, int], limits: Limits, rng: np.random.Generator
) -> NDArray[Any]:
    shape = tuple(sizes[part] if isinstance(part, str) else part for part in spec.shape)
    values = spec.values
    match values["kind"]:
        case "uniform":
            return rng.uniform(values["low"], values["high"], shape).astype(spec.dtype)
        case "normal":
            return rng.normal(values["mean"], values["deviation"], shape).astype(spec.dtype)
        case "integers":
            high = values["high"]
            return rng.integers(values["low"], limits.get(high, high), shape).astype(spec.dtype)
        case "some":
            mask = rng.random(shape) < 0.6
            mask[..., rng.integers(shape[-1])] = True
            return mask.astype(spec.dtype)
        case _:  # "prefix"
            return (np.arange(shape[-1]) < rng.integers(1, shape[-1] + 1, (*shape[:-1], 1))).astype(
                spec.dtype
            )
