"""Turn a network into OpenVINO's own file, in float32, with the shapes of its recipe."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from live_emotion.runtime.check import Limits, draw_inputs
from live_emotion.runtime.openvino_library import core, openvino
from live_emotion.runtime.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from torch import nn


def free_dimensions(recipe: Recipe) -> tuple[dict[int, Any], ...]:
    """Return, for each input, its dimensions that vary, with their names and ranges."""
    import torch

    dims = {d.name: torch.export.Dim(d.name, min=d.min, max=d.max) for d in recipe.dims.values()}
    return tuple(
        {k: dims[part] for k, part in enumerate(spec.shape) if isinstance(part, str)}
        for spec in recipe.inputs
    )


def example_inputs(recipe: Recipe, limits: Limits) -> tuple[torch.Tensor, ...]:
    """Return inputs to export with; a size of 1 would be taken for a constant."""
    import torch

    sizes = {d.name: min(max(d.min, 2, *d.check), d.max) for d in recipe.dims.values()}
    example = draw_inputs(recipe, sizes, limits, np.random.default_rng(0))
    return tuple(torch.from_numpy(example[spec.name]) for spec in recipe.inputs)


def export_module(
    module: nn.Module, recipe: Recipe, limits: Limits, device: str = "cpu"
) -> torch.export.ExportedProgram:
    """Return a module as an exported program whose named dimensions vary as its recipe says."""
    import inspect

    import torch

    arguments = tuple(x.to(device) for x in example_inputs(recipe, limits))
    shapes: Any = free_dimensions(recipe)
    parameters = inspect.signature(module.forward).parameters.values()
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters):
        shapes = (shapes,)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)  # torch.export warns of torch's own code
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.export.export(module.eval(), arguments, dynamic_shapes=shapes)


def convert_module(module: nn.Module, recipe: Recipe, limits: Limits, path: Path) -> None:
    """Write a PyTorch module as ``path`` (.xml) and its weights beside it (.bin)."""
    import torch

    program = export_module(module, recipe, limits)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        network = openvino().convert_model(program)
    _save(network, recipe, path)


def convert_onnx(source: Path, recipe: Recipe, path: Path) -> None:
    """Write an ONNX file as ``path`` (.xml) and its weights beside it (.bin)."""
    _save(core().read_model(str(source)), recipe, path)


def _save(network: Any, recipe: Recipe, path: Path) -> None:
    network.reshape(
        {
            k: openvino().PartialShape([_bounds(part, recipe.dims) for part in spec.shape])
            for k, spec in enumerate(recipe.inputs)
        }
    )
    openvino().save_model(network, str(path), compress_to_fp16=False)


def _bounds(part: int | str, dims: Mapping[str, Any]) -> Any:
    if isinstance(part, int):
        return part
    return openvino().Dimension(dims[part].min, dims[part].max)
