"""What `doctor` finds out about weights beside those of the branches: valence, joint networks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from live_emotion.cli.findings import Finding
from live_emotion.core.errors import UserError
from live_emotion.models.architectures import ARCHITECTURES, Choice
from live_emotion.models.presets import DEFAULT_PRESET, weights_owner


def check_other_weights(preset: str = DEFAULT_PRESET) -> Iterator[Finding]:
    """Yield findings on the valence of a preset, and on the networks that judge all at once."""
    yield _valence(preset)
    yield from _joint(preset)


def _valence(preset: str) -> Finding:
    from live_emotion.runtime.valence import BRANCH, find_valence
    from live_emotion.runtime.weights import find_branch
    from live_emotion.runtime.weights_files import weights_dir

    name = f"weights {BRANCH} {preset}"
    path = weights_dir() / f"{weights_owner(preset, 'text')}-{BRANCH}.safetensors"
    advice = f"train with `live-emotion train {BRANCH} --preset {preset} --data DIR`"
    try:
        found = find_valence(preset, find_branch(preset, "text"))
    except UserError as error:
        return Finding(name, "broken", "damaged", str(error))
    if found is not None:
        return Finding(name, "ok", f"there, checksum right ({found.path})")
    if path.exists():
        what = "trained with other weights of the words, so valence is not shown"
        return Finding(name, "missing", f"{what} ({path})", advice)
    return Finding(name, "missing", f"none, so valence is not shown (in {path.parent})", advice)


def _joint(preset: str) -> Iterator[Finding]:
    """Yield one line for all that are trained or not, and one for each that is damaged."""
    from live_emotion.runtime.joint_weights import find_joint
    from live_emotion.runtime.weights_files import weights_dir

    trained: list[str] = []
    lacking: list[str] = []
    for name, architecture in ARCHITECTURES.items():
        if architecture.joint is None:
            continue
        try:
            found = find_joint(Choice(architecture, preset))
        except UserError as error:
            yield Finding(f"weights {name} {preset}", "broken", "damaged", str(error))
            continue
        (trained if found.trained else lacking).append(name)
    yield _joint_line(preset, trained, lacking, weights_dir())


def _joint_line(preset: str, trained: list[str], lacking: list[str], folder: Path) -> Finding:
    parts = []
    if trained:
        parts.append(f"{', '.join(trained)} there, checksums right")
    if lacking:
        parts.append(f"{', '.join(lacking)} untrained or missing, needed by --architecture only")
    # Nothing that is used without being asked for.
    return Finding(f"weights joint {preset}", "ok", f"{'; '.join(parts)} (in {folder})")
