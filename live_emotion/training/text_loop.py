"""The loop that fits a sentence classifier, and goes on exactly where it was stopped.

Everything random in epoch e comes from a generator seeded with (seed, e), and the state of
torch's own generator is part of the checkpoint; so a run that was killed and resumed takes the
same steps as one that was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from live_emotion.training.checkpoint import Checkpoint
from live_emotion.training.common import Precision
from live_emotion.training.text_batches import in_order, length_buckets, pad
from live_emotion.training.text_data import TextRows
from live_emotion.training.text_loss import distilling_loss, masked_bce
from live_emotion.training.text_noise import TextNoise, as_recognised

Encode = Callable[[Sequence[str]], list[list[int]]]


@dataclass(frozen=True, slots=True)
class LoopOptions:
    """How a sentence classifier is fitted.

    Attributes
    ----------
    epochs
        Passes over the rows.
    learning_rate
        Its peak, for all but the head, which gets `head_factor` times as much.
    warmup
        Share of all steps over which the rate rises; it falls to zero along a cosine after.
    weight_decay, clip
        Of AdamW, and the largest norm of the gradient.
    budget
        Padded tokens in a batch.
    seed
        Of noise, order and batches.
    soft_share
        Weight of the teacher's probabilities beside the labels, 0..1.
    save_every
        Steps between checkpoints.
    noise
        How sentences are changed towards what a recogniser writes.
    """

    epochs: int = 1
    learning_rate: float = 1e-4
    head_factor: float = 5.0
    warmup: float = 0.06
    weight_decay: float = 0.01
    clip: float = 1.0
    budget: int = 1024
    seed: int = 0
    soft_share: float = 0.5
    save_every: int = 100
    noise: TextNoise = field(default_factory=TextNoise)


@dataclass(frozen=True, slots=True)
class Step:
    """Where the loop is: step of all steps, its loss, tokens and seconds since `run` began."""

    step: int
    steps: int
    epoch: int
    loss: float
    tokens: int
    seconds: float


class TextLoop:
    """Fits `model` (ids, mask) -> logits on rows of text.

    Parameters
    ----------
    model
        Called with ids ``(n, l)`` int64 and mask ``(n, l)`` bool; its ``head`` is the last
        linear layer.
    encode
        Turns sentences into ids.
    fill
        The id that pads.
    rows
        The sentences and labels.
    precision
        Device and number format.
    soft
        The teacher's logits ``(n, 6)``, NaN where it has none; or None.
    checkpoint
        File that holds the state, or None to keep none.
    before_step
        Called with the share of the run that is done, 0..1, before each step.
    """

    def __init__(
        self,
        model: nn.Module,
        encode: Encode,
        fill: int,
        rows: TextRows,
        options: LoopOptions,
        precision: Precision,
        *,
        soft: NDArray[np.float32] | None = None,
        checkpoint: Path | None = None,
        before_step: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._before_step = before_step
        self.model, self._encode, self._fill, self._rows = model, encode, fill, rows
        self.options, self._precision = options, precision
        self._targets = torch.from_numpy(rows.targets)
        self._soft = None if soft is None else torch.from_numpy(soft)
        self._optimiser = _optimiser(model, options)
        self._checkpoint = None
        if checkpoint is not None:
            self._checkpoint = Checkpoint(checkpoint, model=model, optimiser=self._optimiser)
        self.step = 0
        self.steps_per_epoch = len(self._plan(0)[1])

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return self.steps_per_epoch * self.options.epochs

    def resume(self) -> bool:
        """Take up the state of the checkpoint; False if there is none.

        Raises
        ------
        UserError
            If the checkpoint belongs to another network.
        """
        loaded = None if self._checkpoint is None else self._checkpoint.load()
        if loaded is None:
            return False
        self.step = int(loaded[1]["step"])
        return True

    def save(self) -> None:
        """Write the checkpoint, if one is kept."""
        if self._checkpoint is not None:
            self._checkpoint.save(self.step // self.steps_per_epoch, {"step": self.step})

    def run(
        self,
        report: Callable[[Step], None] = lambda _: None,
        after_epoch: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Run to the end from wherever the state is; `after_epoch` gets the epochs done."""
        began, tokens = time.monotonic(), 0
        while self.step < self.steps:
            epoch, at = divmod(self.step, self.steps_per_epoch)
            ids, plan = self._plan(epoch)
            self.model.train()
            for batch in plan[at : self.steps_per_epoch]:
                loss = self._train_on(ids, batch)
                self.step += 1
                tokens += sum(len(ids[int(i)]) for i in batch)
                seconds = time.monotonic() - began
                report(Step(self.step, self.steps, epoch, loss, tokens, seconds))
                if self.step % self.options.save_every == 0:
                    self.save()
            self.save()
            after_epoch(epoch + 1)

    def _plan(self, epoch: int) -> tuple[list[list[int]], list[NDArray[np.int64]]]:
        """Return the epoch's encoded sentences and its batches.

        Noise changes lengths a little and with them the number of batches; every epoch gets as
        many as the first, so that the schedule is known from the start.
        """
        rng = np.random.default_rng([self.options.seed, epoch])
        ids = self._encode([as_recognised(t, rng, self.options.noise) for t in self._rows.texts])
        lengths = np.fromiter((len(row) for row in ids), np.int64, len(ids))
        plan = length_buckets(lengths, self.options.budget, rng)
        wanted = self.steps_per_epoch if epoch else len(plan)
        plan += [plan[i % len(plan)] for i in range(wanted - len(plan))]
        return ids, plan

    def _train_on(self, ids: list[list[int]], batch: NDArray[np.int64]) -> float:
        device = self._precision.device
        self._before_step(self.step / self.steps)
        for group in self._optimiser.param_groups:
            group["lr"] = group["peak"] * self._rate()
        x, mask = (t.to(device) for t in pad([ids[int(i)] for i in batch], self._fill))
        index = torch.from_numpy(batch)
        targets = self._targets[index].to(device)
        # On short sentences the plain products go back faster than the fused kernel.
        with self._precision.autocast(), sdpa_kernel(SDPBackend.MATH):
            logits = self.model(x, mask)
        if self._soft is None:
            loss = masked_bce(logits.float(), targets)
        else:
            soft = self._soft[index].to(device)
            loss = distilling_loss(logits.float(), targets, soft, self.options.soft_share)
        parameters = self.model.parameters()
        self._precision.step(loss, self._optimiser, parameters, self.options.clip)
        return float(loss.detach())

    def _rate(self) -> float:
        rise = max(1, round(self.options.warmup * self.steps))
        if self.step < rise:
            return (self.step + 1) / rise
        done = (self.step - rise) / max(1, self.steps - rise)
        return 0.5 * (1.0 + math.cos(math.pi * done))


def _optimiser(model: nn.Module, options: LoopOptions) -> torch.optim.AdamW:
    rate = options.learning_rate
    trained = [(name, p) for name, p in model.named_parameters() if p.requires_grad]
    parts: dict[float, list[nn.Parameter]] = {rate: [], rate * options.head_factor: []}
    for name, parameter in trained:
        is_head = name.startswith("head.")
        parts[rate * (options.head_factor if is_head else 1.0)].append(parameter)
    groups: list[dict[str, Any]] = [
        {"params": params, "lr": peak, "peak": peak} for peak, params in parts.items()
    ]
    return torch.optim.AdamW(
        groups, lr=rate, weight_decay=options.weight_decay, betas=(0.9, 0.98), fused=True
    )


@torch.inference_mode()
def text_logits(
    model: nn.Module,
    ids: Sequence[Sequence[int]],
    fill: int,
    precision: Precision,
    *,
    budget: int = 4096,
) -> NDArray[np.float32]:
    """Return the logits ``(n, 6)`` of encoded sentences, in their order, model in eval mode."""
    model.eval()
    out = np.empty((len(ids), 6), np.float32)
    with precision.autocast():
        for batch, x, mask in in_order(ids, budget, fill):
            logits = model(x.to(precision.device), mask.to(precision.device))
            out[batch] = logits.float().cpu().numpy()
    return out
