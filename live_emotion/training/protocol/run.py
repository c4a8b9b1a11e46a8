"""Run the protocol: train, choose thresholds on validation, measure on the test part."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from live_emotion.perception.faces.finder import FaceFinder
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.metrics import Array, f1, rounded, weighted_accuracy
from live_emotion.training.protocol.contestants import Contestant, contestant, score, train
from live_emotion.training.protocol.utterances import Utterance, labels_of, read_utterances

# Rows of Tables 1 and 2; Table 3 has the times of the end-to-end ones; Table 4 mixes encoders.
ROWS: Final = ("lf-lstm", "lf-trans", "mult", "fe2e", "v2em", "rfam")
TIMED: Final = ("fe2e", "v2em", "rfam")
MIXED: Final = (("v2em", None, "focal"), ("v2em", "rfam", None))
Told = Callable[[str], None]


def run_protocol(
    folder: Path,
    *,
    preset: str = "paper",
    steps: int | None = None,
    device: str = "auto",
    threads: int | None = None,
    seed: int = 0,
    rate: float | None = None,
    told: Told = lambda text: None,
) -> dict[str, Any]:
    """Train every row on a data set's train part and return the paper's tables, measured.

    Parameters
    ----------
    folder
        Of IEMOCAP or CMU-MOSEI.
    preset
        Sizes of this program's own row; ``paper`` for those of the paper.
    steps
        Batches each network learns from; None for the paper's 30 epochs.
    device, threads, seed
        As for training.
    rate
        Of Adam; None for the paper's.
    told
        Called with what is being done.

    Returns
    -------
    dict
        ``dataset``, ``rows`` (Tables 1 or 2: per emotion and mean), ``seconds`` (Table 3),
        ``mixed`` (Table 4), ``parameters`` (Table 5), ``utterances``, ``steps``, ``notes``.

    Raises
    ------
    UserError
        If the folder is neither, or a part of it is missing.
    """
    set_threads(threads)
    precision = Precision(choose_device(device), mixed=device != "cpu")
    only: tuple[EncoderName, ...] = ("face_finder",)
    with EncoderSet.open("live", threads=threads, only=only) as encoders:
        finder = FaceFinder(encoders.face_finder)
        told("reading the utterances")
        dataset, utterances = read_utterances(folder, finder)
    parts = {p: [u for u in utterances if u.part == p] for p in ("train", "valid", "test")}
    rows: list[dict[str, Any]] = []
    seconds: dict[str, float] = {}
    parameters: dict[str, dict[str, int]] = {}
    made = 0
    wanted = [(name, None, None) for name in ROWS]
    for architecture, vision, audio in [*wanted, *MIXED]:
        seed_everything(seed)
        torch.manual_seed(seed)
        one = contestant(architecture, preset, vision, audio)
        told(one.name)
        options = {} if rate is None else {"rate": rate}
        made = train(one, parts["train"], steps=steps, seed=seed, precision=precision, **options)
        thresholds = best_thresholds(score(one, parts["valid"]), _targets(parts["valid"]))
        began = time.perf_counter()
        logits = score(one, parts["test"])
        if one.name in TIMED:
            seconds[one.name] = time.perf_counter() - began
            parameters[one.name] = _parameters(one)
        figures = measure(logits, _targets(parts["test"]), thresholds, labels_of(dataset))
        rows.append({"name": one.name, **rounded(figures)})
    whole: dict[str, Any] = {
        "dataset": dataset,
        "labels": list(labels_of(dataset)),
        "rows": rows[: len(ROWS)],
        "mixed": rows[len(ROWS) :],
        "seconds": seconds,
        "parameters": parameters,
        "utterances": {p: len(us) for p, us in parts.items()},
        "steps": made,
        "notes": [
            f"Each network learned from {made} batches of 8 on {precision.device.type}.",
            "Times are of the test part in PyTorch on this machine, from prepared crops and "
            "spectra, as the paper's on an RTX 4090.",
        ],
    }
    short: dict[str, Any] = rounded(whole)
    return short


def best_thresholds(logits: Array, targets: Array) -> Array:
    """Return per emotion the logit ``(6,)`` from which the weighted accuracy (eq. 7) is best."""
    chosen = np.zeros(logits.shape[1])
    for k in range(logits.shape[1]):
        z, y = logits[:, k], targets[:, k] == 1
        if not y.any() or y.all():
            continue
        values = np.unique(z)
        cuts = np.concatenate(([values[0] - 1.0], (values[:-1] + values[1:]) / 2))
        chosen[k] = cuts[int(np.argmax([weighted_accuracy(z >= cut, y) for cut in cuts]))]
    return chosen


def measure(
    logits: Array, targets: Array, thresholds: Array, labels: Sequence[str]
) -> dict[str, Any]:
    """Return ``acc``, ``wacc`` (eq. 7) and ``f1`` of each label and on average, in per cent."""
    each: dict[str, dict[str, float]] = {}
    for k, label in enumerate(labels):
        hard, truth = logits[:, k] >= thresholds[k], targets[:, k] == 1
        each[label] = {
            "acc": 100 * float((hard == truth).mean()),
            "wacc": 100 * weighted_accuracy(hard, truth),
            "f1": 100 * f1(hard, truth) if truth.any() else float("nan"),
        }
    mean = {}
    for name in ("acc", "wacc", "f1"):
        known = [v[name] for v in each.values() if not np.isnan(v[name])]
        mean[name] = float(np.mean(known)) if known else float("nan")
    return {"per_label": each, **mean}


def _targets(utterances: Sequence[Utterance]) -> Array:
    return np.stack([u.targets for u in utterances]).astype(np.float64)


def _parameters(one: Contestant) -> dict[str, int]:
    from live_emotion.models.frame import EndToEnd

    assert isinstance(one.network, EndToEnd)
    return one.network.parameters_by_branch()
