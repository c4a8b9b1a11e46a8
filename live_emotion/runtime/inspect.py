"""What this machine has to run the networks with, as facts for `live-emotion doctor`."""

from __future__ import annotations

import importlib.metadata
import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from live_emotion.core.emotions import BRANCHES, Branch
from live_emotion.core.errors import UserError
from live_emotion.models.presets import PRESETS
from live_emotion.runtime import cache
from live_emotion.runtime.cpu import cpu_cores, cpu_features, cpu_name
from live_emotion.runtime.remembered import Choice, newest_choices
from live_emotion.runtime.text_input import vocabulary_suffix
from live_emotion.runtime.weights import find_branch, text_sizes, variants, weights_name
from live_emotion.runtime.weights_files import read_header, verified, weights_dir

_log = logging.getLogger(__name__)

WeightsState = Literal["trained", "untrained", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class CpuFacts:
    """The processor: its name, cores this process may use, and instructions that matter."""

    name: str
    cores: int
    features: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LibraryFacts:
    """A library: its version, the devices it can use, or what is wrong with it.

    Attributes
    ----------
    name
        ``"openvino"`` or ``"torch"``.
    version
        ``""`` if it is not installed.
    devices
        Such as ``("CPU: AMD EPYC",)``; for PyTorch the NVIDIA cards.
    problem
        Why it cannot be used, ``""`` if it can.
    """

    name: str
    version: str
    devices: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class WeightsFacts:
    """One weights file that the program would use.

    Attributes
    ----------
    file
        Its name.
    preset, part
        What it is for: a branch, ``"fusion"`` or ``"vocabulary"``; of weights that stand beside
        the preset's own, with their name in brackets.
    state
        ``"missing"`` means that the scores of this part are untrained.
    message
        What is wrong and what to do, ``""`` if nothing.
    """

    file: str
    preset: str
    part: str
    state: WeightsState
    message: str


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """One engine in the cache: folder name, ingredients by name, error when built, size."""

    name: str
    key: dict[str, str]
    error: float | None
    refused: bool
    whole: bool
    size_mb: float


@dataclass(frozen=True, slots=True)
class RuntimeFacts:
    """All of it."""

    cpu: CpuFacts
    openvino: LibraryFacts
    torch: LibraryFacts
    weights_folder: Path
    weights: tuple[WeightsFacts, ...]
    engines_folder: Path
    engines: tuple[EngineFacts, ...]
    choices: tuple[Choice, ...] = ()


def inspect_runtime() -> RuntimeFacts:
    """Look at everything; problems are among the facts, never raised."""
    return RuntimeFacts(
        cpu=CpuFacts(cpu_name(), cpu_cores(), cpu_features()),
        openvino=inspect_openvino(),
        torch=inspect_torch(),
        weights_folder=weights_dir(),
        weights=inspect_weights(),
        engines_folder=cache.engines_cache(),
        engines=inspect_engines(),
        choices=newest_choices(),
    )


def inspect_openvino() -> LibraryFacts:
    """Return OpenVINO's version and devices."""
    try:
        from live_emotion.runtime.openvino_library import core, library_version

        devices = tuple(
            f"{name}: {core().get_property(name, 'FULL_DEVICE_NAME')}"
            for name in core().available_devices
        )
        return LibraryFacts("openvino", library_version(), devices, "")
    except (ImportError, RuntimeError, OSError) as error:
        return _broken("openvino", error)


def inspect_torch() -> LibraryFacts:
    """Return PyTorch's version and the NVIDIA cards it can use."""
    try:
        import torch

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a CUDA build warns where there is no driver
            count = torch.cuda.device_count() if torch.cuda.is_available() else 0
            cards = tuple(torch.cuda.get_device_name(k) for k in range(count))
        return LibraryFacts("torch", str(torch.__version__), cards, "")
    except (ImportError, RuntimeError, OSError) as error:
        return _broken("torch", error)


def inspect_weights(folder: Path | None = None) -> tuple[WeightsFacts, ...]:
    """Return the state of every weights file of every preset."""
    where = folder or weights_dir()
    facts = []
    for preset in PRESETS:
        facts += [_branch_facts(preset, branch, where) for branch in BRANCHES]
        others = variants(preset, "text", where)
        facts += [_branch_facts(preset, "text", where, variant) for variant in others]
        facts.append(_file_facts(preset, "fusion", f"{preset}-fusion.safetensors", where))
        for variant in (None, *others):
            facts.append(_vocabulary_facts(preset, where, variant))
    return tuple(facts)


def inspect_engines() -> tuple[EngineFacts, ...]:
    """Return the engines in the cache."""
    found = []
    for entry in cache.entries():
        size = sum(path.stat().st_size for path in entry.folder.rglob("*") if path.is_file())
        found.append(
            EngineFacts(
                name=entry.folder.name,
                key=dict(entry.key),
                error=entry.facts.get("error"),
                refused=bool(entry.facts.get("refused", False)),
                whole=entry.whole,
                size_mb=round(size / 1e6, 1),
            )
        )
    return tuple(found)


def _branch_facts(
    preset: str, branch: Branch, folder: Path, variant: str | None = None
) -> WeightsFacts:
    name, part = weights_name(preset, branch, variant), _part(branch, variant)
    try:
        info = find_branch(preset, branch, folder, variant)
    except UserError as error:
        return WeightsFacts(name, preset, part, "damaged", str(error))
    if info.path is None:
        return WeightsFacts(name, preset, part, "missing", "")
    return WeightsFacts(name, preset, part, "trained" if info.trained else "untrained", "")


def _vocabulary_facts(preset: str, folder: Path, variant: str | None) -> WeightsFacts:
    stem = weights_name(preset, "text", variant).removesuffix(".safetensors")
    try:
        sizes = text_sizes(PRESETS[preset], find_branch(preset, "text", folder, variant))
    except UserError:  # is said of the weights themselves
        sizes = PRESETS[preset].text
    name = f"{stem}{vocabulary_suffix(sizes)}"
    return _file_facts(preset, _part("vocabulary", variant), name, folder)


def _part(part: str, variant: str | None) -> str:
    return part if variant is None else f"{part} ({variant})"


def _file_facts(preset: str, part: str, name: str, folder: Path) -> WeightsFacts:
    try:
        found = verified(folder, name)
        if found is not None and part == "fusion":
            read_header(found[0])
    except UserError as error:
        return WeightsFacts(name, preset, part, "damaged", str(error))
    return WeightsFacts(name, preset, part, "missing" if found is None else "trained", "")


def _broken(name: str, error: BaseException) -> LibraryFacts:
    _log.info("%s cannot be used", name, exc_info=error)
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return LibraryFacts(name, "", (), f"{name} is not installed: pip install {name}")
    return LibraryFacts(name, version, (), f"{name} does not load ({error}): install it anew")
