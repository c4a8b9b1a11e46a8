"""What `doctor` finds out about what the networks need: processor, libraries, weights."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from live_emotion.cli.findings import Finding, State
from live_emotion.core.emotions import BRANCH_LABELS
from live_emotion.core.errors import UserError

if TYPE_CHECKING:
    from live_emotion.runtime.inspect import LibraryFacts, RuntimeFacts, WeightsFacts

_log = logging.getLogger(__name__)


def check_models() -> Iterator[Finding]:
    """Yield findings on everything that the networks run with and from."""
    from live_emotion.cli.check_weights import check_other_weights
    from live_emotion.perception.faces.weights import centerface_path
    from live_emotion.perception.speech.whisper_models import find_model
    from live_emotion.runtime.inspect import inspect_runtime

    facts = inspect_runtime()
    features = ", ".join(facts.cpu.features) or "none that speed the networks up"
    yield Finding("cpu", "ok", f"{facts.cpu.name}, {facts.cpu.cores} cores; {features}")
    yield _gpu(facts)
    yield _library(facts.openvino, "missing" if not facts.torch.problem else "broken")
    yield _library(facts.torch, "broken")
    yield from _weights(facts)
    yield from check_other_weights()
    yield _engines(facts)
    yield _file("face finder", centerface_path)
    yield _file("speech model", lambda: find_model(None))


def _gpu(facts: RuntimeFacts) -> Finding:
    others = [name for name in facts.openvino.devices if not name.startswith("CPU")]
    found = [*facts.torch.devices, *others]
    return Finding("gpu", "ok", "; ".join(found) or "none; the networks run on the CPU")


def _library(facts: LibraryFacts, otherwise: State) -> Finding:
    if facts.problem:
        return Finding(facts.name, otherwise, facts.version or "not there", facts.problem)
    devices = f" on {', '.join(facts.devices)}" if facts.devices else ""
    return Finding(facts.name, "ok", f"{facts.version}{devices}")


def _weights(facts: RuntimeFacts) -> Iterator[Finding]:
    """Yield a line for each preset, and one for each file that is damaged."""
    for preset in dict.fromkeys(w.preset for w in facts.weights):
        files = [w for w in facts.weights if w.preset == preset]
        for weights in files:
            if weights.state == "damaged":
                yield Finding(f"weights {weights.file}", "broken", "damaged", weights.message)
        trained = [w for w in files if w.state == "trained"]
        lacking = [w for w in files if w.state in ("untrained", "missing")]
        found = []
        if trained:
            found.append(f"{_parts(trained)} there, checksums right")
        if lacking:
            found.append(f"{_parts(lacking)} untrained or missing")
        if found:
            advice = f"train with `live-emotion train BRANCH --preset {preset} --data DIR`"
            yield Finding(
                f"weights {preset}",
                "missing" if lacking else "ok",
                f"{'; '.join(found)} (in {facts.weights_folder})",
                advice if lacking else "",
            )


def _parts(weights: Sequence[WeightsFacts]) -> str:
    labels: dict[str, str] = {str(branch): label for branch, label in BRANCH_LABELS.items()}
    return ", ".join(labels.get(w.part, w.part) for w in weights)


def _engines(facts: RuntimeFacts) -> Finding:
    from live_emotion.runtime.cache_care import replaced

    folder = facts.engines_folder
    bad = [engine.name for engine in facts.engines if not engine.whole]
    if bad:
        found = f"not whole: {', '.join(bad)}"
        return Finding("engines", "missing", found, "remove them: live-emotion engines clean --all")
    if not facts.engines:
        how = "the first start does, or `live-emotion engines build`"
        return Finding("engines", "ok", f"none built yet; {how} (in {folder})")
    size = sum(engine.size_mb for engine in facts.engines)
    refused = sum(engine.refused for engine in facts.engines)
    words = f"{len(facts.engines)} built, {size:.0f} MB"
    if refused:
        words += f", {refused} refused for their error"
    old = {path.name for path in replaced()}
    waste = sum(engine.size_mb for engine in facts.engines if engine.name in old)
    if old:
        words += f", {len(old)} of them replaced by newer ones ({waste:.0f} MB)"
    advice = "remove the old ones with `live-emotion engines clean`" if old else ""
    return Finding("engines", "ok", f"{words}{_fastest(facts)} (in {folder})", advice)


def _fastest(facts: RuntimeFacts) -> str:
    """Return what `auto` takes for the default preset, where that is known."""
    taken = [
        f"{choice.encoder} {choice.chosen}"
        for choice in facts.choices
        if choice.chosen is not None and choice.preset in ("live", "shared")
    ]
    return f"; auto takes {', '.join(taken)}" if taken else ""


def _file(name: str, find: Callable[[], Path]) -> Finding:
    try:
        return Finding(name, "ok", str(find()))
    except UserError as error:
        return Finding(name, "broken", "missing", str(error))
