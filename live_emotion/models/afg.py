"""Attention-guided fusion of face and voice, with joint decoding of emotions and valence.

Wang, Xi, Chen, Du et al., "Hierarchical Audio-Visual Information Fusion with Multi-label Joint
Decoding for MER 2023" (arXiv 2309.07925). Deep vectors of both streams (here those of the vision
and voice encoders, one a tick) go through three fusion structures: in each, attention weights
over the ticks of a stream, guided by a summary of the audio, of the video, or of both, gather the
stream into one vector. From a structure's shared vector come the emotion logits; valence is
regressed from that vector together with the emotion posteriors. The posteriors of the three are
averaged. In the loss the two tasks weigh each other by learned uncertainty (Kendall et al.,
CVPR 2018), and labels that are missing are left out.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from live_emotion.core.emotions import EMOTIONS
from live_emotion.models.attention import MASKED
from live_emotion.models.joint import StreamNormalisation
from live_emotion.models.sizes import VECTOR_WIDTH

GUIDES: Final = ("audio", "vision", "joint")
_LEAST_CHANCE: Final = 1e-6


class GuidedGathering(nn.Module):
    """Gather a stream into one vector by attention over its ticks, guided by another vector.

    The weight of tick t is the softmax of ``v . tanh(W x_t + U g)`` (additive attention,
    Bahdanau et al., ICLR 2015).
    """

    def __init__(self, width: int, guide: int) -> None:
        super().__init__()
        self.look = nn.Linear(width, width)
        self.guided = nn.Linear(guide, width, bias=False)
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, x: Tensor, present: Tensor, guide: Tensor) -> Tensor:
        """Return ``(N, width)`` of ``(N, T, width)`` and ``(N, guide)``; 0 with nothing there."""
        energy = self.score(torch.tanh(self.look(x) + self.guided(guide)[:, None]))[..., 0]
        weight = torch.softmax(energy + (~present).to(x.dtype) * MASKED, dim=1)
        gathered = (x * weight[..., None]).sum(1)
        return gathered * present.any(1, keepdim=True).to(x.dtype)


class FusionStructure(nn.Module):
    """One structure: both streams gathered by one guide, then emotions, then valence."""

    def __init__(self, width: int, guide: int, shared: int, dropout: float) -> None:
        super().__init__()
        self.gather_face = GuidedGathering(width, guide)
        self.gather_voice = GuidedGathering(width, guide)
        self.share = nn.Sequential(nn.Linear(2 * width, shared), nn.ReLU(), nn.Dropout(dropout))
        self.emotions = nn.Linear(shared, len(EMOTIONS))
        self.valence = nn.Linear(shared + len(EMOTIONS), 1)

    def forward(
        self,
        face: Tensor,
        face_present: Tensor,
        voice: Tensor,
        voice_present: Tensor,
        guide: Tensor,
    ) -> tuple[Tensor, Tensor]:
        """Return emotion logits ``(N, 6)`` and valence ``(N, 1)`` in -1..1."""
        seen = self.gather_face(face, face_present, guide)
        heard = self.gather_voice(voice, voice_present, guide)
        shared = self.share(torch.cat((seen, heard), dim=1))
        logits = self.emotions(shared)
        valence = torch.tanh(self.valence(torch.cat((shared, logits.sigmoid()), dim=1)))
        return logits, valence


class AttentionGuidedFusion(nn.Module):
    """Three fusion structures over the vectors of a window.

    Parameters
    ----------
    inputs
        Width of the vectors.
    width, shared
        Of the projected streams, and of each structure's shared vector.
    dropout
        While training.

    Attributes
    ----------
    uncertainty
        ``(2,)`` learned ``s`` of the emotions and of valence.
    """

    def __init__(
        self,
        inputs: int = VECTOR_WIDTH,
        width: int = 64,
        shared: int = 128,
        dropout: float = 0.2,
    ) -> None:
        super().__init__()
        self.normalise = nn.ModuleList(StreamNormalisation(inputs) for _ in range(2))
        self.project = nn.ModuleList(
            nn.Sequential(nn.Linear(inputs, width), nn.ReLU()) for _ in range(2)
        )
        self.structures = nn.ModuleList(
            FusionStructure(width, guide, shared, dropout) for guide in (width, width, 2 * width)
        )
        self.uncertainty = nn.Parameter(torch.zeros(2))

    def decode(
        self, face: Tensor, face_present: Tensor, voice: Tensor, voice_present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return what each structure says, logits ``(3, N, 6)`` and valence ``(3, N)``.

        Parameters
        ----------
        face, voice
            ``(N, T, inputs)`` vectors of each tick.
        face_present, voice_present
            ``(N, T)`` bool.
        """
        seen = self.project[0](self.normalise[0](face, face_present))
        heard = self.project[1](self.normalise[1](voice, voice_present))
        video, audio = _mean(seen, face_present), _mean(heard, voice_present)
        guides = (audio, video, torch.cat((video, audio), dim=1))
        made = [
            structure(seen, face_present, heard, voice_present, guide)
            for structure, guide in zip(self.structures, guides, strict=True)
        ]
        return torch.stack([m[0] for m in made]), torch.cat([m[1] for m in made], dim=1).T

    def forward(
        self, face: Tensor, face_present: Tensor, voice: Tensor, voice_present: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Return logits ``(N, 6)`` of the mean posteriors, and valence ``(N, 2)``.

        Valence is its mean over the structures in -1..1 and the logarithm of its variance: the
        learned one, and how far the structures are apart.
        """
        logits, valence = self.decode(face, face_present, voice, voice_present)
        chance = logits.sigmoid().mean(0).clamp(_LEAST_CHANCE, 1.0 - _LEAST_CHANCE)
        middle = valence.mean(0)
        apart = (valence - middle).square().mean(0)
        variance = self.uncertainty[1].exp() + apart
        return torch.log(chance / (1.0 - chance)), torch.stack((middle, variance.log()), dim=1)

    def loss(
        self, logits: Tensor, valence: Tensor, targets: Tensor, valence_targets: Tensor
    ) -> Tensor:
        """Return the sum over both tasks of ``exp(-s) * L + s``, over all structures.

        Parameters
        ----------
        logits, valence
            Of `decode`.
        targets
            ``(N, 6)`` 1, 0, or NaN where not labelled.
        valence_targets
            ``(N,)`` in -1..1, or NaN. A task without any label in the batch is left out.
        """
        total = logits.new_zeros(())
        known = ~torch.isnan(targets)
        if known.any():
            each = F.binary_cross_entropy_with_logits(
                logits, torch.nan_to_num(targets).expand_as(logits), reduction="none"
            )
            error = (each * known).sum() / (known.sum() * len(logits))
            total = total + (-self.uncertainty[0]).exp() * error + self.uncertainty[0]
        rated = ~torch.isnan(valence_targets)
        if rated.any():
            square = (valence - torch.nan_to_num(valence_targets)).square()
            error = (square * rated).sum() / (rated.sum() * len(valence))
            total = total + (-self.uncertainty[1]).exp() * error + self.uncertainty[1]
        return total


def _mean(x: Tensor, present: Tensor) -> Tensor:
    weight = present[..., None].to(x.dtype)
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1.0)
