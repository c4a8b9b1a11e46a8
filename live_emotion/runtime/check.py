"""Check an engine against PyTorch in float32: on random input, on real input, by its scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.engine import Arrays, Engine, Precision
from live_emotion.runtime.recalling import Recalling
from live_emotion.runtime.recipe import AllowedError, AllowedScores, Recipe, TensorSpec

if TYPE_CHECKING:
    from live_emotion.runtime.judging import Judge

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


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What a check found.

    Attributes
    ----------
    random
        On random input.
    real
        On real input; None where there is none.
    moved_most, moved_mean
        How far probabilities move, judged on real input: the one that moves most, and on average;
        None where nothing could be scored. See `live_emotion.runtime.judging`.
    allowed_scores
        What the recipe allows of that; None for no limit.
    """

    random: ErrorReport
    real: ErrorReport | None = None
    moved_most: float | None = None
    moved_mean: float | None = None
    allowed_scores: AllowedScores | None = None

    @property
    def worst(self) -> ErrorReport:
        """The error that came nearest to what is allowed, or passed it furthest."""
        real = self.real
        return real if real is not None and real.share > self.random.share else self.random

    @property
    def share(self) -> float:
        """Largest ratio of anything found to what is allowed; above 1 the engine is refused."""
        shares = [self.worst.share]
        if self.allowed_scores is not None:
            limits = self.allowed_scores.largest, self.allowed_scores.mean
            for found, limit in zip((self.moved_most, self.moved_mean), limits, strict=True):
                if found is not None:
                    shares.append(found / limit if limit > 0 else (np.inf if found > 0 else 0.0))
        return float(max(shares))

    @property
    def passed(self) -> bool:
        """Whether everything stayed within the recipe."""
        return self.share <= 1.0

    def __str__(self) -> str:
        if self.share > self.worst.share:
            return f"scores off by up to {self.moved_most:.2g}, by {self.moved_mean:.2g} on average"
        return str(self.worst)

    def facts(self) -> dict[str, Any]:
        """Return what is noted beside an engine."""
        return {
            "error": self.worst.error,
            "share_of_allowed_error": self.share,
            "error_real": None if self.real is None else self.real.error,
            "scores_moved_most": self.moved_most,
            "scores_moved_mean": self.moved_mean,
            "refused": not self.passed,
            "reason": "" if self.passed else str(self),
        }


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
    drawn = [
        draw_inputs(recipe, sizes, limits, rng)
        for sizes in checked_sizes(recipe)
        for _ in range(draws)
    ]
    return compare_on(engine, reference, recipe, allowed, drawn)


def full_check(
    engine: Engine,
    reference: Engine,
    recipe: Recipe,
    precision: Precision,
    limits: Limits,
    judge: Judge | None,
) -> CheckReport:
    """Check an engine on random and on real input, and by what it does to the scores."""
    engine, reference = Recalling.of(engine), Recalling.of(reference)
    allowed = recipe.allowed_error[precision]
    random = check_engine(engine, reference, recipe, allowed, limits)
    if judge is None:
        return CheckReport(random)
    inputs = judge.inputs() if judge.comparable else ()
    real = compare_on(engine, reference, recipe, allowed, inputs) if inputs else None
    got, wanted = judge.scores(engine), judge.scores(reference)
    if not wanted.size:
        return CheckReport(random, real)
    moved = np.abs(got.astype(np.float64) - wanted) if got.shape == wanted.shape else np.inf
    moved = np.nan_to_num(np.asarray(moved), nan=np.inf)
    return CheckReport(
        random,
        real,
        float(moved.max()),
        float(moved.mean()),
        recipe.allowed_scores.get(precision),
    )


def compare_on(
    engine: Engine,
    reference: Engine,
    recipe: Recipe,
    allowed: AllowedError,
    inputs: Sequence[Arrays],
) -> ErrorReport:
    """Run both on the same inputs and return the worst comparison."""
    worst = ErrorReport(0.0, 0.0, recipe.outputs[0].name)
    for given in inputs:
        got, wanted = engine.run(given), reference.run(given)
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
