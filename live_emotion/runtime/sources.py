"""What an engine is built from, and what its results are held against."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from live_emotion.runtime.check import Limits
from live_emotion.runtime.engine import Arrays, Engine, EngineInfo
from live_emotion.runtime.recipe import Recipe

if TYPE_CHECKING:
    from torch import nn


class Source(Protocol):
    """A network to build from."""

    @property
    def weights(self) -> str:
        """What tells its weights from any others."""

    @property
    def network(self) -> str:
        """What tells its structure and code from any other."""

    @property
    def library(self) -> str:
        """Name and version of the library that reads it."""

    @property
    def limits(self) -> Limits:
        """Numbers that random input needs, such as the vocabulary."""

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Write it as OpenVINO's file ``path`` (.xml, with .bin beside it)."""

    def reference(self, recipe: Recipe) -> Engine:
        """Return an engine that computes what is right, in float32."""


@dataclass(frozen=True, slots=True)
class ModuleSource:
    """A PyTorch module.

    Attributes
    ----------
    make
        Returns the module to convert.
    make_reference
        Returns the module that is right: the network as it was trained.
    weights, network
        See `Source`.
    limits
        See `Source`.
    """

    make: Callable[[], nn.Module]
    make_reference: Callable[[], nn.Module]
    weights: str
    network: str
    limits: Limits = field(default_factory=dict)

    @property
    def library(self) -> str:
        """PyTorch's version, known without importing it."""
        return f"torch {importlib.metadata.version('torch')}"

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Export the module and write it."""
        from live_emotion.runtime.openvino_convert import convert_module

        convert_module(self.make(), recipe, self.limits, path)

    def reference(self, recipe: Recipe) -> Engine:
        """Return the trained network in PyTorch."""
        from live_emotion.runtime.torch_engine import TorchEngine

        return TorchEngine(self.make_reference(), recipe)


@dataclass(frozen=True, slots=True)
class OnnxSource:
    """An ONNX file of another package."""

    path: Path
    network: str = "onnx"
    limits: Limits = field(default_factory=dict)

    @property
    def weights(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.path.read_bytes()).hexdigest()

    @property
    def library(self) -> str:
        """OpenVINO reads it by itself."""
        return "onnx"

    def convert(self, recipe: Recipe, path: Path) -> None:
        """Read the file and write it."""
        from live_emotion.runtime.openvino_convert import convert_onnx

        convert_onnx(self.path, recipe, path)

    def reference(self, recipe: Recipe) -> Engine:
        """Return ONNX Runtime on the file."""
        return OnnxReference(self.path, recipe)


class OnnxReference:
    """ONNX Runtime on a file with one input, at the one shape the file declares.

    It is no engine to work with, only something to compare against: the batch is filled up with
    copies to the declared size.
    """

    def __init__(self, path: Path, recipe: Recipe) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = 1
        self.info = EngineInfo("onnxruntime", "float32", "", recipe.encoder)
        self._recipe = recipe
        self._session = onnxruntime.InferenceSession(
            path, options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0]

    def run(self, inputs: Arrays) -> dict[str, NDArray[Any]]:
        """Return the outputs by name."""
        x = inputs[self._recipe.inputs[0].name]
        batch = np.repeat(x, -(-self._input.shape[0] // len(x)), axis=0)[: self._input.shape[0]]
        results = self._session.run(None, {self._input.name: batch})
        names = [spec.name for spec in self._recipe.outputs]
        return {n: r[: len(x)] for n, r in zip(names, results, strict=True)}

    def close(self) -> None:
        """Nothing to free."""
