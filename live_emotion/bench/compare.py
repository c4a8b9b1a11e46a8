"""All architectures side by side: size, work, time, memory, and accuracy after an equal training.

Time: every architecture gets the same twelve faces, pieces of sound and line of words; they take
turns in one process, on the same engine. A window is computed from nothing; a tick is what a new
moment costs with the rest kept (one face, one piece, no new words).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import psutil

from live_emotion.bench.opened import describe_engines, describe_weights, open_encoders
from live_emotion.bench.size import measure_size
from live_emotion.bench.timing import Run, race
from live_emotion.bench.turns import Turns
from live_emotion.core.errors import UserError
from live_emotion.models.architectures import ARCHITECTURES, Choice, choose
from live_emotion.models.presets import DEFAULT_PRESET, preset_named
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import ENCODERS, EngineChoice
from live_emotion.runtime.nvidia import cuda_problem
from live_emotion.runtime.weights import text_sizes

# Tables 1, 2 and 5 of Jia et al. (PMLR 260, 2025): IEMOCAP accuracy and F1, CMU-MOSEI weighted
# accuracy and F1, seconds for the 4,188 clips of CMU-MOSEI's test part, parameters in millions.
PAPER: Final[dict[str, dict[str, Any]]] = {
    "rfam": {
        "iemocap": (85.28, 58.15), "mosei": (74.02, 46.37), "mosei_s": 69.99,
        "parameters_m": (0.73, 49.89, 11.68),
    },
    "v2em": {
        "iemocap": (82.15, 55.73), "mosei": (69.92, 44.83), "mosei_s": 111.69,
        "parameters_m": (1.81, 67.25, 11.68),
    },
    "fe2e": {"iemocap": (81.49, 55.76), "mosei": (69.16, 47.46), "mosei_s": 142.13},
    "lf-lstm": {"iemocap": (73.25, 47.55), "mosei": (66.84, 44.62)},
    "lf-trans": {"iemocap": (76.87, 49.46), "mosei": (67.99, 45.35)},
    "mult": {"iemocap": (77.64, 56.87), "mosei": (68.47, 45.28)},
    "afg": {},
}  # fmt: skip
NOTES: Final = (
    "The paper measured on an RTX 4090 and from prepared features of whole clips; here it is this "
    "machine, a window of 4.8 s and everything from pixels and samples on.",
    "The paper trained for 30 epochs on CMU-MOSEI or IEMOCAP. Here each network learned for the "
    "same few steps, of 8 faces and 8 pieces of voice each, from other data, so that accuracy "
    "compares how soon they learn, not how far they get.",
    "Accuracy is six-way over label-matched pairs of a face and a voice (its loudest 0.4 s) that "
    "no training has met, read from a linear layer on the encoders' vectors; words are left out, "
    "since all of them read words alike. LF-LSTM, LF-TRANS and MulT get hand-made features of the "
    "same pairs, AFG the vectors of the encoders that this program's own architecture has just "
    "learned.",
    "Memory is what the process grew by while a network was opened and run for the first time; "
    "too little, even below 0, where engines had to be built first, since what building leaves is "
    "used again: run it once more.",
)
_COMPARED: Final = ("v2em", "fe2e")


def bench_compare(
    preset: str = DEFAULT_PRESET,
    engine: EngineChoice = "auto",
    repeat: int = 10,
    *,
    data: Path | None = None,
    steps: int = 200,
    device: str = "auto",
    told: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Compare all architectures on this machine.

    Parameters
    ----------
    preset
        Sizes of this program's own networks.
    engine
        See `EncoderSet.open`; joint networks run in PyTorch or OpenVINO.
    repeat
        Rounds of the race.
    data
        Folder of training data; without it nothing is trained, and accuracy is null.
    steps, device
        How long and where each network is trained for its accuracy.
    told
        Called with what is being done.

    Returns
    -------
    dict
        ``architectures``: for each its name, ``parameters``, ``gmac`` (10**9 multiply-adds of a
        window), ``window_ms``, ``tick_ms``, ``rss_mb``, ``accuracy``, ``weights``, ``engines`` and
        ``paper``; the ratios ``window_share_of_v2em``, ``window_share_of_fe2e`` and
        ``tick_share_of_v2em_window`` with their 95% intervals; ``steps`` and ``notes``.

    Raises
    ------
    UserError
        If a name is unknown, data are missing, or a fallback would be measured.
    """
    rows: list[dict[str, Any]] = []
    runs: dict[str, Run] = {}
    _require(preset, data, device)
    with contextlib.ExitStack() as opened:
        for name, one in ARCHITECTURES.items():
            told(f"opening {name}")
            choice = choose(name, preset)
            before = psutil.Process().memory_info().rss
            encoders = opened.enter_context(open_encoders(choice.name, engine, ENCODERS))
            turns = Turns(encoders)
            turns.window()
            turns.tick()
            runs[f"{name} window"], runs[f"{name} tick"] = turns.window, turns.tick
            grown = psutil.Process().memory_info().rss - before
            parameters, gmac = _size(choice, encoders)
            rows.append(
                {
                    "architecture": name,
                    "source": one.source,
                    "parameters": parameters,
                    "gmac": round(gmac, 3),
                    "rss_mb": round(grown / 1e6, 1),
                    "weights": _weights(encoders),
                    "engines": _engines(encoders),
                    "paper": PAPER[name],
                }
            )
        told(f"{repeat} rounds of windows and ticks")
        timings = race(runs, repeat=repeat, warm_up=1)
    accuracies: dict[str, float] = {}
    if data is not None:
        from live_emotion.training.equal_budget import equal_accuracies

        told(f"{steps} steps of training each")
        accuracies = equal_accuracies(
            data,
            preset,
            steps=steps,
            device=device,
            told=lambda name, value: told(f"{name}: accuracy {value:.3f}"),
        )
    for row in rows:
        name = row["architecture"]
        row["window_ms"] = round(timings.median_ms(f"{name} window"), 3)
        row["tick_ms"] = round(timings.median_ms(f"{name} tick"), 3)
        row["accuracy"] = round(accuracies[name], 4) if name in accuracies else None
    report: dict[str, Any] = {
        "bench": "compare",
        "preset": preset,
        "engine": engine,
        "rounds": repeat,
        "steps": steps if data is not None else None,
        "architectures": rows,
    }
    for other in _COMPARED:
        report |= _share(
            timings.seconds, "rfam window", f"{other} window", f"window_share_of_{other}"
        )
    report |= _share(timings.seconds, "rfam tick", "v2em window", "tick_share_of_v2em_window")
    if accuracies:
        report["accuracy_below"] = {
            name: round(value - accuracies["rfam"], 4)
            for name, value in accuracies.items()
            if value > accuracies["rfam"]
        }
    else:
        report["accuracy_reason"] = "no folder of training data was given with --data"
    report["notes"] = list(NOTES)
    return report


def _require(preset: str, data: Path | None, device: str) -> None:
    """Refuse what would fail only after minutes of measuring.

    Without reading the data or importing PyTorch, which would count as an architecture's memory.
    """
    preset_named(preset)
    if data is None:
        return
    for name in ("faces_train.npz", "faces_valid.npz", "audio.csv"):
        if not (data / name).is_file():
            raise UserError(f"There is no {name} in {data}: give the folder of training data.")
    if device == "cuda" and (problem := cuda_problem()):
        raise UserError(f"Nothing can be trained with --device cuda ({problem}): choose auto.")


def _size(choice: Choice, encoders: EncoderSet) -> tuple[int, float]:
    sizes = preset_named(choice.preset)
    text = text_sizes(sizes, encoders.branches["text"])
    return measure_size(choice, replace(sizes, text=text))


def _weights(encoders: EncoderSet) -> dict[str, str]:
    if encoders.joint is None:
        made: dict[str, str] = describe_weights(encoders)
        return made
    joint = "trained" if encoders.joint.info.trained else "untrained"
    return {encoders.joint.choice.architecture.name: joint}


def _engines(encoders: EncoderSet) -> dict[str, Any]:
    ran: dict[str, Any] = describe_engines(encoders)
    if encoders.joint is not None:
        info = encoders.joint.engine.info
        ran["window"] = {"engine": info.name, "precision": info.precision, "form": info.form}
    return ran


def _share(seconds: Any, ours: str, theirs: str, name: str, draws: int = 2000) -> dict[str, Any]:
    """Return the ratio of medians, and its 95% interval over rounds drawn with replacement."""
    a, b = seconds[ours], seconds[theirs]
    picks = np.random.default_rng(0).integers(len(a), size=(draws, len(a)))
    drawn = np.median(a[picks], axis=1) / np.median(b[picks], axis=1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return {
        name: round(float(np.median(a) / np.median(b)), 4),
        f"{name}_interval": [round(float(low), 4), round(float(high), 4)],
    }
