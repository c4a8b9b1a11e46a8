"""Run an encoder in PyTorch on the CPU: the reference, and what is left if all else fails."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.engine import Arrays, EngineInfo, Form
from live_emotion.runtime.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from torch import nn


class TorchEngine:
    """An encoder as a PyTorch module in float32.

    Parameters
    ----------
    module
        Takes the recipe's inputs in their order and returns its output, or a tuple of them.
    recipe
        Names of inputs and outputs.
    form
        Form of the network.
    threads
        For the whole process, as PyTorch has no other way; None leaves them as they are.
    """

    def __init__(
        self, module: nn.Module, recipe: Recipe, form: Form = "", threads: int | None = None
    ) -> None:
        import torch

        if threads is not None:
            torch.set_num_threads(threads)
        self.info = EngineInfo("torch", "float32", form, recipe.encoder)
        self._recipe = recipe
        self._module: nn.Module | None = module.eval()
        self._lock = threading.Lock()

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        import torch

        arguments = [self._tensor(inputs[spec.name]) for spec in self._recipe.inputs]
        with self._lock, torch.inference_mode():
            if self._module is None:
                raise RuntimeError("the engine is closed")
            result = self._module(*arguments)
        results = result if isinstance(result, tuple | list) else (result,)
        names = [spec.name for spec in self._recipe.outputs]
        return {name: r.numpy() for name, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Let go of the module."""
        self._module = None

    @staticmethod
    def _tensor(array: NDArray[Any]) -> torch.Tensor:
        import torch

        # PyTorch warns of read-only memory, and cannot take negative strides.
        whole = array.flags.writeable and array.flags.c_contiguous
        return torch.from_numpy(array if whole else np.array(array))
