"""Operations and bytes of each encoder: what a perfect program could not do without."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from live_emotion.models.presets import preset_named
from live_emotion.perception.faces.weights import centerface_path
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.networks import Networks
from live_emotion.runtime.openvino_library import core
from live_emotion.runtime.recipe_file import load_recipe
from live_emotion.runtime.weights import find_branches

_FLOAT: Final = 4


def count_encoder(
    preset: str, encoder: EncoderName, inputs: dict[str, NDArray[Any]]
) -> dict[str, float]:
    """Count one call of an encoder, as it was trained, in float32.

    Parameters
    ----------
    inputs
        What the call takes, by the names in the recipe.

    Returns
    -------
    dict
        ``mmac``: millions of multiply-adds; ``weights_mb`` and ``outputs_mb``: megabytes (10**6)
        of weights read, and of what the layers write. The face finder's layers are those of its
        file, the others' those of PyTorch.
    """
    if encoder == "face_finder":
        return _count_onnx(inputs)
    return _count_module(preset, encoder, inputs)


def _count_module(
    preset: str, encoder: EncoderName, inputs: dict[str, NDArray[Any]]
) -> dict[str, float]:
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    recipe = load_recipe(encoder)
    assert recipe.branch is not None
    networks = Networks(preset_named(preset), find_branches(preset))
    module = networks.module(encoder, recipe.branch, recipe.forms[0])
    written = 0

    def add(layer: object, arguments: object, output: object) -> None:
        nonlocal written
        if isinstance(output, torch.Tensor):
            written += output.numel() * _FLOAT

    leaves = [layer for layer in module.modules() if not list(layer.children())]
    hooks = [layer.register_forward_hook(add) for layer in leaves]
    arguments = [torch.from_numpy(inputs[spec.name]) for spec in recipe.inputs]
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(*arguments)
    for hook in hooks:
        hook.remove()
    weights = sum(tensor.numel() * _FLOAT for tensor in module.parameters())
    return _row(counter.get_total_flops() / 2, weights, written)


def _count_onnx(inputs: dict[str, NDArray[Any]]) -> dict[str, float]:
    network = core().read_model(str(centerface_path()))
    network.reshape(list(inputs["picture"].shape))
    macs = weights = written = 0.0
    for layer in network.get_ordered_ops():
        if layer.get_type_name() not in (
            "Convolution",
            "GroupConvolution",
            "ConvolutionBackpropData",
        ):
            continue
        kernel = list(layer.input(1).get_shape())
        output = list(layer.output(0).get_shape())
        if layer.get_type_name() == "ConvolutionBackpropData":
            cells = math.prod(list(layer.input(0).get_shape())[2:])
            macs += cells * math.prod(kernel)
        elif layer.get_type_name() == "GroupConvolution":
            macs += math.prod(output) * math.prod(kernel[2:])
        else:
            macs += math.prod(output) * math.prod(kernel[1:])
        weights += math.prod(kernel) * _FLOAT
        written += math.prod(output) * _FLOAT
    return _row(macs, weights, written)


def _row(macs: float, weights: float, written: float) -> dict[str, float]:
    return {
        "mmac": round(macs / 1e6, 3),
        "weights_mb": round(weights / 1e6, 3),
        "outputs_mb": round(written / 1e6, 3),
    }


def best_ms(counted: dict[str, float], best: dict[str, float]) -> float:
    """Return the least time that the machine allows for one call, in milliseconds.

    Parameters
    ----------
    counted
        As `count_encoder` returns it.
    best
        As `machine.describe_best` returns it: the slower of arithmetic and of reading the weights.
    """
    arithmetic = 2 * counted["mmac"] / best["gflops_float32"]
    reading = counted["weights_mb"] / best["read_gb_s"]
    return float(np.round(max(arithmetic, reading), 4))
