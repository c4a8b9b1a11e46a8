"""Training the networks that judge a whole window: LF-LSTM, LF-TRANS, MulT, AFG."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.errors import UserError
from live_emotion.models.afg import AttentionGuidedFusion
from live_emotion.models.architectures import chosen, feature_sizes
from live_emotion.models.joint import StreamNormalisation
from live_emotion.models.joint_networks import build_joint
from live_emotion.models.metadata import WeightsMetadata
from live_emotion.models.presets import preset_named
from live_emotion.runtime.encoders import EncoderSet
from live_emotion.runtime.engine import EncoderName
from live_emotion.runtime.valence import ValenceInfo, find_valence
from live_emotion.runtime.weights import find_branches, text_sizes
from live_emotion.runtime.word_vectors import open_word_vectors
from live_emotion.training.calibration import fit_platt
from live_emotion.training.common import Precision, choose_device, seed_everything, set_threads
from live_emotion.training.evaluation.encoders import weights_from
from live_emotion.training.export import export_weights
from live_emotion.training.fusion_triples import NEUTRAL, one_hot
from live_emotion.training.joint_items import (
    Given,
    Pool,
    draw_windows,
    feature_pools,
    vector_pools,
    word_pool,
)
from live_emotion.training.metrics import Array, rounded, summarise
from live_emotion.training.options import TrainOptions
from live_emotion.training.thresholds import choose_thresholds, thresholds_by_name
from live_emotion.training.window_items import (
    Labels,
    evenly,
    load_sentences,
    load_stills,
    load_voices,
)

STEPS: Final = 600
BATCH: Final = 32
RATE: Final = 1e-3
WEIGHT_DECAY: Final = 0.02
STILLS: Final = 3000
CLIPS: Final = 700
TICKS: Final = 6
SENTENCES: Final = 6000
HELD: Final = 0.2
MEASURED: Final = 600

_log = logging.getLogger(__name__)


def train_joint(options: TrainOptions) -> Path:
    """Train a joint network on label-matched windows, and export it beside its preset's weights.

    Parameters
    ----------
    options
        See `TrainOptions`; the preset's name says which network, as in ``live+joint=mult``, and
        ``steps`` how long.

    Returns
    -------
    Path
        Of the weights.

    Raises
    ------
    UserError
        If data are missing, or the preset names no joint network.
    """
    choice = chosen(options.preset)
    kind = choice.architecture.joint
    if kind is None:
        raise UserError(f"The preset “{options.preset}” has no joint network: choose one.")
    set_threads(options.threads)
    seed_everything(options.seed)
    known = options.weights if options.weights is not None and options.weights.is_dir() else None
    with weights_from(known):
        branches = find_branches(choice.preset)
        sizes = text_sizes(preset_named(choice.preset), branches["text"])
        stills = load_stills(options.data, STILLS, unseen=False, seed=options.seed)
        voices = load_voices(options.data, CLIPS, TICKS, unseen=False, seed=options.seed)
        if kind == "features":
            pools = feature_pools(stills, voices)
            length = feature_sizes(sizes).length
            words = open_word_vectors(preset_named(choice.preset), branches, length)
            if words is not None:
                texts = load_sentences(options.data, SENTENCES, unseen=False, seed=options.seed)
                pools.append(word_pool(texts, words))
        else:
            wanted: tuple[EncoderName, ...] = ("vision_face", "audio_piece")
            with EncoderSet.open(choice.preset, threads=options.threads, only=wanted) as encoders:
                pools = vector_pools(stills, voices, encoders)
        rated = find_valence(choice.preset, branches["text"])
    network = build_joint(choice.architecture.name, sizes)
    fit, held = _parted(pools, options.seed)
    steps = options.steps or STEPS
    precision = Precision(choose_device(options.device), mixed=False)
    learn(network, fit, steps=steps, seed=options.seed, precision=precision, rated=rated)
    network.load_state_dict({k: v.half().to(v.dtype) for k, v in network.state_dict().items()})
    given, labels = draw_windows(held, MEASURED, np.random.default_rng(options.seed))
    logits, targets = judge(network, given, len(fit)), one_hot(labels)
    platt = fit_platt(logits, targets)
    chances = platt.apply(logits).astype(np.float64)
    thresholds = choose_thresholds(chances, targets)
    six = np.where(labels == NEUTRAL, -1, labels)
    metadata = WeightsMetadata(
        preset=choice.preset,
        branch=choice.architecture.name,
        architecture={"joint": kind},
        trained=True,
        thresholds=thresholds_by_name(thresholds),
        calibration={"": platt},
        data=f"{steps} steps of {BATCH} label-matched windows of faces, voices and texts",
        figures={"held_out": rounded(summarise(chances, targets, thresholds, six))},
    )
    path = export_weights(network.state_dict(), metadata, options.weights_dir)
    _log.info("%s: %s written after %d steps", choice.architecture.name, path, steps)
    return path


def learn(
    network: nn.Module,
    pools: Sequence[Pool],
    *,
    steps: int,
    seed: int,
    precision: Precision,
    rated: ValenceInfo | None = None,
    batch: int = BATCH,
    told: Callable[[int, float], None] | None = None,
) -> float:
    """Train for a number of steps; return the mean loss of the last tenth of them.

    Parameters
    ----------
    network
        Fresh; its normalisation is fixed from the pools.
    pools
        See `draw_windows`.
    steps, batch, seed, precision, told
        As in `budget.teach`.
    rated
        How pleasant each emotion is, to teach joint decoding with; None leaves valence untaught.
    """
    norms = cast(nn.ModuleList, network.get_submodule("normalise"))
    for norm, pool in zip(norms, pools, strict=False):
        assert isinstance(norm, StreamNormalisation)
        norm.set_statistics(*pool.statistics())
    device, rng = precision.device, np.random.default_rng(seed)
    network.to(device).train()
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=WEIGHT_DECAY)
    warm = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda k: min((k + 1) / warm, max(0.02, (steps - k) / max(1, steps - warm))),
    )
    losses = []
    for step in range(steps):
        given, labels = draw_windows(pools, batch, rng)
        given = [part.to(device) for part in _filled(network, given)]
        targets = torch.from_numpy(one_hot(labels)).float().to(device)
        with precision.autocast():
            made = _forward(network, given)
        loss = _loss(network, made, labels, targets, rated)
        precision.step(loss, optimizer, network.parameters())
        schedule.step()
        losses.append(float(loss.detach()))
        if told is not None:
            told(step, losses[-1])
    network.cpu().eval()
    return float(np.mean(losses[-max(1, steps // 10) :]))


def _forward(network: nn.Module, given: Given) -> list[Tensor]:
    """Return in float32 what a network's loss needs: logits, and of joint decoding valence."""
    if isinstance(network, AttentionGuidedFusion):
        return [part.float() for part in network.decode(*given)]
    return [network(*given).float()]


def _loss(
    network: nn.Module,
    made: Sequence[Tensor],
    labels: Labels,
    targets: Tensor,
    rated: ValenceInfo | None,
) -> Tensor:
    if not isinstance(network, AttentionGuidedFusion):
        logits = made[0]
        alone = F.binary_cross_entropy_with_logits(logits, targets)
        classes = torch.from_numpy(labels).to(logits.device)
        return alone + 0.5 * F.cross_entropy(F.pad(logits, (0, 1)), classes)
    pleasant = torch.full((len(labels),), float("nan"), device=targets.device)
    if rated is not None:
        # Nobody rated these faces and voices: an emotion's own valence stands for theirs.
        means = np.append(rated.base + rated.means, rated.base)
        pleasant = torch.from_numpy(means[labels]).float().clamp(-1, 1).to(targets.device)
    return network.loss(made[0], made[1], targets, pleasant)


@torch.inference_mode()
def judge(network: nn.Module, given: Given, streams: int) -> Array:
    """Return logits ``(n, 6)`` of windows; `streams` of them were trained."""
    assert len(given) == 2 * streams
    made = network(*_filled(network, given))
    logits: Tensor = made[0] if isinstance(made, tuple) else made
    return logits.double().numpy()


def _filled(network: nn.Module, given: Given) -> Given:
    """Return what a network takes, with an absent stream of words where there are none."""
    missing = len(cast(nn.ModuleList, network.get_submodule("normalise"))) - len(given) // 2
    if not missing:
        return given
    sizes = network.sizes
    n = len(given[0])
    words = torch.zeros(n, sizes.length, sizes.words)  # type: ignore[union-attr, arg-type]
    return [*given, words, torch.zeros(words.shape[:2], dtype=torch.bool)]


def _parted(pools: Sequence[Pool], seed: int) -> tuple[list[Pool], list[Pool]]:
    """Split every pool by label into what teaches and what calibrates."""
    fit, held = [], []
    for pool in pools:
        apart = np.zeros(len(pool.labels), np.bool_)
        apart[evenly(pool.labels, max(7, round(HELD * len(apart))), seed)] = True
        fit.append(pool.take(np.flatnonzero(~apart)))
        held.append(pool.take(np.flatnonzero(apart)))
    return fit, held
