"""Learning valence on top of the words network: a linear start, then the head's own layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn

from live_emotion.models.bert import Bert, mean_of_words
from live_emotion.models.branches import TextBranch
from live_emotion.models.valence import ValenceHead, ValenceReader
from live_emotion.runtime.text_input import MAX_TOKENS
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.training.common import Ema, Precision, cosine_schedule, decay_groups
from live_emotion.training.metrics import Array
from live_emotion.training.progress import TrainingProgress
from live_emotion.training.text_batches import in_order, length_buckets

TOKENS: Final = 1024
RATE: Final = 1.5e-4
HEAD_RATE: Final = 5e-4
WEIGHT_DECAY: Final = 0.02
NOISE: Final = 0.1
RIDGE: Final = 1000.0
# Weight of the concordance beside the likelihood.
CONCORDANCE: Final = 1.0


@dataclass(frozen=True, eq=False)
class Read:
    """What the words network made of sentences.

    Attributes
    ----------
    states
        Of each, ``(l, h)`` float16, behind the layers that it shares with the head.
    sentence
        ``(n, d)`` float32, the means over the tokens from those states on, layer by layer.
    logits
        ``(n, 6)`` float32, of the emotions.
    """

    states: list[Tensor]
    sentence: Tensor
    logits: Tensor


@torch.no_grad()
def read_all(
    branch: TextBranch,
    reader: ValenceReader,
    tokenizer: Tokenizer,
    texts: tuple[str, ...],
    precision: Precision,
) -> Read:
    """Run the words network over sentences once; what is trained starts from its states.

    It runs on the CPU, in the CPU's arithmetic of `precision`.
    """
    encoder = cast(Bert, branch.encoder)
    rest = list(encoder.layers)[len(reader.layers) :]
    ids = [row[:MAX_TOKENS] for row in tokenizer.encode_all(texts)]
    states: list[Tensor] = [torch.empty(0)] * len(ids)
    sentence: Tensor | None = None
    for rows, batch, mask in in_order(ids, 4 * TOKENS, tokenizer.pad_id):
        with precision.autocast():
            hidden = reader.states(batch, mask)
            for k, row in enumerate(rows):
                states[int(row)] = hidden[k, : int(mask[k].sum())].half()
            depths = [mean_of_words(hidden.float(), mask)]
            for layer in rest:
                hidden = layer(hidden, mask[:, None, None, :])
                depths.append(mean_of_words(hidden.float(), mask))
        vectors = torch.cat(depths, dim=1)
        if sentence is None:
            sentence = vectors.new_zeros(len(ids), vectors.shape[1])
        sentence[torch.from_numpy(rows)] = vectors
    assert sentence is not None
    return Read(states, sentence, branch.head(sentence[:, -branch.head.in_features :]))


def start_linear(head: ValenceHead, sentence: Tensor, rated: Tensor) -> None:
    """Set the linear layer to ridge regression on sentence vectors.

    The variance starts as that of the regression's errors, the same for every sentence.
    """
    x, y = sentence.double(), torch.atanh(rated.double().clamp(-0.98, 0.98))
    mean, middle = x.mean(0), y.mean()
    centred = x - mean
    deviation = centred.std(0).clamp(min=1e-6)
    z = centred / deviation
    system = z.T @ z + RIDGE * torch.eye(z.shape[1], dtype=z.dtype)
    weight = torch.linalg.solve(system, z.T @ (y - middle)) / deviation
    error = torch.tanh(x @ weight + middle - mean @ weight) - rated.double()
    with torch.no_grad():
        head.out.weight.zero_()
        head.out.weight[0] = weight.float()
        head.out.bias[0] = (middle - mean @ weight).float()
        head.out.bias[1] = error.square().mean().clamp(min=1e-4).log().float()


def loss_of(read: Tensor, rated: Tensor) -> Tensor:
    """Return the negative log likelihood of a normal distribution, and 1 less the concordance."""
    value, spread = read.float().unbind(1)
    likelihood = (0.5 * ((rated - value).square() / spread.exp() + spread)).mean()
    if len(rated) < 4:
        return likelihood
    apart = (value.mean() - rated.mean()).square()
    shared = ((value - value.mean()) * (rated - rated.mean())).mean()
    total = value.var(unbiased=False) + rated.var(unbiased=False) + apart
    return likelihood + CONCORDANCE * (1.0 - 2.0 * shared / total.clamp(min=1e-6))


def fit_head(
    head: ValenceHead,
    read: Read,
    rated: Array,
    precision: Precision,
    *,
    epochs: int,
    steps: int | None,
    seed: int,
) -> ValenceHead:
    """Train the head's layers on kept states; return its averaged copy.

    Parameters
    ----------
    head
        Started from the words network, see `start_linear`.
    read, rated
        Of the rows to learn from.
    precision
        Device and arithmetic.
    epochs, steps
        Passes over the rows; at most so many batches where `steps` is given.
    seed
        Of order and noise.
    """
    device = precision.device
    rng = np.random.default_rng(seed)
    lengths = np.array([len(s) for s in read.states], np.int64)
    targets = torch.from_numpy(rated).float()
    network = head.to(device)
    average = Ema(network, decay=0.99)
    groups = [g | {"lr": RATE} for g in decay_groups(network.layers, WEIGHT_DECAY)]
    groups += [g | {"lr": HEAD_RATE} for g in decay_groups(network.out, WEIGHT_DECAY)]
    optimizer = torch.optim.AdamW(groups)
    batches = len(length_buckets(lengths, TOKENS))
    total = epochs * batches if steps is None else min(steps, epochs * batches)
    schedule = cosine_schedule(optimizer, total, warmup_steps=min(50, total // 4))
    drop = nn.Dropout(NOISE)
    network.train()
    done = 0
    with TrainingProgress("valence", epochs, batches, 0) as progress:
        for epoch in range(1, epochs + 1):
            losses = []
            for rows in length_buckets(lengths, TOKENS, rng):
                if done == total:
                    break
                states, mask = padded_states([read.states[int(i)] for i in rows])
                with precision.autocast():
                    made = network(drop(states.to(device)), mask.to(device))
                loss = loss_of(made, targets[torch.from_numpy(rows)].to(device))
                precision.step(loss, optimizer, network.parameters())
                schedule.step()
                average.update(network)
                losses.append(float(loss.detach()))
                progress.step(losses[-1])
                done += 1
            if losses:
                progress.epoch(epoch, loss=float(np.mean(losses)))
    return cast(ValenceHead, average.module.cpu())


@torch.no_grad()
def predict(head: ValenceHead, read: Read) -> Array:
    """Return mean and log variance ``(n, 2)`` of every row, in float32."""
    head.eval()
    lengths = np.array([len(s) for s in read.states], np.int64)
    made = np.empty((len(lengths), 2))
    for rows in length_buckets(lengths, 4 * TOKENS):
        made[rows] = head(*padded_states([read.states[int(i)] for i in rows])).numpy()
    return made


def padded_states(states: list[Tensor]) -> tuple[Tensor, Tensor]:
    """Return states ``(n, longest, h)`` float32 and the mask ``(n, longest)``."""
    longest = max(len(s) for s in states)
    filled = torch.zeros(len(states), longest, states[0].shape[1])
    mask = torch.zeros(len(states), longest, dtype=torch.bool)
    for k, row in enumerate(states):
        filled[k, : len(row)] = row.float()
        mask[k, : len(row)] = True
    return filled, mask
