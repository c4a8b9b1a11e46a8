"""Keep a network's large matrices in 8 bits; all arithmetic stays in float32.

A sound encoder of the published size reads 197 MB of weights for one mel piece and multiplies each
of them by 16 rows or fewer, so it waits for memory. In 8 bits it reads a quarter. Inputs are not
rounded: that is what loses accuracy. Matrices are rounded for inputs as they come, see
`live_emotion.runtime.rounding`, and OpenVINO's CPU plugin turns them back part by part while it
multiplies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.check import draw_inputs
from live_emotion.runtime.engine import Arrays
from live_emotion.runtime.openvino_int8 import constant_behind
from live_emotion.runtime.openvino_library import compile_options, core, default_threads, openvino
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.rounding import (
    Matrix,
    propagation,
    round_for_inputs,
    round_plainly,
    scales_of,
)
from live_emotion.runtime.sources import Source

# Smaller matrices are not worth the turning back.
_LEAST_NUMBERS: Final = 16_384
# Wider inputs would need gigabytes to be known in pairs; their weights go to the nearest step.
_WIDEST: Final = 4096
_RANDOM_INPUTS: Final = 48
_AT_ONCE: Final = 4  # of all of them, what goes into every layer lies in memory
# Of the real inputs every second one is left to the check, to be met for the first time.
_EVERY: Final = 2


def quantise_weights(path: Path, recipe: Recipe, source: Source) -> None:
    """Replace a network's file ``path`` (.xml, .bin beside it) by one with weights in 8 bits.

    Raises
    ------
    ValueError
        If most of the network's numbers lie in layers that are not matrix products.
    """
    network = core().read_model(str(path))
    layers = [n for n in network.get_ordered_ops() if _is_large(n)]
    constants = (n for n in network.get_ordered_ops() if n.get_type_name() == "Constant")
    if 2 * sum(_weights(n).size for n in layers) < sum(n.data.size for n in constants):
        raise ValueError("too few of its weights are in matrices")
    grams = _grams(network, layers, recipe, _inputs(recipe, source))
    for key in {_key(layer) for layer in layers}:
        gram = grams.pop(key, None)
        follows = None if gram is None else propagation(gram)
        for layer in layers:
            if _key(layer) == key:
                _compress(layer, follows)
    network.validate_nodes_and_infer_types()
    for old in (path, path.with_suffix(".bin")):
        old.unlink()  # may be shared with the float32 engine, so it must not be written over
    openvino().save_model(network, str(path), compress_to_fp16=False)


def _is_large(node: Any) -> bool:
    if node.get_type_name() != "MatMul" or not node.get_attributes()["transpose_b"]:
        return False
    weights = constant_behind(node.input_value(1))
    return weights is not None and weights.ndim == 2 and weights.size >= _LEAST_NUMBERS


def _weights(layer: Any) -> NDArray[np.float32]:
    weights = constant_behind(layer.input_value(1))
    assert weights is not None
    return weights


def _inputs(recipe: Recipe, source: Source) -> Iterator[Arrays]:
    """Yield random inputs, and half of the real ones where there are any, a few at a time."""
    rng = np.random.default_rng(8)
    sizes = {name: min(dim.max, max(dim.min, _AT_ONCE)) for name, dim in recipe.dims.items()}
    for _ in range(_RANDOM_INPUTS // _AT_ONCE):
        yield draw_inputs(recipe, sizes, source.limits, rng)
    judge = source.judge
    for given in judge.inputs() if judge is not None and judge.comparable else ():
        count = len(given[recipe.inputs[0].name])
        for k in range(0, count, _EVERY * _AT_ONCE):
            yield {name: x[k : k + _EVERY * _AT_ONCE : _EVERY] for name, x in given.items()}


def _key(layer: Any) -> str:
    """Return the name of what goes into a layer; several layers may take the same."""
    output = layer.input_value(0)
    return f"{output.get_node().get_friendly_name()}:{output.get_index()}"


def _grams(
    network: Any, layers: Sequence[Any], recipe: Recipe, inputs: Iterable[Arrays]
) -> dict[str, Matrix]:
    """Return by `_key` how inputs go together; those that are too wide are left out."""
    ov = openvino()
    watched = {
        _key(layer): layer.input_value(0) for layer in layers if _weights(layer).shape[1] <= _WIDEST
    }
    results = [ov.opset13.result(output) for output in watched.values()]
    spy = ov.Model(results, network.get_parameters(), "spy")
    compiled = core().compile_model(spy, "CPU", compile_options("float32", default_threads()))
    grams: dict[str, Matrix] = {}
    for given in inputs:
        found = compiled([np.ascontiguousarray(given[spec.name]) for spec in recipe.inputs])
        for k, key in enumerate(watched):
            rows = np.asarray(found[compiled.output(k)])
            rows = rows.reshape(-1, rows.shape[-1])
            product = (rows.T @ rows).astype(np.float64)
            grams[key] = product + grams[key] if key in grams else product
    return grams


def _compress(layer: Any, follows: Matrix | None) -> None:
    ops = openvino().opset13
    weights = _weights(layer)
    scales = scales_of(weights)
    if follows is None:
        codes = round_plainly(weights, scales)
    else:
        codes = round_for_inputs(weights, scales, follows)
    turned_back = ops.multiply(ops.convert(ops.constant(codes), "f32"), ops.constant(scales))
    layer.input(1).replace_source_output(turned_back.output(0))
