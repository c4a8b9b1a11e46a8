"""Recipes: what goes into an encoder, what comes out, and how far off an engine may be.

A recipe is a TOML file under ``engines/``, one for each encoder and the same for every preset.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from live_emotion.core.emotions import Branch
from live_emotion.runtime.engine import EncoderName, Form, Precision


@dataclass(frozen=True, slots=True)
class Dim:
    """A named dimension that may vary.

    Attributes
    ----------
    name, min, max
        Its name and range.
    check
        The sizes that a check tries.
    typical
        The size that is timed.
    alone
        The sizes that are compiled for themselves where that is quicker, the usual one first.
    """

    name: str
    min: int
    max: int
    check: tuple[int, ...]
    typical: int
    alone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """An input or output: name, dtype, shape (sizes or names of dimensions), random values."""

    name: str
    dtype: str
    shape: tuple[int | str, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AllowedError:
    """An output may be off by ``absolute + relative * max(abs(reference))``."""

    absolute: float
    relative: float


@dataclass(frozen=True, slots=True)
class AllowedScores:
    """How much an engine may move probabilities on real inputs: any one, and on average."""

    largest: float
    mean: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an encoder is built and checked.

    Attributes
    ----------
    encoder
        Its name, also that of the file.
    branch
        Whose weights it takes, or None if they come with another package.
    forms
        Forms of the network it may be built from, the default first.
    static
        Whether to compile anew for each shape that is met, which some networks repay with speed.
    light
        With `static`: inputs of no more numbers than this run on one thread.
    dims
        The dimensions that vary, by name.
    inputs, outputs
        In the order of the network's arguments and results.
    allowed_error
        By precision; a precision that is not listed is not allowed.
    allowed_scores
        By precision; one that is not listed is held to `allowed_error` only.
    unquantised
        Layers that an int8 engine computes in float32: the ``"first"``, the ``"last"``.
    int8
        What an int8 engine keeps in 8 bits: ``"all"``, layers and what goes into them, or
        ``"weights"``, those of matrix products alone.
    sha256
        Of the file, part of an engine's key.
    usual_threads
        For the usual shape, if fewer than for others; not in the file, see `runtime.beside`.
    """

    encoder: EncoderName
    branch: Branch | None
    forms: tuple[Form, ...]
    static: bool
    light: int
    dims: Mapping[str, Dim]
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    allowed_error: Mapping[Precision, AllowedError]
    allowed_scores: Mapping[Precision, AllowedScores]
    unquantised: tuple[str, ...]
    int8: str
    sha256: str
    usual_threads: int | None = None
