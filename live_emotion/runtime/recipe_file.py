"""Read a recipe from its TOML file, and refuse one that is wrong."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, cast

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.errors import UserError
from live_emotion.core.resources import engines_dir
from live_emotion.runtime.engine import PRECISIONS, EncoderName, Form, Precision
from live_emotion.runtime.recipe import AllowedError, AllowedScores, Dim, Recipe, TensorSpec

DTYPES: Final = ("float32", "int64", "bool")
_KINDS: Final[dict[str, tuple[str, ...]]] = {
    "uniform": ("low", "high"),
    "normal": ("mean", "deviation"),
    "integers": ("low", "high"),
    "some": (),
    "prefix": (),
}
_KEYS: Final = {
    "encoder",
    "branch",
    "forms",
    "static",
    "light",
    "dims",
    "inputs",
    "outputs",
    "allowed_error",
    "allowed_scores",
    "unquantised",
    "int8",
}


def load_recipe(encoder: EncoderName, folder: Path | None = None) -> Recipe:
    """Read the recipe of an encoder, from the program's own folder unless told another.

    Raises
    ------
    UserError
        If it is missing or wrong; the sentence names the file and the fault.
    """
    path = (folder or engines_dir()) / f"{encoder}.toml"
    try:
        raw = path.read_bytes()
        return _parse(tomllib.loads(raw.decode()), encoder, hashlib.sha256(raw).hexdigest())
    except FileNotFoundError:
        raise UserError(f"The engine recipe {path} is missing: reinstall the program.") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UserError(f"The engine recipe {path} is wrong ({what}): restore the file.") from error


def _parse(table: dict[str, Any], encoder: EncoderName, sha256: str) -> Recipe:
    if unknown := set(table) - _KEYS:
        raise ValueError(f"unknown entry {sorted(unknown)[0]!r}")
    if table["encoder"] != encoder:
        raise ValueError(f"it is for {table['encoder']!r}")
    branch = table["branch"]
    if branch and branch not in BRANCHES:
        raise ValueError(f"unknown branch {branch!r}")
    forms = tuple(table["forms"])
    if not forms or not set(forms) <= {"residual", "merged", ""}:
        raise ValueError(f"forms {list(forms)!r}")
    unquantised = tuple(table.get("unquantised", ()))
    if not set(unquantised) <= {"first", "last"}:
        raise ValueError(f"unquantised {list(unquantised)!r}")
    int8 = str(table.get("int8", "all"))
    if int8 not in ("all", "weights"):
        raise ValueError(f"int8 {int8!r}")
    dims = {name: _dim(name, entry) for name, entry in table.get("dims", {}).items()}
    inputs = tuple(_tensor(entry, dims, is_input=True) for entry in table["inputs"])
    outputs = tuple(_tensor(entry, dims, is_input=False) for entry in table["outputs"])
    if not inputs or not outputs:
        raise ValueError("no inputs or no outputs")
    if idle := set(dims) - {part for spec in inputs for part in spec.shape}:
        raise ValueError(f"dimension {sorted(idle)[0]!r} is in no input")
    return Recipe(
        encoder=encoder,
        branch=cast(Branch, branch) if branch else None,
        forms=cast(tuple[Form, ...], forms),
        static=bool(table.get("static", False)),
        light=int(table.get("light", 0)),
        dims=dims,
        inputs=inputs,
        outputs=outputs,
        allowed_error=_errors(table["allowed_error"]),
        allowed_scores=_scores(table.get("allowed_scores", {})),
        unquantised=unquantised,
        int8=int8,
        sha256=sha256,
    )


def _dim(name: str, entry: dict[str, Any]) -> Dim:
    check = tuple(int(n) for n in entry["check"])
    typical = int(entry.get("typical", check[0] if check else 0))
    alone = tuple(int(n) for n in entry.get("alone", ()))
    dim = Dim(name, int(entry["min"]), int(entry["max"]), check, typical, alone)
    if not 1 <= dim.min <= dim.max:
        raise ValueError(f"dimension {name!r} runs from {dim.min} to {dim.max}")
    if not dim.check or not all(dim.min <= n <= dim.max for n in dim.check):
        raise ValueError(f"dimension {name!r} is checked outside its range")
    if not dim.min <= dim.typical <= dim.max:
        raise ValueError(f"dimension {name!r} is timed outside its range")
    if not set(dim.alone) <= set(dim.check):
        raise ValueError(f"dimension {name!r} is compiled for sizes that are not checked")
    return dim


def _tensor(entry: dict[str, Any], dims: Mapping[str, Dim], *, is_input: bool) -> TensorSpec:
    name, shape = str(entry["name"]), tuple(entry["shape"])
    for part in shape:
        named = isinstance(part, str) and part.split("/")[0] in dims
        if not (named or (type(part) is int and part > 0)):
            raise ValueError(f"{name!r} has a dimension {part!r}")
    dtype = str(entry.get("dtype", "float32"))
    if dtype not in DTYPES:
        raise ValueError(f"{name!r} has the dtype {dtype!r}")
    values: dict[str, Any] = dict(entry["values"]) if is_input else {}
    if is_input:
        kind = values.get("kind")
        if kind not in _KINDS:
            raise ValueError(f"{name!r} has values of the kind {kind!r}")
        for key in _KINDS[kind]:
            if key not in values:
                raise ValueError(f"the values of {name!r} lack {key!r}")
    return TensorSpec(name, dtype, shape, values)


def _errors(table: dict[str, Any]) -> dict[Precision, AllowedError]:
    _known_precisions(table)
    if "float32" not in table:
        raise KeyError("allowed_error.float32")
    allowed: dict[Precision, AllowedError] = {}
    for precision, entry in table.items():
        bound = AllowedError(float(entry["absolute"]), float(entry["relative"]))
        if bound.absolute < 0 or bound.relative < 0:
            raise ValueError(f"a negative allowed error for {precision}")
        allowed[cast(Precision, precision)] = bound
    return allowed


def _scores(table: dict[str, Any]) -> dict[Precision, AllowedScores]:
    _known_precisions(table)
    allowed: dict[Precision, AllowedScores] = {}
    for precision, entry in table.items():
        bound = AllowedScores(float(entry["largest"]), float(entry["mean"]))
        if bound.largest < 0 or bound.mean < 0:
            raise ValueError(f"a negative allowed score for {precision}")
        allowed[cast(Precision, precision)] = bound
    return allowed


def _known_precisions(table: dict[str, Any]) -> None:
    if unknown := set(table) - set(PRECISIONS):
        raise ValueError(f"unknown precision {sorted(unknown)[0]!r}")
