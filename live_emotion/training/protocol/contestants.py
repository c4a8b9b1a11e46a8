"""Every architecture as the protocol trains and measures it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.models.architectures import ARCHITECTURES, choose, feature_sizes
from live_emotion.models.frame import EndToEnd
from live_emotion.models.joint import FeatureNetwork
from live_emotion.models.joint_networks import build_joint
from live_emotion.models.presets import Preset, preset_named
from live_emotion.perception.features import face_features, voice_features
from live_emotion.runtime.text_input import open_vocabulary
from live_emotion.runtime.tokenizer import Tokenizer
from live_emotion.runtime.weights import find_branches, text_sizes
from live_emotion.runtime.word_vectors import WordVectors, open_word_vectors
from live_emotion.training.common import Precision
from live_emotion.training.metrics import Array
from live_emotion.training.protocol.utterances import Utterance

# The paper's: Adam, 4.5e-6, ALBERT a tenth of it, batches of 8, 30 epochs.
RATE: Final = 4.5e-6
TEXT_SHARE: Final = 0.1
BATCH: Final = 8
EPOCHS: Final = 30
WORDS: Final = 100


@dataclass(eq=False)
class Contestant:
    """One row of the tables.

    Attributes
    ----------
    name
        Of the row, such as ``v2em`` or ``rfam + nest``.
    network
        Fresh.
    tokenizer
        Of the words that an end-to-end network reads; None for no words.
    words
        Subword vectors for a network on hand-made features.
    """

    name: str
    network: nn.Module
    tokenizer: Tokenizer | None
    words: WordVectors | None

    def inputs(self, utterances: Sequence[Utterance]) -> list[Tensor]:
        """Return what the network takes of some utterances."""
        if isinstance(self.network, FeatureNetwork):
            return self._features(utterances)
        faces = torch.from_numpy(np.stack([u.faces for u in utterances]))
        ids = torch.zeros(len(utterances), WORDS, dtype=torch.int64)
        mask = torch.zeros(len(utterances), WORDS, dtype=torch.bool)
        for k, u in enumerate(utterances):
            row = self.tokenizer.encode(u.text, WORDS) if self.tokenizer and u.text else []
            ids[k, : len(row)] = torch.tensor(row, dtype=torch.int64)
            mask[k, : len(row)] = True
        heard = np.stack([u.heard for u in utterances])
        seen = np.stack([u.seen for u in utterances])
        # Somebody must be there: an utterance without anything is judged by its silence.
        heard[~(heard.any(1) | seen.any(1) | mask.any(1).numpy()), 0] = True
        # Contiguous, since PyTorch 2.13 corrupts its memory in the backward pass of a convolution
        # with stride 2 over a view with channels last.
        return [
            faces.permute(0, 1, 4, 2, 3).contiguous().float() / 255,
            torch.from_numpy(seen),
            torch.from_numpy(np.stack([u.mel for u in utterances]))[:, :, None],
            torch.from_numpy(heard),
            ids,
            mask,
        ]

    def _features(self, utterances: Sequence[Utterance]) -> list[Tensor]:
        sizes = cast(FeatureNetwork, self.network).sizes
        faces = np.stack([[face_features(c) for c in u.faces] for u in utterances])
        voices = np.stack(
            [
                [voice_features(m, s) for m, s in zip(u.mel, u.samples, strict=True)]
                for u in utterances
            ]
        )
        nothing = np.zeros((sizes.length, sizes.words), np.float32), np.zeros(sizes.length, bool)
        told = [self.words.features(u.text) if self.words else nothing for u in utterances]
        return [
            torch.from_numpy(faces),
            torch.from_numpy(np.stack([u.seen for u in utterances])),
            torch.from_numpy(voices),
            torch.from_numpy(np.stack([u.heard for u in utterances])),
            torch.from_numpy(np.stack([t[0] for t in told])),
            torch.from_numpy(np.stack([t[1] for t in told])),
        ]


def contestant(
    architecture: str, preset: str, vision: str | None = None, audio: str | None = None
) -> Contestant:
    """Return an architecture, or a mixture of encoders, with fresh weights.

    AFG has no row in the paper's tables and is none of them.

    Raises
    ------
    UserError
        If a name is unknown.
    """
    choice = choose(architecture, preset, vision, audio)
    sizes = preset_named(choice.preset)
    branches = find_branches(choice.preset)
    text = text_sizes(sizes, branches["text"])
    mixed = [part for part in (vision, audio) if part is not None]
    name = " + ".join([architecture, *mixed])
    if ARCHITECTURES[architecture].joint is None:
        whole: Preset = replace(sizes, text=text)
        return Contestant(name, EndToEnd(whole), open_vocabulary(sizes, branches["text"]), None)
    words = open_word_vectors(sizes, branches, feature_sizes(text).length)
    return Contestant(name, build_joint(architecture, text), None, words)


def train(
    one: Contestant,
    utterances: Sequence[Utterance],
    *,
    steps: int | None,
    seed: int,
    precision: Precision,
    rate: float = RATE,
) -> int:
    """Train as the paper did, or for a number of steps; return how many were made.

    The weight of a positive target is the ratio of negatives to positives, per emotion.
    """
    device, rng = precision.device, np.random.default_rng(seed)
    targets = np.stack([u.targets for u in utterances])
    positives = targets.sum(axis=0)
    weight = torch.from_numpy((len(targets) - positives) / np.maximum(positives, 1)).float()
    network = one.network.to(device).train()
    _fix_statistics(one, utterances)
    text = [p for n, p in network.named_parameters() if n.startswith("text.")]
    rest = [p for n, p in network.named_parameters() if not n.startswith("text.")]
    optimizer = torch.optim.Adam(
        [{"params": rest, "lr": rate}, {"params": text, "lr": rate * TEXT_SHARE}] if text else rest,
        lr=rate,
    )
    total = steps or EPOCHS * max(1, len(utterances) // BATCH)
    for _ in range(total):
        rows = rng.choice(len(utterances), min(BATCH, len(utterances)), replace=False)
        given = [x.to(device) for x in one.inputs([utterances[int(r)] for r in rows])]
        with precision.autocast():
            logits = network(*given)
        loss = F.binary_cross_entropy_with_logits(
            logits.float(), torch.from_numpy(targets[rows]).to(device), pos_weight=weight.to(device)
        )
        precision.step(loss, optimizer, network.parameters())
    network.cpu().eval()
    return total


@torch.inference_mode()
def score(one: Contestant, utterances: Sequence[Utterance]) -> Array:
    """Return logits ``(n, 6)``."""
    parts = [
        one.network(*one.inputs(utterances[k : k + BATCH])).double().numpy()
        for k in range(0, len(utterances), BATCH)
    ]
    return np.concatenate(parts)


def _fix_statistics(one: Contestant, utterances: Sequence[Utterance], most: int = 200) -> None:
    """Fix the normalisation inside the networks from some of the utterances."""
    some = list(utterances[:: max(1, len(utterances) // most)])
    given = one.inputs(some)
    if isinstance(one.network, FeatureNetwork):
        norms = one.network.normalise
        for norm, x, there in zip(norms, given[::2], given[1::2], strict=True):
            if int(there.sum()) > 1:
                norm.set_statistics(x[there].mean(0), x[there].std(0))  # type: ignore[operator]
        return
    whole = cast(EndToEnd, one.network)
    faces, mel = given[0][given[1]], given[2][given[3]]
    if len(faces):
        whole.vision.encoder.normalise.mean.fill_(float(faces.mean()))
        whole.vision.encoder.normalise.deviation.fill_(float(faces.std().clamp(min=1e-3)))
    if len(mel):
        mean = mel.mean((0, 1, 3))
        spread = (mel - mean[:, None]).std().clamp(min=1e-3).expand_as(mean)
        whole.audio.encoder.set_statistics(mean, spread)
