"""The three branches: each takes its window and gives six logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from torch import Tensor, nn

from live_emotion.core.emotions import EMOTIONS, Branch
from live_emotion.models.albert import Albert
from live_emotion.models.bert import Bert, mean_of_words
from live_emotion.models.face_views import views_of
from live_emotion.models.focalnet import FocalNet
from live_emotion.models.nest import NestVoice
from live_emotion.models.presets import Preset
from live_emotion.models.repvgg import RepVgg
from live_emotion.models.rfam import Rfam
from live_emotion.models.sequence import SequenceEncoder
from live_emotion.models.sizes import (
    AudioSizes,
    BertSizes,
    FocalNetSizes,
    NestSizes,
    RepVggSizes,
    RfamSizes,
    VisionSizes,
)
from live_emotion.models.vgg import VggFace, VggVoice


def face_encoder(sizes: VisionSizes) -> nn.Module:
    """Return an encoder ``(N, 3, 48, 48)`` to ``(N, 64)`` with a buffer module `normalise`."""
    if isinstance(sizes, RfamSizes):
        return Rfam(sizes)
    return RepVgg(sizes) if isinstance(sizes, RepVggSizes) else VggFace(sizes)


def voice_encoder(sizes: AudioSizes) -> nn.Module:
    """Return an encoder ``(N, 1, 128, 32)`` to ``(N, 64)`` with a method `set_statistics`."""
    if isinstance(sizes, FocalNetSizes):
        return FocalNet(sizes)
    return NestVoice(sizes) if isinstance(sizes, NestSizes) else VggVoice(sizes)


class VisionBranch(nn.Module):
    """Faces of a window: an encoder on each, then the sequence encoder over ticks.

    `Rfam` reads each face with its mirror image and takes the mean of their vectors, see
    `live_emotion.models.face_views`.
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        # Other encoders have the interface of the default one, which training relies on.
        self.encoder = cast(Rfam, face_encoder(preset.vision))
        self.mirrored = preset.sees_mirrored
        self.views = preset.face_views
        self.sequence = SequenceEncoder(preset.sequence)

    def forward(self, faces: Tensor, present: Tensor) -> Tensor:
        """Return logits ``(N, 6)`` of faces ``(N, T, 3, 48, 48)`` with `present` ``(N, T)``."""
        n, t = faces.shape[:2]
        flat = faces.flatten(0, 1)
        read = self.encoder(views_of(flat, self.views))
        vectors = read.reshape(self.views, n, t, -1).mean(0)
        logits: Tensor = self.sequence(vectors, present)
        return logits


class AudioBranch(nn.Module):
    """Mel pieces of a window: an encoder on each, then the sequence encoder over ticks."""

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        self.encoder = cast(FocalNet, voice_encoder(preset.audio))
        self.sequence = SequenceEncoder(preset.sequence)

    def forward(self, mel: Tensor, present: Tensor) -> Tensor:
        """Return logits ``(N, 6)`` of pieces ``(N, T, 1, 128, 32)`` with `present` ``(N, T)``."""
        n, t = mel.shape[:2]
        vectors = self.encoder(mel.flatten(0, 1)).reshape(n, t, -1)
        logits: Tensor = self.sequence(vectors, present)
        return logits


class TextBranch(nn.Module):
    """Words of a window: ALBERT or BERT, then a linear layer.

    ALBERT's first token stands for the sentence (Jia et al., 2025); of BERT it is the mean of
    all tokens, as in the sentence encoders that MiniLM is trained as (Reimers & Gurevych, 2019).
    """

    def __init__(self, preset: Preset) -> None:
        super().__init__()
        sizes = preset.text
        self.encoder: Albert | Bert
        self.encoder = Bert(sizes) if isinstance(sizes, BertSizes) else Albert(sizes)
        self.head = nn.Linear(sizes.hidden, len(EMOTIONS))

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return logits ``(N, 6)`` of token ids ``(N, L)``; `mask` is 0 on padding."""
        hidden = self.encoder(ids, mask)
        is_bert = isinstance(self.encoder, Bert)
        sentence = mean_of_words(hidden, mask) if is_bert else hidden[:, 0]
        logits: Tensor = self.head(sentence)
        return logits


def build_branch(branch: Branch, preset: Preset) -> nn.Module:
    """Return a branch with fresh weights.

    Parameters
    ----------
    branch
        Which of `BRANCHES`.
    preset
        Sizes.
    """
    kinds: dict[Branch, Callable[[Preset], nn.Module]] = {
        "vision": VisionBranch,
        "audio": AudioBranch,
        "text": TextBranch,
    }
    return kinds[branch](preset)
