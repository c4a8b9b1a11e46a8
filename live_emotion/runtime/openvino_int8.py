"""Quantise a network to 8 bits after training, calibrated on real input.

Weights of convolutions and matrix products are rounded to 255 steps around zero, each output
channel by its own largest value; what goes into them to 256 steps, by the range that real input
gave it (Jacob et al., Quantization and Training of Neural Networks for Efficient
Integer-Arithmetic-Only Inference, CVPR 2018; Krishnamoorthi, arXiv 1806.08342). OpenVINO's
``FakeQuantize`` says so in the network, and its CPU plugin then computes these layers in integers.
Everything else stays in float32. The range is narrowed where that makes the mean squared error of
rounding smaller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.check import Limits, checked_sizes, draw_inputs
from live_emotion.runtime.engine import Arrays
from live_emotion.runtime.openvino_library import compile_options, core, openvino
from live_emotion.runtime.recipe import Recipe
from live_emotion.runtime.sources import Source

_QUANTISED: Final = ("Convolution", "MatMul")
_SHARES: Final = (1.0, 0.99, 0.97, 0.94, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
_MOST_VALUES: Final = 20_000  # of one activation and one input that are looked at
_MOST_INPUTS: Final = 48


def quantise(path: Path, recipe: Recipe, source: Source) -> None:
    """Replace a network's file ``path`` (.xml, .bin beside it) by its quantised form."""
    network = core().read_model(str(path))
    layers = _layers(network, recipe.unquantised)
    samples = _observe(network, layers, recipe, calibration_inputs(recipe, source))
    for layer, values in zip(layers, samples, strict=True):
        _quantise_activation(layer, *activation_range(values))
        _quantise_weights(layer)
    network.validate_nodes_and_infer_types()
    for old in (path, path.with_suffix(".bin")):
        old.unlink()  # may be shared with the float32 engine, so it must not be written over
    openvino().save_model(network, str(path), compress_to_fp16=False)


def calibration_inputs(recipe: Recipe, source: Source) -> list[Arrays]:
    """Return real input, or random input where there is none."""
    judge = source.judge
    real = list(judge.inputs()) if judge is not None else []
    if real:
        return real[:: max(1, len(real) // _MOST_INPUTS)]
    return _random_inputs(recipe, source.limits)


def activation_range(values: NDArray[np.float32]) -> tuple[float, float]:
    """Return the lowest and the highest value that 256 steps should cover.

    Values that are never negative get steps from zero on, others get steps around zero. Of the
    range's shares from the whole to a half the one with the least mean squared error is taken.
    """
    most = float(np.abs(values).max(initial=0.0)) or 1.0
    signed = bool(values.min(initial=0.0) < 0.0)
    best, least = most, np.inf
    for share in _SHARES:
        high = most * share
        step = high / (127.0 if signed else 255.0)
        steps = np.clip(np.round(values / step), -128.0 if signed else 0.0, 127 if signed else 255)
        error = float(np.mean((steps * step - values) ** 2))
        if error < least:
            best, least = high, error
    return (-best * 128.0 / 127.0 if signed else 0.0), best


def _random_inputs(recipe: Recipe, limits: Limits) -> list[Arrays]:
    rng = np.random.default_rng(8)
    return [draw_inputs(recipe, sizes, limits, rng) for sizes in checked_sizes(recipe)]


def _layers(network: Any, unquantised: Sequence[str]) -> list[Any]:
    """Return the layers to quantise: those with constant weights, but the excepted ones."""
    found = [
        node
        for node in network.get_ordered_ops()
        if node.get_type_name() in _QUANTISED and constant_behind(node.input_value(1)) is not None
    ]
    ends = {"first": found[:1], "last": found[-1:]}
    spared = [node for name in unquantised for node in ends[name]]
    return [node for node in found if node not in spared]


def constant_behind(output: Any) -> NDArray[Any] | None:
    """Return the numbers behind an output if they are constant, else None."""
    node = output.get_node()
    return node.data if node.get_type_name() == "Constant" else None


def _observe(
    network: Any, layers: Sequence[Any], recipe: Recipe, inputs: Sequence[Arrays]
) -> list[NDArray[np.float32]]:
    """Return values that go into each layer, drawn from all inputs."""
    ov = openvino()
    watched = [layer.input_value(0) for layer in layers]
    results = [ov.opset13.result(output) for output in watched]
    spy = ov.Model(results, network.get_parameters(), "spy")
    compiled = core().compile_model(spy, "CPU", compile_options("float32", 1))
    rng = np.random.default_rng(5)
    seen: list[list[NDArray[np.float32]]] = [[] for _ in layers]
    for given in inputs:
        found = compiled([np.ascontiguousarray(given[spec.name]) for spec in recipe.inputs])
        for k in range(len(layers)):
            values = np.asarray(found[compiled.output(k)]).ravel()
            extremes = values[[values.argmin(), values.argmax()]]
            if len(values) > _MOST_VALUES:
                values = rng.choice(values, _MOST_VALUES, replace=False)
            seen[k].append(np.concatenate((values, extremes)).astype(np.float32))
    return [np.concatenate(values) for values in seen]


def _quantise_activation(layer: Any, low: float, high: float) -> None:
    ov = openvino()
    bounds = [np.array(v, np.float32) for v in (low, high, low, high)]
    quantised = ov.opset13.fake_quantize(layer.input_value(0), *bounds, levels=256)
    layer.input(0).replace_source_output(quantised.output(0))


def _quantise_weights(layer: Any) -> None:
    ov = openvino()
    weights = constant_behind(layer.input_value(1))
    assert weights is not None
    axes = _summed_axes(layer, weights.ndim)
    most = np.abs(weights).max(axis=axes, keepdims=True).astype(np.float32)
    most = np.where(most > 0, most, np.float32(1))
    quantised = ov.opset13.fake_quantize(layer.input_value(1), -most, most, -most, most, levels=255)
    layer.input(1).replace_source_output(quantised.output(0))


def _summed_axes(layer: Any, ndim: int) -> tuple[int, ...]:
    """Return the weights' axes that are summed over, so that the others keep their own range."""
    if layer.get_type_name() == "Convolution":
        return tuple(range(1, ndim))
    attributes: Mapping[str, Any] = layer.get_attributes()
    return (ndim - 1,) if attributes["transpose_b"] else (ndim - 2,)
